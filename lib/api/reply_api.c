/* reply_api.c -- answers that are sent as they are made. */
#include "session/session.h"

#include "session/outgoing.h"

coap_mid_t
coap_send_error(coap_session_t *session, const coap_pdu_t *request, coap_pdu_code_t code,
                coap_opt_filter_t *opts) {
  coap_pdu_t *response;

  if (!session || !request)
    return COAP_INVALID_MID;
  response = coap_new_error_response(request, code, opts);
  if (!response)
    return COAP_INVALID_MID;
  /* RFC 7252 5.2.3: the message ID of a NON answer is our own. */
  if (coap_pdu_get_type(response) == COAP_MESSAGE_NON)
    coap_pdu_set_mid(response, coap_new_message_id(session));
  return coap_send(session, response);
}

coap_mid_t
coap_send_message_type(coap_session_t *session, const coap_pdu_t *request, coap_pdu_type_t type) {
  coap_mid_t mid;

  if (!session || !request || (type != COAP_MESSAGE_ACK && type != COAP_MESSAGE_RST))
    return COAP_INVALID_MID;
  mid = coap_pdu_get_mid(request);
  return coap_message_send_empty(session, type, mid) ? mid : COAP_INVALID_MID;
}

coap_mid_t
coap_send_ack(coap_session_t *session, const coap_pdu_t *request) {
  /* RFC 7252 4.2, 4.3: only a CON is acknowledged. */
  if (!request || coap_pdu_get_type(request) != COAP_MESSAGE_CON)
    return COAP_INVALID_MID;
  return coap_send_message_type(session, request, COAP_MESSAGE_ACK);
}
