/* world_ops.c -- each operation of a program, done. */
#include "world/internal.h"
#include "world/stack.h"

#include "seams/memory.h"
#include "seams/net_sim.h"

#include <errno.h>
#include <string.h>

enum { CSM_SIZE = 6 }; /* among the settings of program_spec.c */

static const uint8_t versions[] = {1, 0, 2, 3}; /* order of the names in program_spec.c */

coap_proto_t
world_proto(void) {
  static const coap_proto_t protos[] = {COAP_PROTO_UDP,  COAP_PROTO_TCP, COAP_PROTO_WS,
                                        COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};

  return protos[world.program->proto];
}

int
world_is_secure(void) {
  return world.program->proto >= PROG_DTLS;
}

int
world_is_stream(void) {
  return world.program->proto % PROG_DTLS != PROG_UDP;
}

int
world_is_ws(void) {
  return world.program->proto % PROG_DTLS == PROG_WS;
}

static void
do_datagram(const struct prog_op *op) {
  struct place from;
  struct place to;
  uint64_t local;

  place_peer(&from, op->v[MSG_PEER], (int)world.program->ipv6);
  world_target(op->v[MSG_TO], &to, &local);
  world_deliver(&from, &to, op->data.p, op->data.n);
  world_process();
}

static uint16_t
message_id(uint32_t v, struct world_flow *f) {
  uint32_t mode = PROG_MID_MODE(v);

  if (mode == PROG_MID_LITERAL)
    return PROG_MID_VALUE(v);
  if (mode == PROG_MID_NEXT)
    return f->next_mid++;
  return f->mids[mode - PROG_MID_LAST];
}

void
world_message_token(const struct prog_op *op, uint32_t mode, struct world_flow *f, struct msg *m,
                    uint8_t fresh[2]) {

  if (mode == PROG_TOKEN_LITERAL) {
    m->token = op->token.p;
    m->token_length = op->token.n;
  } else if (mode == PROG_TOKEN_OWN) {
    m->token = f->own;
    m->token_length = f->own_length;
  } else if (mode == PROG_TOKEN_NEW) {
    fresh[0] = (uint8_t)(f->next_mid >> 8);
    fresh[1] = (uint8_t)f->next_mid;
    m->token = fresh;
    m->token_length = 2;
  } else {
    m->token = f->tokens[mode - PROG_TOKEN_LAST];
    m->token_length = f->token_lengths[mode - PROG_TOKEN_LAST];
  }
}

void
world_message_content(const struct prog_op *op, struct world_flow *f, struct msg *m) {
  unsigned int i;

  m->n_options = op->n_options;
  for (i = 0; i < op->n_options; i++) {
    const struct prog_option *o = &world.program->options[op->first_option + i];

    m->options[i].number = o->number;
    m->options[i].value = o->value.p;
    m->options[i].length = (uint16_t)(o->value.n < 65535 ? o->value.n : 65535);
  }
  m->payload = op->data.p;
  m->payload_length = op->data.n;
  if (msg_is_request(m->code) && m->token_length <= sizeof(f->own)) {
    f->own_length = (uint8_t)m->token_length;
    if (m->token_length > 0 && m->token != f->own)
      memcpy(f->own, m->token, m->token_length);
  }
}

static void
do_message(const struct prog_op *op) {
  static uint8_t datagram[65536];
  struct place from;
  struct place to;
  uint64_t local;
  struct world_flow *f;
  struct msg m;
  uint8_t fresh[2];
  size_t len;

  place_peer(&from, op->v[MSG_PEER], (int)world.program->ipv6);
  world_target(op->v[MSG_TO], &to, &local);
  f = world_flow(local, place_key(&from));
  m.version = versions[op->v[MSG_VERSION]];
  m.type = (uint8_t)op->v[MSG_TYPE];
  m.code = (uint8_t)op->v[MSG_CODE];
  world_message_token(op, op->v[MSG_TOKEN], f, &m, fresh);
  m.mid = message_id(op->v[MSG_MID], f);
  world_message_content(op, f, &m);
  len = msg_write(&m, datagram, sizeof(datagram));
  if (len > sizeof(datagram))
    len = sizeof(datagram);
  len = len > op->v[MSG_CUT] ? len - op->v[MSG_CUT] : 0;
  world_deliver_message(&from, &to, datagram, len);
  world_process();
}

