/* oscore_receive.c -- requests to a guarded session (RFC 8613 8.2, B.1.2). */
#include "api/context.h"
#include "api/oscore_guard.h"

#include <string.h>

/* A request on its way to whoever serves it. */
typedef struct incoming_t {
  coap_session_t *session;
  const coap_pdu_t *received;
  const coap_rx_meta_t *meta;
  coap_oscore_option_t option;
  coap_oscore_context_t *context;
  coap_oscore_recipient_t *recipient;
  coap_oscore_binding_t binding;
  coap_pdu_t *plain;
} incoming_t;

static coap_oscore_status_t
try_recipient(incoming_t *in) {
  const coap_oscore_recipient_t *recipient = in->recipient;

  if (!recipient->unsure &&
      !coap_oscore_replay_is_new(&recipient->window, coap_oscore_piv_read(&in->option.piv)))
    return COAP_OSCORE_REPLAYED;
  return coap_oscore_open_request(in->context, recipient, &in->option, in->received, &in->binding,
                                  &in->plain);
}

/* Tries one context; NO_CONTEXT when the kid is not known there. */
static coap_oscore_status_t
try_context(incoming_t *in, coap_oscore_context_t *context) {
  coap_oscore_recipient_t *recipient =
      coap_oscore_context_recipient(context, &in->option.kid, &in->option.kid_context);

  if (!recipient)
    return COAP_OSCORE_NO_CONTEXT;
  in->context = context;
  in->recipient = recipient;
  return try_recipient(in);
}

/* RFC 8613 3.3: a kid may be known in several contexts. */
static coap_oscore_status_t
verify(incoming_t *in) {
  coap_oscore_status_t status = COAP_OSCORE_NO_CONTEXT;
  coap_oscore_context_t *context = in->session->core->context->oscore;

  if (!coap_oscore_message_option(in->received, &in->option) || !in->option.kid.s ||
      !in->option.piv.s)
    return COAP_OSCORE_MALFORMED;
  if (in->session->more->guard->context)
    status = try_context(in, in->session->more->guard->context);
  for (; context && status != COAP_OSCORE_OK; context = context->next) {
    coap_oscore_status_t next = try_context(in, context);

    status = next == COAP_OSCORE_NO_CONTEXT ? status : next;
  }
  return status;
}

static coap_pdu_t *
response_to(const incoming_t *in, coap_pdu_code_t code, coap_option_num_t number, size_t length,
            const uint8_t *value, const char *words) {
  coap_bin_const_t token = coap_pdu_get_token(in->received);
  int is_con = coap_pdu_get_type(in->received) == COAP_MESSAGE_CON;
  coap_pdu_t *response =
      coap_pdu_init(is_con ? COAP_MESSAGE_ACK : COAP_MESSAGE_NON, code,
                    is_con ? coap_pdu_get_mid(in->received) : coap_new_message_id(in->session),
                    coap_session_max_pdu_size(in->session));

  if (response && coap_add_token(response, token.length, token.s) &&
      coap_add_option(response, number, length, value) &&
      (!*words || coap_add_data(response, strlen(words), (const uint8_t *)words)))
    return response;
  coap_delete_pdu(response);
  in->session->core->counters.no_memory++;
  return NULL;
}

/* Errors of OSCORE itself go out unprotected; Max-Age 0 keeps them out of caches (RFC 8613
 * 4.1.3.1). */
static void
refuse(const incoming_t *in, coap_oscore_status_t status) {
  static const struct {
    coap_pdu_code_t code;
    const char *words;
  } errors[] = {
      [COAP_OSCORE_MALFORMED] = {COAP_RESPONSE_CODE_BAD_OPTION, "Failed to decode COSE"},
      [COAP_OSCORE_NO_CONTEXT] = {COAP_RESPONSE_CODE_UNAUTHORIZED, "Security context not found"},
      [COAP_OSCORE_REPLAYED] = {COAP_RESPONSE_CODE_UNAUTHORIZED, "Replay detected"},
      [COAP_OSCORE_FORGED] = {COAP_RESPONSE_CODE_BAD_REQUEST, "Decryption failed"},
      [COAP_OSCORE_NO_MEMORY] = {COAP_RESPONSE_CODE_INTERNAL_ERROR, ""},
  };
  coap_session_t *session = in->session;
  coap_guard_t *guard = coap_session_guard(session);
  coap_pdu_t *response;

  coap_log_info("OSCORE: a request was refused: %s\n", errors[status].words);
  coap_oscore_event(session, status);
  if (in->meta->multicast || !coap_session_is_open(session))
    return;
  response =
      response_to(in, errors[status].code, COAP_OPTION_MAXAGE, 0, NULL, errors[status].words);
  if (!response)
    return;
  guard->clear = response;
  coap_message_send(session, response, in->meta->now, 0);
  guard->clear = NULL;
}

