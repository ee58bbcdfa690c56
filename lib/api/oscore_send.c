/* oscore_send.c -- what goes out of a guarded session, and the answers to it (RFC 8613 8.1, 8.3,
 * 8.4). */
#include "api/oscore_guard.h"

#include "exchange/echo.h"
#include "seams/clock.h"
#include "session/session.h"

#include <errno.h>

enum { CLASS_REQUEST = 0, CLASS_SIGNALLING = 7 };

static int
has_option(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, number, &oi) != NULL;
}

static int
failed(coap_session_t *session, coap_oscore_status_t status) {
  if (status == COAP_OSCORE_OK)
    return 0;
  coap_log_warn("OSCORE: a message could not be protected%s\n",
                status == COAP_OSCORE_NO_NUMBER ? ": no sequence number to be had" : "");
  coap_oscore_event(session, status);
  return status == COAP_OSCORE_NO_MEMORY ? -ENOMEM : -EINVAL;
}

static int
seal_request(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed) {
  coap_oscore_context_t *context = session->more->guard->context;
  coap_oscore_binding_t binding;

  if (!context)
    return 0;
  return failed(session, coap_oscore_seal_request(context, pdu, &binding, sealed));
}

static int
seal_response(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_oscore_request_t *request = coap_oscore_guard_find(coap_session_guard(session), &token);
  coap_oscore_status_t status = COAP_OSCORE_OK;

  if (!request) {
    coap_log_warn("OSCORE: a response whose request is not on record is not sent\n");
    return -EACCES;
  }
  if (request->context)
    status = coap_oscore_seal_response(request->context, &request->binding,
                                       request->own_number || request->answered, pdu, sealed);
  if (status == COAP_OSCORE_OK) {
    request->answered = 1;
    request->observing = has_option(pdu, COAP_OPTION_OBSERVE) ? 1 : 0;
  }
  return failed(session, status);
}

int
coap_oscore_seal(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed) {
  int code = coap_pdu_get_code(pdu);

  *sealed = NULL;
  if (code == COAP_EMPTY_CODE || code >> 5 == CLASS_SIGNALLING ||
      pdu == session->more->guard->clear)
    return 0;
  if (code >> 5 == CLASS_REQUEST)
    return seal_request(session, pdu, sealed);
  return seal_response(session, pdu, sealed);
}

/* What binds responses to a request of ours stands in the request as it went out. */
static int
binding_of(const coap_pdu_t *sealed, coap_oscore_binding_t *binding) {
  coap_oscore_option_t option;

  if (!coap_oscore_message_option(sealed, &option) || option.kid.length > COAP_OSCORE_ID_MAX)
    return 0;
  binding->kid.length = (uint8_t)option.kid.length;
  memcpy(binding->kid.s, option.kid.s, option.kid.length);
  binding->piv_length = (uint8_t)option.piv.length;
  memcpy(binding->piv, option.piv.s, option.piv.length);
  return 1;
}

/* RFC 8613 7.4.1: the order of notifications; one without a number is the oldest. */
static uint64_t
rank_of(const coap_oscore_option_t *option) {
  return option->piv.s ? coap_oscore_piv_read(&option->piv) + 2 : 1;
}

/* RFC 8613 4.1.3.5.2, 8.4.2: nothing unasked, nothing twice. */
static int
is_in_order(coap_outgoing_t *out, const coap_oscore_option_t *option, const coap_pdu_t *opened) {
  uint64_t rank = rank_of(option);

  if (!has_option(opened, COAP_OPTION_OBSERVE))
    return 1;
  if (!has_option(out->pdu, COAP_OPTION_OBSERVE) || rank <= out->newest)
    return 0;
  out->newest = rank;
  return 1;
}

/* A server that cannot verify a request says so unprotected, and only that (RFC 8613 8.2). */
static int
is_error_in_clear(const coap_outgoing_t *out, const coap_pdu_t *received) {
  int code_class = coap_pdu_get_code(received) >> 5;

  return (code_class == 4 || code_class == 5) && !out->answered;
}

/* RFC 8613 B.1.2: a server that has lost its replay window wants to see its Echo again. */
static int
repeats_with_echo(coap_outgoing_t *out, const coap_pdu_t *opened) {
  if (!coap_echo_repeat(out, opened, coap_clock_now()))
    return 0;
  coap_outgoing_end(out, -1);
  return 1;
}

int
coap_oscore_open(coap_session_t *session, coap_outgoing_t *out, const coap_pdu_t *received,
                 coap_pdu_t **opened) {
  coap_oscore_context_t *context =
      coap_session_guard(session) ? session->more->guard->context : NULL;
  coap_oscore_status_t status = COAP_OSCORE_MALFORMED;
  coap_oscore_binding_t binding;
  coap_oscore_option_t option;

  *opened = NULL;
  if (!context || !context->recipients || !binding_of(out->sealed, &binding))
    return 0;
  if (!has_option(received, COAP_OPTION_OSCORE)) {
    if (is_error_in_clear(out, received))
      return 1;
    session->core->ops->event(session, COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD);
    return 0;
  }
  if (coap_oscore_message_option(received, &option))
    status = coap_oscore_open_response(context, context->recipients, &binding, &option, received,
                                       opened);
  if (status == COAP_OSCORE_OK && !is_in_order(out, &option, *opened)) {
    coap_delete_pdu(*opened);
    *opened = NULL;
    status = COAP_OSCORE_REPLAYED;
  }
  if (status == COAP_OSCORE_OK)
    return !repeats_with_echo(out, *opened);
  coap_log_info("OSCORE: a response was not accepted\n");
  coap_oscore_event(session, status);
  return 0;
}
