/* pdu_api.c -- messages made for a session. */
#include "session/session.h"
#include "wire/pdu.h"

coap_pdu_t *
coap_new_pdu(coap_pdu_type_t type, coap_pdu_code_t code, coap_session_t *session) {
  if (!session)
    return NULL;
  return coap_pdu_init(type, code, coap_new_message_id(session),
                       coap_session_max_pdu_size(session));
}

static int
copy_options(coap_pdu_t *to, const coap_pdu_t *from, coap_opt_filter_t *drop) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;

  coap_option_iterator_init(from, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    if (drop && coap_option_filter_get(drop, oi.number))
      continue;
    if (!coap_add_option(to, oi.number, coap_opt_length(option), coap_opt_value(option)))
      return 0;
  }
  return 1;
}

coap_pdu_t *
coap_pdu_duplicate(const coap_pdu_t *old_pdu, coap_session_t *session, size_t token_length,
                   const uint8_t *token, coap_opt_filter_t *drop_options) {
  coap_pdu_t *pdu;

  if (!old_pdu || !session)
    return NULL;
  pdu = coap_pdu_init(old_pdu->type, old_pdu->code, coap_new_message_id(session),
                      old_pdu->max_size > coap_session_max_pdu_size(session)
                          ? old_pdu->max_size
                          : coap_session_max_pdu_size(session));
  if (!pdu)
    return NULL;
  if (!coap_add_token(pdu, token_length, token) || !copy_options(pdu, old_pdu, drop_options)) {
    coap_delete_pdu(pdu);
    return NULL;
  }
  return pdu;
}