static coap_oscore_request_t *
record(const incoming_t *in) {
  coap_bin_const_t token = coap_pdu_get_token(in->received);

  coap_oscore_guard_reserve(in->session, in->context);
  return coap_oscore_guard_record(in->session, &token, in->context, &in->binding);
}

/* 1 when the request carries the Echo that its sender was given. */
static int
has_right_echo(const incoming_t *in) {
  coap_opt_iterator_t oi;
  coap_opt_t *echo = coap_check_option(in->plain, COAP_OPTION_ECHO, &oi);

  return echo && in->recipient->challenged && coap_opt_length(echo) == COAP_OSCORE_ECHO_SIZE &&
         memcmp(coap_opt_value(echo), in->recipient->echo, COAP_OSCORE_ECHO_SIZE) == 0;
}

/* RFC 8613 B.1.2: the sender shows that it speaks now. The answer has a number of its own, since
 * the request's may have been answered in an earlier life. */
static void
challenge(const incoming_t *in) {
  coap_oscore_recipient_t *recipient = in->recipient;
  coap_oscore_request_t *request = record(in);
  coap_pdu_t *response;

  if (!recipient->challenged)
    recipient->challenged = coap_prng(recipient->echo, sizeof(recipient->echo)) ? 1 : 0;
  if (!request || !recipient->challenged)
    return;
  request->own_number = 1;
  response = response_to(in, COAP_RESPONSE_CODE_UNAUTHORIZED, COAP_OPTION_ECHO,
                         sizeof(recipient->echo), recipient->echo, "");
  if (response)
    coap_message_send(in->session, response, in->meta->now, 0);
}

/* A request that has been verified. */
static void
accept_request(incoming_t *in) {
  coap_rx_meta_t meta = *in->meta;
  coap_oscore_recipient_t *recipient = in->recipient;
  uint64_t number = coap_oscore_piv_read(&in->option.piv);
  coap_oscore_request_t *request;

  if (recipient->unsure && !has_right_echo(in)) {
    challenge(in);
    return;
  }
  request = record(in);
  if (!request)
    return;
  /* Without B.1.2 an earlier life may have answered under this request's number. */
  request->own_number = !in->context->conf->echo_after_start;
  if (recipient->unsure)
    coap_oscore_replay_restart(&recipient->window, number);
  else
    coap_oscore_replay_accept(&recipient->window, number);
  recipient->unsure = 0;
  meta.secured = 1;
  coap_exchange_on_request(in->session, in->plain, &meta);
}

static void
take_sealed(incoming_t *in) {
  coap_oscore_status_t status = verify(in);

  if (status != COAP_OSCORE_OK)
    refuse(in, status);
  else if (!in->meta->multicast)
    accept_request(in);
  coap_delete_pdu(in->plain);
}

void
coap_oscore_on_request(coap_session_t *session, const coap_pdu_t *request,
                       const coap_rx_meta_t *meta) {
  incoming_t in = {.session = session, .received = request, .meta = meta};
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_opt_iterator_t oi;

  if (!coap_session_guard(session) && !session->core->context->oscore)
    coap_exchange_on_request(session, request, meta);
  else if (!coap_oscore_guard(session))
    return;
  else if (coap_check_option(request, COAP_OPTION_OSCORE, &oi))
    take_sealed(&in);
  else if (coap_oscore_guard_record(session, &token, NULL, NULL))
    coap_exchange_on_request(session, request, meta);
}
