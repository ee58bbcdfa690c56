/* client.c -- responses: acceptable or not, new or stale, whole or one block of a body. */
#include "exchange/client.h"

#include "exchange/echo.h"
#include "exchange/message_options.h"
#include "exchange/quick_client.h"
#include "exchange/quick_probe.h"
#include "exchange/transfer.h"
#include "seams/memory.h"
#include "session/session.h"

#include <utlist.h>

/* RFC 7641 3.4 */
enum { SERIAL_HALF = 1 << 23, STALE_AFTER_MS = 128 * 1000 };

coap_client_extra_t *
coap_client_extra(coap_outgoing_t *out) {
  if (!out->extra) {
    out->extra = coap_mem_zalloc(sizeof(coap_client_extra_t));
    if (!out->extra)
      out->session->core->counters.no_memory++;
  }
  return out->extra;
}

coap_response_t
coap_client_deliver(coap_outgoing_t *out, const coap_pdu_t *sent, const coap_pdu_t *received) {
  coap_exchange_t *exchange = coap_session_exchange(out->session);

  out->answered = 1;
  if (!exchange->response_handler)
    return COAP_RESPONSE_OK;
  return exchange->response_handler(out->session, sent, received, coap_pdu_get_mid(received));
}

/* RFC 7641 3.4: V1, T1 the newest so far, V2, T2 the one at hand. */
static int
is_newer(const coap_client_extra_t *extra, uint32_t number, coap_tick_t now) {
  uint32_t v1 = extra->observe_number;

  return (v1 < number && number - v1 < SERIAL_HALF) || (v1 > number && v1 - number > SERIAL_HALF) ||
         now > extra->observed_at + STALE_AFTER_MS;
}

static int
is_notification(const coap_pdu_t *received) {
  coap_opt_iterator_t oi;

  return coap_check_option(received, COAP_OPTION_OBSERVE, &oi) != NULL;
}

static int
is_registration(const coap_pdu_t *request) {
  return coap_options_uint(request, COAP_OPTION_OBSERVE, UINT32_MAX) == COAP_OBSERVE_ESTABLISH;
}

/* Whether the record goes on as an observation; 0 when the response is to be dropped: it is older
 * than one seen before. */
static int
follow_observation(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  uint32_t number = coap_options_uint(received, COAP_OPTION_OBSERVE, UINT32_MAX);
  int goes_on = number != UINT32_MAX && is_registration(out->pdu) &&
                COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) == 2;
  coap_client_extra_t *extra = goes_on ? coap_client_extra(out) : NULL;

  /* RFC 7641 3.2, 4.2: without the option, or with an error, it is the last one. */
  out->keep = extra ? 1 : 0;
  if (!extra)
    return 1;
  /* RFC 8323 7.1: a connection keeps the order, the number says nothing. */
  if (extra->is_observing && !coap_session_is_reliable(out->session) &&
      !is_newer(extra, number, now))
    return 0;
  extra->is_observing = 1;
  extra->observe_number = number;
  extra->observed_at = now;
  return 1;
}

/* A notification that crossed our deregistration: taken note of, not shown. */
static int
is_late_notification(const coap_outgoing_t *out, const coap_pdu_t *received) {
  return coap_options_uint(out->pdu, COAP_OPTION_OBSERVE, UINT32_MAX) == COAP_OBSERVE_CANCEL &&
         is_notification(received);
}

static coap_response_t
take_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;

  if (is_late_notification(out, received)) {
    out->answered = 1;
    return COAP_RESPONSE_OK;
  }
  if (extra && extra->probe)
    return coap_quick_probe_response(out, received, now);
  if (extra && extra->quick)
    return coap_quick_client_response(out, received, now);
  if (coap_echo_repeat(out, received, now))
    return COAP_RESPONSE_OK;
  if (extra && extra->transfer)
    return coap_transfer_response(out, received, now);
  if (!follow_observation(out, received, now))
    return COAP_RESPONSE_OK;
  if (coap_transfer_begins(out, received))
    return coap_transfer_start(out, received, now);
  return coap_client_deliver(out, out->pdu, received);
}

static coap_response_t
accept_or_reject(coap_outgoing_t *out, const coap_pdu_t *received, const coap_rx_meta_t *meta) {
  coap_exchange_t *exchange = coap_session_exchange(out->session);
  coap_pdu_t *tidied = NULL;
  coap_response_t result;

  if (coap_options_first_bad(exchange, received) >= 0) { /* RFC 7252 5.4.1 */
    exchange->counters.rejected++;
    return COAP_RESPONSE_FAIL;
  }
  if (coap_options_are_untidy(received)) {
    tidied = coap_options_tidied(received);
    if (!tidied) {
      exchange->core->counters.no_memory++;
      return COAP_RESPONSE_FAIL;
    }
  }
  result = take_response(out, tidied ? tidied : received, meta->now);
  coap_delete_pdu(tidied);
  return result;
}

