/* trace.c -- see trace.h. */
#include "world/trace.h"

#include "tools/packet.h"

#include <inttypes.h>
#include <string.h>

#define EPOCH_US UINT64_C(1700000000000000) /* as the simulated wall clock */

static const char *const kind_names[] = {[OBS_OP] = "op",
                                         [OBS_IN] = "in",
                                         [OBS_OUT] = "out",
                                         [OBS_SEND] = "send",
                                         [OBS_REQUEST] = "request-handler",
                                         [OBS_REPLY] = "reply",
                                         [OBS_RESPONSE] = "response-handler",
                                         [OBS_NACK] = "nack-handler",
                                         [OBS_EVENT] = "event-handler",
                                         [OBS_PING] = "ping-handler",
                                         [OBS_PONG] = "pong-handler",
                                         [OBS_API] = "api",
                                         [OBS_BORN] = "session-new",
                                         [OBS_GONE] = "session-gone",
                                         [OBS_STATE] = "state",
                                         [OBS_PARAM] = "param",
                                         [OBS_SETTING] = "setting",
                                         [OBS_FAULT] = "fault",
                                         [OBS_MEMORY] = "memory",
                                         [OBS_SETTLED] = "settled",
                                         [OBS_CONN] = "connection",
                                         [OBS_CHUNK_IN] = "chunk-in",
                                         [OBS_ROOM] = "room",
                                         [OBS_GOT] = "got",
                                         [OBS_SENT] = "sent",
                                         [OBS_FRAME] = "frame",
                                         [OBS_END] = "end",
                                         [OBS_WIRE] = "wire"};

static uint64_t
mix(uint64_t h, uint64_t word) {
  h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
  return h ^ h >> 35;
}

void
trace_begin(struct trace *t, FILE *text, FILE *pcapng) {
  t->hash = UINT64_C(0x6a09e667f3bcc909);
  memset(t->sent, 0, sizeof(t->sent));
  memset(t->told, 0, sizeof(t->told));
  t->observations = 0;
  t->text = text;
  t->pcapng = pcapng;
}

static void
print_message(FILE *out, const struct msg *m) {
  static const char *const types[] = {"CON", "NON", "ACK", "RST"};
  uint32_t i;

  fprintf(out, " %s %u.%02u mid=0x%04x", types[m->type & 3U], m->code >> 5, m->code & 31U, m->mid);
  if (m->token_length > 0)
    fputs(" token=", out);
  for (i = 0; i < m->token_length && i < 16; i++)
    fprintf(out, "%02x", m->token[i]);
}

static void
print(FILE *out, const struct obs *o) {
  size_t i;

  fprintf(out, "%10" PRIu64 "  %-16s", o->now, kind_names[o->kind]);
  if (o->session != 0)
    fprintf(out, " session=%u", o->session);
  fprintf(out, " value=%ld", o->value);
  if (o->extra != 0)
    fprintf(out, " extra=%ld", o->extra);
  if (o->flag)
    fputs(" flag", out);
  if (o->count != 0)
    fprintf(out, " count=%zu", o->count);
  if (o->msg != NULL)
    print_message(out, o->msg);
  if (o->malformed != NULL)
    fprintf(out, " malformed: %s", o->malformed);
  if (o->length > 0)
    fputs(" : ", out);
  for (i = 0; i < o->length && i < 64; i++)
    fprintf(out, "%02x", o->data[i]);
  fputs(o->length > 64 ? "...\n" : "\n", out);
  fflush(out); /* complete up to a crash */
}

/* What chunking must not change: what the library sends on each connection, control frames left
 * out, and what it tells the application of each session, in their order. */
static void
add_talk(struct trace *t, const struct obs *o) {
  uint64_t *sent = &t->sent[o->count % TRACE_LANES];
  uint64_t *told = &t->told[o->session % TRACE_LANES];
  uint64_t h = (uint64_t)o->kind << 32 | o->session;

  switch (o->kind) {
  case OBS_FRAME:
    if (!o->flag || o->value >= 0) /* control frames may be merged (RFC 6455 5.5.3) */
      return;
    *sent = mix(*sent, oracle_hash(o->data, o->length));
    return;
  case OBS_SENT:
    *sent = mix(*sent, o->count ^ oracle_hash(o->data, o->length));
    return;
  case OBS_REQUEST:
  case OBS_RESPONSE:
  case OBS_NACK:
  case OBS_EVENT:
  case OBS_PING:
  case OBS_PONG:
  case OBS_BORN:
  case OBS_GONE:
    h = mix(h, (uint64_t)o->value * 31 + (uint64_t)o->extra);
    if (o->msg != NULL)
      h = mix(h, o->msg->code ^ oracle_hash(o->msg->token, o->msg->token_length) * 3 ^
                     oracle_hash(o->msg->payload, o->msg->payload_length) * 5);
    *told = mix(*told, h);
    return;
  default:
    return;
  }
}

void
trace_add(struct trace *t, const struct obs *o) {
  uint64_t h = t->hash;

  h = mix(h, (uint64_t)o->kind << 32 | o->op);
  h = mix(h, o->now << 16 ^ o->session);
  h = mix(h, o->local ^ o->remote * 3);
  h = mix(h, (uint64_t)o->value * 31 + (uint64_t)o->extra);
  h = mix(h, o->count * 2 + (uint64_t)(o->flag != 0));
  if (o->msg != NULL)
    h = mix(h, (uint64_t)o->msg->mid << 16 | o->msg->code);
  if (o->length > 0)
    h = mix(h, oracle_hash(o->data, o->length));
  t->hash = h;
  add_talk(t, o);
  t->observations++;
  if (t->text != NULL)
    print(t->text, o);
}

uint64_t
trace_talk(const struct trace *t) {
  uint64_t h = 1;
  unsigned int i;

  for (i = 0; i < TRACE_LANES; i++)
    h = mix(mix(h, t->sent[i]), t->told[i]);
  return h;
}

void
trace_packet(struct trace *t, uint64_t now_ms, const struct place *from, const struct place *to,
             const uint8_t *data, size_t len) {
  struct packet p = {EPOCH_US + now_ms * 1000, *from, *to, data, len};

  if (t->pcapng == NULL)
    return;
  capture_write_packet(t->pcapng, &p);
  fflush(t->pcapng);
}
