/* world_send.c -- the application sends requests; and messages as the public getters show them. */
#include "world/internal.h"

#include <string.h>

void
world_message_of(const coap_pdu_t *pdu, struct msg *out) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_opt_iterator_t it;
  const coap_opt_t *option;
  const uint8_t *data = NULL;
  size_t len = 0;
  int it_ready;

  out->version = 1;
  out->type = (uint8_t)coap_pdu_get_type(pdu);
  out->code = (uint8_t)coap_pdu_get_code(pdu);
  out->mid = (uint16_t)coap_pdu_get_mid(pdu);
  out->token = token.s;
  out->token_length = (uint32_t)token.length;
  out->n_options = 0;
  it_ready = coap_option_iterator_init(pdu, &it, COAP_OPT_ALL) != NULL;
  while (it_ready && (option = coap_option_next(&it)) != NULL && out->n_options < MSG_OPTIONS_MAX) {
    struct msg_option *o = &out->options[out->n_options++];

    o->number = it.number;
    o->length = (uint16_t)coap_opt_length(option);
    o->value = coap_opt_value(option);
  }
  if (!coap_get_data(pdu, &len, &data))
    len = 0;
  out->payload = data;
  out->payload_length = len;
}

static void
choose_token(const struct prog_op *op, struct world_session *s, uint8_t *token, size_t *len) {
  const struct world_flow *f = world_flow(s->local, s->remote);
  uint32_t mode = op->v[SEND_TOKEN];

  if (mode == PROG_TOKEN_LITERAL) {
    *len = op->token.n < 8 ? op->token.n : 8;
    if (*len > 0)
      memcpy(token, op->token.p, *len);
  } else if (mode >= PROG_TOKEN_LAST && mode < PROG_TOKEN_LAST + WORLD_RECENT) {
    *len = f->token_lengths[mode - PROG_TOKEN_LAST];
    memcpy(token, f->tokens[mode - PROG_TOKEN_LAST], *len);
  } else {
    coap_session_new_token(s->session, len, token);
  }
}

/* As coap_add_option(3) likes them best. */
int
world_add_options(const struct prog_op *op, coap_pdu_t *pdu) {
  const struct prog_option *all = &world.program->options[op->first_option];
  const struct prog_option *order[PROG_MSG_OPTIONS];
  unsigned int i;
  unsigned int k;

  for (i = 0; i < op->n_options; i++) {
    for (k = i; k > 0 && order[k - 1]->number > all[i].number; k--)
      order[k] = order[k - 1];
    order[k] = &all[i];
  }
  for (i = 0; i < op->n_options; i++) {
    if (coap_add_option(pdu, order[i]->number, order[i]->value.n, order[i]->value.p) == 0 &&
        order[i]->value.n > 0)
      return 0;
  }
  return 1;
}

void
world_send_pdu(struct world_session *s, coap_pdu_t *pdu, int many) {
  struct obs o = world_session_obs(OBS_SEND, s);
  uint8_t token[8];
  struct msg m;
  coap_mid_t mid;

  world_message_of(pdu, &m);
  if (m.token_length > 0)
    memcpy(token, m.token, m.token_length);
  m.token = token; /* outlives the message, which coap_send() takes */
  m.n_options = 0;
  m.payload_length = 0;
  o.msg = &m;
  o.value = m.mid;
  o.flag = many || s->mcast;
  world_emit(&o);
  mid = coap_send(s->session, pdu);
  o.value = mid;
  o.extra = 1;
  world_emit(&o);
  if (mid != COAP_INVALID_MID && mid != m.mid)
    oracle_violated("getters", "coap_pdu_setup(3)", &o, "coap_send() gave another message ID");
}

/* RFC 7252 5.2: method codes only; the application knows what it asks for. */
coap_pdu_code_t
world_method(uint32_t code) {
  return (coap_pdu_code_t)(msg_is_request((uint8_t)code) ? code : 1 + code % 31);
}

void
world_send(const struct prog_op *op, struct world_session *s) {
  coap_pdu_type_t type = op->v[SEND_TYPE] % 2 == 0 ? COAP_MESSAGE_CON : COAP_MESSAGE_NON;
  uint8_t token[8];
  size_t token_length = 0;
  coap_pdu_t *pdu;
  unsigned int i;
  int many = 0;

  pdu = coap_pdu_init(type, world_method(op->v[SEND_CODE]), coap_new_message_id(s->session),
                      coap_session_max_pdu_size(s->session));
  if (pdu == NULL)
    return;
  choose_token(op, s, token, &token_length);
  for (i = 0; i < op->n_options; i++)
    many |= world.program->options[op->first_option + i].number == COAP_OPTION_OBSERVE;
  if (!coap_add_token(pdu, token_length, token) || !world_add_options(op, pdu) ||
      (op->data.n > 0 && !coap_add_data(pdu, op->data.n, op->data.p))) {
    coap_delete_pdu(pdu);
    return;
  }
  world_send_pdu(s, pdu, many);
}

void
world_send_plain(struct world_session *s) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, s->session);
  uint8_t token[8];
  size_t len = 0;

  if (pdu == NULL)
    return;
  coap_session_new_token(s->session, &len, token);
  if (coap_add_token(pdu, len, token))
    world_send_pdu(s, pdu, 0);
  else
    coap_delete_pdu(pdu);
}

/* Registers for a resource under a token of the program's. */
void
world_send_observe(struct world_session *s, coap_str_const_t path, uint8_t token) {
  coap_pdu_t *pdu = coap_new_pdu(token & 1 ? COAP_MESSAGE_NON : COAP_MESSAGE_CON,
                                 COAP_REQUEST_CODE_GET, s->session);

  if (pdu == NULL)
    return;
  if (coap_add_token(pdu, 1, &token) && coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL) &&
      coap_add_option(pdu, COAP_OPTION_URI_PATH, path.length, path.s))
    world_send_pdu(s, pdu, 1);
  else
    coap_delete_pdu(pdu);
}

/* RFC 7641 3.6, by the library. */
void
world_cancel_token(struct world_session *s, coap_binary_t *token) {
  struct obs o = world_session_obs(OBS_API, s);

  o.value = OBS_API_CANCEL;
  o.extra = s->held;
  world_emit(&o);
  coap_cancel_observe(s->session, token, COAP_MESSAGE_CON);
}

void
world_cancel(const struct prog_op *op, struct world_session *s) {
  coap_binary_t token = {op->token.n, (uint8_t *)(uintptr_t)op->token.p};
  const struct world_flow *f = world_flow(s->local, s->remote);
  uint8_t last[8];

  if (op->v[1] >= PROG_TOKEN_LAST && op->v[1] < PROG_TOKEN_LAST + WORLD_RECENT) {
    token.length = f->token_lengths[op->v[1] - PROG_TOKEN_LAST];
    memcpy(last, f->tokens[op->v[1] - PROG_TOKEN_LAST], sizeof(last));
    token.s = last;
  }
  world_cancel_token(s, &token);
}