static coap_outgoing_t *
find_observation(const coap_session_t *session, const coap_bin_const_t *token) {
  coap_outgoing_t *out;

  DL_FOREACH(session->outgoing, out) {
    coap_bin_const_t own = coap_pdu_get_token(out->pdu);

    if (out->is_request && !out->ended && coap_binary_equal(&own, token) &&
        is_registration(out->pdu))
      return out;
  }
  return NULL;
}

void
coap_client_before_send(coap_session_t *session, const coap_pdu_t *pdu) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_outgoing_t *before =
      COAP_PDU_IS_REQUEST(pdu) && is_registration(pdu) ? find_observation(session, &token) : NULL;

  if (before && before->answered)
    coap_outgoing_end(before, -1);
}

static int
is_not_for_cancel(coap_option_num_t number) {
  return number == COAP_OPTION_OBSERVE || number == COAP_OPTION_ETAG ||
         number == COAP_OPTION_BLOCK1 || number == COAP_OPTION_SIZE1;
}

static coap_pdu_t *
cancel_request(const coap_outgoing_t *out, coap_pdu_type_t type) {
  static const uint8_t cancel = COAP_OBSERVE_CANCEL;
  coap_bin_const_t token = coap_pdu_get_token(out->pdu);
  size_t length = 0;
  const uint8_t *data = NULL;
  coap_pdu_t *pdu = coap_options_copy(out->pdu, &token, coap_session_max_pdu_size(out->session),
                                      is_not_for_cancel);

  coap_get_data(out->pdu, &length, &data);
  if (pdu && coap_add_option(pdu, COAP_OPTION_OBSERVE, 1, &cancel) &&
      coap_add_data(pdu, length, data)) {
    coap_pdu_set_type(pdu, type);
    coap_pdu_set_mid(pdu, coap_new_message_id(out->session));
    return pdu;
  }
  coap_delete_pdu(pdu);
  out->session->core->counters.no_memory++;
  return NULL;
}

/* Says that nothing is observed any more; nobody waits for the answer. */
static void
tell_cancelled(const coap_outgoing_t *out, coap_tick_t now) {
  coap_pdu_t *pdu = cancel_request(out, COAP_MESSAGE_NON);

  if (pdu)
    coap_message_tell(out->session, pdu, now);
}

coap_response_t
coap_exchange_on_response(coap_session_t *session, coap_outgoing_t *out, const coap_pdu_t *received,
                          const coap_rx_meta_t *meta) {
  coap_response_t result;

  out->keep = 0;
  result = accept_or_reject(out, received, meta);
  if (result != COAP_RESPONSE_FAIL)
    return result;
  /* Rejecting a notification ends the observation: by a Reset (RFC 7641 3.6), which connections
   * have none of (RFC 8323 7.4). */
  if (coap_session_is_reliable(session) && is_registration(out->pdu) && is_notification(received))
    tell_cancelled(out, meta->now);
  out->keep = 0;
  return result;
}

int
coap_exchange_on_stray_response(coap_session_t *session, const coap_pdu_t *received,
                                const coap_rx_meta_t *meta) {
  /* RFC 7641 3.6: rejecting it is what ends an observation that is forgotten here; RFC 9177 4.3 a
   * body that is given up. */
  return coap_quick_client_stray(session, received, meta);
}

int
coap_client_cancel_observe(coap_session_t *session, const coap_bin_const_t *token,
                           coap_pdu_type_t type, coap_tick_t now) {
  coap_outgoing_t *out = find_observation(session, token);
  coap_bin_const_t own;
  coap_pdu_t *pdu;

  if (!out || (type != COAP_MESSAGE_CON && type != COAP_MESSAGE_NON))
    return 0;
  /* RFC 7252 8.1: what goes to a group is Non-confirmable. */
  pdu = cancel_request(out, session->is_mcast ? COAP_MESSAGE_NON : type);
  if (!pdu)
    return 0;
  own = coap_pdu_get_token(pdu); /* the caller's may be in the record */
  /* What comes for this token from now on is the answer to the deregistration. */
  coap_outgoing_end(out, -1);
  coap_transfer_abandon(session, &own);
  return coap_message_send(session, pdu, now, 0) != COAP_INVALID_MID;
}

void
coap_client_leave_observations(coap_session_t *session, coap_tick_t now) {
  coap_outgoing_t *out;

  DL_FOREACH(session->outgoing, out) {
    const coap_client_extra_t *extra = out->is_request ? out->extra : NULL;

    if (extra && extra->is_observing && is_registration(out->pdu))
      tell_cancelled(out, now);
  }
}
