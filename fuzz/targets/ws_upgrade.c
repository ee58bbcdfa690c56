/* ws_upgrade.c -- bytes of a peer where the opening handshake of WebSockets is due, and what comes
 * behind. The first byte chooses the library's role, the second and third how the bytes are cut; in
 * an answer, a byte 1 stands for what the library's key demands.
 *
 * Aims at: coap_ws_take() before the upgrade, coap_ws_handshake_read(), coap_http_read_line(), the
 * answers of a server, a session's end when the upgrade fails. Oracle upgrade judges what is taken;
 * cut or not, it has to be the same talk. */
#include "targets/target.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 20000U /* past all bounds of a head */

const struct fuzz_target fuzz_target = {"ws_upgrade", NULL};

static struct program program;

static uint64_t
run(uint32_t roles, const struct prog_span *text, uint32_t at, uint32_t size) {
  static const struct world_options quiet = {NULL, NULL};
  struct prog_op *op;

  memset(&program, 0, offsetof(struct program, ops));
  program.roles = roles;
  program.proto = PROG_WS;
  op = prog_append(&program, PROG_SPLIT);
  op->v[0] = at;
  op->v[1] = size;
  prog_append(&program, PROG_PROCESS); /* a client's request goes out */
  if (text != NULL)
    prog_append(&program, PROG_STREAM)->data = *text;
  world_run(&program, &quiet);
  return world_talk_hash();
}

/* The same run draws the same key every time. */
static const char *
right_accept(void) {
  static char accept[29];

  if (accept[0] == '\0') {
    run(PROG_ROLE_CLIENT, NULL, 0, 0);
    strncpy(accept, world_upgrade_accept(), sizeof(accept) - 1);
    if (strlen(accept) != sizeof(accept) - 1)
      abort(); /* no request went out */
  }
  return accept;
}

static struct prog_span
peer_text(uint32_t roles, const uint8_t *data, size_t size) {
  static uint8_t text[TEXT_MAX + 28];
  struct prog_span span = {text, 0};
  size_t i;

  for (i = 0; i < size && span.n < TEXT_MAX; i++) {
    if (data[i] == 1 && roles == PROG_ROLE_CLIENT) {
      memcpy(text + span.n, right_accept(), 28);
      span.n += 28;
    } else {
      text[span.n++] = data[i];
    }
  }
  return span;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint32_t roles;
  struct prog_span text;
  uint64_t whole;

  if (size < 3)
    return 0;
  roles = data[0] & 1 ? PROG_ROLE_CLIENT : PROG_ROLE_SERVER;
  text = peer_text(roles, data + 3, size - 3);
  whole = run(roles, &text, 0, 0);
  if (run(roles, &text, data[1] | (uint32_t)(data[0] & 0xfe) << 7, data[2]) != whole)
    abort(); /* cut in pieces it is another conversation */
  return 0;
}
