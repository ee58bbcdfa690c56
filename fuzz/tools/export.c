/* export.c -- a program becomes a capture: what its peers send, when. */
#include "tools/convert.h"
#include "world/message.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH_US UINT64_C(1700000000000000) /* as the simulated wall clock */

static const uint8_t versions[] = {1, 0, 2, 3}; /* order of the names in program_spec.c */

size_t
export_datagram(const struct program *p, const struct prog_op *op, uint8_t *out, size_t size) {
  struct msg m;
  size_t length;
  unsigned int i;

  if (op->kind == PROG_DATAGRAM) {
    if (op->data.n > 0 && op->data.n <= size)
      memcpy(out, op->data.p, op->data.n);
    return op->data.n;
  }
  memset(&m, 0, sizeof(m));
  m.version = versions[op->v[MSG_VERSION]];
  m.type = (uint8_t)op->v[MSG_TYPE];
  m.code = (uint8_t)op->v[MSG_CODE];
  m.mid = PROG_MID_VALUE(op->v[MSG_MID]);
  m.token = op->token.p;
  m.token_length = op->token.n;
  for (i = 0; i < op->n_options; i++) {
    const struct prog_option *o = &p->options[op->first_option + i];

    m.options[i].number = o->number;
    m.options[i].value = o->value.p;
    m.options[i].length = (uint16_t)(o->value.n < 65535 ? o->value.n : 65535);
  }
  m.n_options = op->n_options;
  m.payload = op->data.p;
  m.payload_length = op->data.n;
  length = msg_write(&m, out, size);
  return length > op->v[MSG_CUT] ? length - op->v[MSG_CUT] : 0;
}

static void
destination(const struct program *p, uint32_t to, struct place *out) {
  if (to < PLACE_ENDPOINTS) {
    place_endpoint(out, to, (int)p->ipv6);
  } else if (to == 2) {
    place_group(out, (int)p->ipv6);
  } else {
    place_endpoint(out, 0, (int)p->ipv6);
    out->port = (uint16_t)(49152 + to - 3); /* the simulated net's first free ports */
  }
}

static void
write_header(const struct program *p, FILE *out) {
  char *comment = NULL;
  size_t len = 0;
  FILE *text = open_memstream(&comment, &len);

  if (text != NULL) {
    fputs(CONVERT_MARK, text);
    prog_write_text(p, text);
    if (fclose(text) != 0)
      len = 0;
  }
  capture_write_header(out, comment, len);
  free(comment);
}

size_t
export_program(const struct program *p, FILE *out) {
  uint8_t datagram[65536];
  uint64_t now_us = EPOCH_US;
  size_t count = 0;
  unsigned int i;

  write_header(p, out);
  for (i = 0; i < p->n_ops; i++) {
    const struct prog_op *op = &p->ops[i];
    struct packet packet;

    if (op->kind == PROG_ADVANCE)
      now_us += (uint64_t)op->v[0] * 1000;
    if (op->kind != PROG_DATAGRAM && op->kind != PROG_MESSAGE)
      continue;
    place_peer(&packet.from, op->v[MSG_PEER], (int)p->ipv6);
    destination(p, op->v[MSG_TO], &packet.to);
    packet.time_us = now_us;
    packet.data = datagram;
    packet.length = export_datagram(p, op, datagram, sizeof(datagram));
    if (packet.length > sizeof(datagram))
      packet.length = sizeof(datagram);
    capture_write_packet(out, &packet);
    count++;
  }
  return count;
}