static coap_fixed_point_t
thousandths(uint32_t value) {
  coap_fixed_point_t p = {(uint16_t)(value / 1000), (uint16_t)(value % 1000)};

  return p;
}

static long
in_thousandths(coap_fixed_point_t p) {
  return (long)p.integer_part * 1000 + p.fractional_part;
}

static void
do_set(struct world_session *s, uint32_t which, uint32_t value) {
  coap_session_t *c = s->session;
  struct obs o = world_session_obs(OBS_PARAM, s);
  uint16_t number = (uint16_t)value;

  o.value = which;
  switch (which) {
  case 0:
    coap_session_set_ack_timeout(c, thousandths(value));
    o.extra = in_thousandths(coap_session_get_ack_timeout(c));
    break;
  case 1:
    coap_session_set_ack_random_factor(c, thousandths(value));
    o.extra = in_thousandths(coap_session_get_ack_random_factor(c));
    break;
  case 2:
    if (world_stack.most_retransmissions != 0 && number > world_stack.most_retransmissions)
      number = (uint16_t)world_stack.most_retransmissions;
    coap_session_set_max_retransmit(c, number);
    o.extra = coap_session_get_max_retransmit(c);
    break;
  case 3:
    coap_session_set_nstart(c, number);
    o.extra = coap_session_get_nstart(c);
    break;
  case 4:
    coap_session_set_default_leisure(c, thousandths(value));
    o.extra = in_thousandths(coap_session_get_default_leisure(c));
    break;
  case 5:
    coap_session_set_probing_rate(c, value);
    o.extra = (long)coap_session_get_probing_rate(c);
    break;
  case 6:
    coap_session_set_max_payloads(c, number);
    o.extra = coap_session_get_max_payloads(c);
    break;
  case 7:
    coap_session_set_non_timeout(c, thousandths(value));
    o.extra = in_thousandths(coap_session_get_non_timeout(c));
    break;
  case 8:
    coap_session_set_non_receive_timeout(c, thousandths(value));
    o.extra = in_thousandths(coap_session_get_non_receive_timeout(c));
    break;
  default:
    coap_session_set_non_max_retransmit(c, number);
    o.extra = coap_session_get_non_max_retransmit(c);
    break;
  }
  world_emit(&o);
}

static void
do_config(int which, uint32_t setting, uint32_t value) {
  struct obs o = world_obs(OBS_SETTING);
  coap_context_t *context = world.context[which];

  if (context == NULL)
    return;
  if (setting == CSM_SIZE && value < world_stack.least_csm_size)
    value = world_stack.least_csm_size;
  if (setting == 0)
    coap_context_set_session_timeout(context, value);
  else if (setting == 1)
    coap_context_set_max_idle_sessions(context, value);
  else if (setting == 2 && world.endpoint[0] != NULL)
    coap_endpoint_set_default_mtu(world.endpoint[0], value);
  else if (setting == 3)
    coap_context_set_keepalive(context, value);
  else if (setting == 4 && coap_context_set_max_token_size(context, value))
    world.max_token[which] = value;
  else if (setting == 5)
    coap_context_set_csm_timeout_ms(context, value);
  else if (setting == CSM_SIZE)
    coap_context_set_csm_max_message_size(context, value);
  else if (setting == 7)
    coap_context_set_max_handshake_sessions(context, value);
  o.value = (long)setting;
  o.extra = (long)value;
  world_emit(&o);
}

static void
do_fault(const struct prog_op *op) {
  struct world_fault *f = &world.fault[op->v[0]];

  f->active = 1;
  f->action = op->v[1];
  f->ms = op->v[2];
}

