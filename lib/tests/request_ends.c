/* request_ends.c -- counts requests and what becomes of them. */
#include "request_ends.h"

#include "test.h"

request_ends_t request_ends;

static int
is_observation(const coap_pdu_t *pdu) {
  coap_opt_iterator_t it;

  return pdu && coap_check_option(pdu, COAP_OPTION_OBSERVE, &it) != NULL;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)session;
  (void)mid;
  if (is_observation(sent) || is_observation(received))
    request_ends.notified++;
  else
    request_ends.answered++;
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)session;
  (void)reason;
  (void)mid;
  if (!is_observation(sent))
    request_ends.told++;
}

void
request_ends_reset(void) {
  memset(&request_ends, 0, sizeof(request_ends));
}

void
request_ends_watch(coap_context_t *client) {
  coap_register_response_handler(client, on_response);
  coap_register_nack_handler(client, on_nack);
}

void
request_ends_send(coap_session_t *session, coap_pdu_t *request) {
  int is_observe = is_observation(request); /* coap_send() takes the request */

  if (coap_send(session, request) == COAP_INVALID_MID)
    request_ends.refused++;
  else if (is_observe)
    request_ends.observed++;
  else
    request_ends.asked++;
}
