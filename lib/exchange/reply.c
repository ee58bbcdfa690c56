/* reply.c -- answering a request: type and message ID, who wants no answer, when a group member
 * speaks. */
#include "exchange/incoming.h"

#include "exchange/message_options.h"
#include "exchange/quick_upload.h"
#include "session/session.h"

coap_pdu_t *
coap_reply_new(const coap_incoming_t *in) {
  coap_bin_const_t token = coap_pdu_get_token(in->request);
  int is_con = coap_pdu_get_type(in->request) == COAP_MESSAGE_CON;
  int is_ack = is_con && !in->is_again;
  coap_pdu_type_t type = is_ack ? COAP_MESSAGE_ACK : is_con ? COAP_MESSAGE_CON : COAP_MESSAGE_NON;
  coap_pdu_t *response =
      coap_pdu_init(type, COAP_EMPTY_CODE,
                    is_ack ? coap_pdu_get_mid(in->request) : coap_new_message_id(in->session),
                    coap_session_max_pdu_size(in->session));

  if (response && coap_add_token(response, token.length, token.s))
    return response;
  coap_delete_pdu(response);
  in->exchange->core->counters.no_memory++;
  return NULL;
}

/* RFC 7967 2: bits 2, 8 and 16 name the classes 2.xx, 4.xx and 5.xx that are not wanted. */
static int
is_declined(const coap_pdu_t *request, int code_class) {
  uint32_t value = coap_options_uint(request, COAP_OPTION_NORESPONSE, 0);

  return code_class >= 1 && code_class <= 5 && (value >> (code_class - 1) & 1);
}

static int
has_payload(const coap_pdu_t *pdu) {
  size_t length;
  const uint8_t *data;

  return coap_get_data(pdu, &length, &data) && length;
}

/* RFC 7252 8.2: errors and answers that say nothing are better left unsaid, but as the resource's
 * flags have it. An explicit No-Response outweighs both (RFC 7967 2.1). */
static int
is_useless_to_group(const coap_incoming_t *in, const coap_pdu_t *response) {
  int flags = in->resource ? in->resource->flags : 0;
  int code = coap_pdu_get_code(response);
  coap_opt_iterator_t oi;

  if (coap_check_option(in->request, COAP_OPTION_NORESPONSE, &oi))
    return 0;
  switch (COAP_RESPONSE_CLASS(code)) {
  case 2:
    if (flags & COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_XX)
      return 1;
    if (code != COAP_RESPONSE_CODE_CONTENT || has_payload(response))
      return 0;
    return !in->resource || (flags & COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05);
  case 4:
    return !(flags & COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX);
  case 5:
    return !(flags & COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_5_XX);
  default:
    return 0;
  }
}

/* RFC 7252 8.2: a random time within the leisure period. */
static uint32_t
leisure(const coap_incoming_t *in) {
  const coap_fixed_point_t *period = &coap_session_recovery(in->session)->default_leisure;
  uint32_t span = (uint32_t)period->integer_part * 1000 + period->fractional_part;
  uint32_t random = 0;

  if (!in->meta.multicast ||
      (in->resource && (in->resource->flags & COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS)))
    return 0;
  coap_prng(&random, sizeof(random));
  return span ? 1 + random % span : 0;
}

void
coap_reply_send(const coap_incoming_t *in, coap_pdu_t *response) {
  int code = coap_pdu_get_code(response);

  /* Sending would open a session again that the handler has closed. */
  if (code == COAP_EMPTY_CODE || !coap_session_is_open(in->session)) {
    coap_delete_pdu(response);
  } else if (is_declined(in->request, COAP_RESPONSE_CLASS(code)) ||
             (in->meta.multicast && is_useless_to_group(in, response))) {
    in->exchange->counters.suppressed++;
    coap_delete_pdu(response);
  } else {
    if (in->quick_upload)
      coap_quick_upload_answered(in, response);
    coap_message_send(in->session, response, in->meta.now, leisure(in));
  }
}

void
coap_reply_error(const coap_incoming_t *in, coap_pdu_code_t code, const char *words) {
  coap_pdu_t *response = coap_reply_new(in);

  if (!response)
    return;
  coap_pdu_set_code(response, code);
  if (!words)
    words = COAP_RESPONSE_CLASS(code) == 2 ? "" : coap_response_phrase((unsigned char)code);
  /* Too long a token leaves no room for words; the code says enough. */
  coap_add_data(response, strlen(words), (const uint8_t *)words);
  coap_reply_send(in, response);
}

void
coap_reply_too_large(const coap_incoming_t *in) {
  coap_pdu_t *response = coap_reply_new(in);
  uint8_t value[4];

  in->exchange->counters.bodies_refused++;
  if (!response)
    return;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  coap_add_option(response, COAP_OPTION_SIZE1,
                  coap_encode_var_safe(value, sizeof(value), COAP_EXCHANGE_MAX_BODY), value);
  coap_reply_send(in, response);
}