static void
do_fail(const struct prog_op *op) {
  static const int errors[] = {EAGAIN, ECONNREFUSED, ENETUNREACH, EMSGSIZE};
  struct obs o = world_obs(OBS_FAULT);

  if (op->kind == PROG_FAIL_ALLOC) {
    world.short_of_memory = 1;
    coap_mem_sim_fail(op->v[0] + 1, (int)op->v[1]);
  } else {
    world.send_error = errors[op->v[0]];
    world.failing_sends = op->v[1] + 1;
  }
  o.value = op->kind;
  world_emit(&o);
}

static void
do_icmp(const struct prog_op *op) {
  static const int errors[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH};
  struct place at;
  coap_address_t address;
  uint64_t local;

  world_target(op->v[0], &at, &local);
  world_to_address(&at, &address);
  coap_net_sim_fail_recv(&address, errors[op->v[1]]);
  world_process();
}

static void
do_ping(struct world_session *s) {
  struct obs o = world_session_obs(OBS_API, s);

  o.value = OBS_API_PING;
  o.extra = s->held;
  world_emit(&o);
  coap_session_send_ping(s->session);
}

/* Operations on a session that the program names. */
static void
on_session(const struct prog_op *op, struct world_session *s) {
  switch (op->kind) {
  case PROG_SEND:
    world_send(op, s);
    break;
  case PROG_SEND_LARGE:
    world_send_large(op, s);
    break;
  case PROG_REFERENCE:
    world_reference(s);
    break;
  case PROG_RELEASE:
    if (s->held > s->kept)
      world_release(s);
    break;
  case PROG_DISCONNECT:
    world_disconnect(s, op->v[1]);
    break;
  case PROG_SET_TYPE_CLIENT:
    world_set_type_client(s);
    break;
  case PROG_CANCEL:
    world_cancel(op, s);
    break;
  case PROG_PING:
    do_ping(s);
    break;
  case PROG_SET:
    do_set(s, op->v[1], op->v[2]);
    break;
  default:
    break;
  }
  world_process();
}

void
world_execute(const struct prog_op *op) {
  struct world_session *s;

  if (world_stream_execute(op) || world_secure_execute(op))
    return;
  switch (op->kind) {
  case PROG_DATAGRAM:
    do_datagram(op);
    break;
  case PROG_MESSAGE:
    do_message(op);
    break;
  case PROG_ADVANCE:
    world_advance(op->v[0]);
    break;
  case PROG_PROCESS:
    world_process();
    break;
  case PROG_FAULT:
    do_fault(op);
    break;
  case PROG_OPEN_ENDPOINT:
    world_endpoint_open(op->v[0], op->v[1]);
    break;
  case PROG_CLOSE_ENDPOINT:
    world_endpoint_close(op->v[0]);
    break;
  case PROG_OPEN_CLIENT:
    world_open_client(op->v[0], op->v[1]);
    break;
  case PROG_HOLD:
    world_hold(op->v[0], op->v[1]);
    break;
  case PROG_RESPOND:
    world_respond(op->v[0], op->v[1], op->v[2]);
    world_process();
    break;
  case PROG_NOTIFY:
    world_notify(op->v[0]);
    world_process();
    break;
  case PROG_FAIL_ALLOC:
  case PROG_FAIL_SEND:
    do_fail(op);
    break;
  case PROG_ICMP:
    do_icmp(op);
    break;
  case PROG_REACT:
    world.reaction[op->v[0]].action = op->v[1];
    world.reaction[op->v[0]].slot = op->v[2];
    break;
  case PROG_CONFIG:
    do_config((int)op->v[0], op->v[1], op->v[2]);
    break;
  case PROG_RESOURCE:
    world_resource(op->v[0], op->v[1]);
    world_process();
    break;
  case PROG_OBSERVE:
    world_observe(op);
    break;
  case PROG_CALL:
    world_call(op);
    break;
  case PROG_ASYNC:
    world_async(op);
    break;
  case PROG_CLOSE:
    world_close_context((int)op->v[0]);
    break;
  default:
    s = world_slot(op->v[0]);
    if (s != NULL)
      on_session(op, s);
    break;
  }
}
