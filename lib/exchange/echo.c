/* echo.c -- repeating a request with the Echo value that its server asks for (RFC 9175 2.3). */
#include "exchange/echo.h"

#include "exchange/client.h"
#include "exchange/message_options.h"
#include "session/session.h"

static int
has_echo(const coap_pdu_t *pdu) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, COAP_OPTION_ECHO, &oi) != NULL;
}

/* The request with the option added, or NULL: no memory, or it would be too long then. */
static coap_pdu_t *
with_echo(coap_session_t *session, const coap_pdu_t *request, const coap_opt_t *echo) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_pdu_t *copy = coap_options_copy(request, &token, coap_session_max_pdu_size(session), NULL);
  size_t length = 0;
  const uint8_t *data = NULL;

  coap_get_data(request, &length, &data);
  if (copy &&
      coap_add_option(copy, COAP_OPTION_ECHO, coap_opt_length(echo), coap_opt_value(echo)) &&
      coap_add_data(copy, length, data)) {
    coap_pdu_set_mid(copy, coap_new_message_id(session));
    return copy;
  }
  coap_delete_pdu(copy);
  return NULL;
}

int
coap_echo_repeat(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_session_t *session = out->session;
  coap_opt_iterator_t oi;
  const coap_opt_t *echo = coap_check_option(received, COAP_OPTION_ECHO, &oi);
  coap_outgoing_t *again;
  coap_pdu_t *copy;

  /* Answering a server that asks once more could go on for ever; a group has many servers. */
  if (!echo || coap_pdu_get_code(received) != COAP_RESPONSE_CODE_UNAUTHORIZED || out->answered ||
      session->is_mcast || has_echo(out->pdu))
    return 0;
  copy = with_echo(session, out->pdu, echo);
  if (!copy || coap_message_send(session, copy, now, 0) == COAP_INVALID_MID)
    return out->ended; /* a request that has ended meanwhile gets no response */
  again = coap_outgoing_by_pdu(session, copy);
  if (again && !out->ended) {
    again->extra = out->extra;
    out->extra = NULL;
  }
  out->answered = 1;
  return 1;
}
