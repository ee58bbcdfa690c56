/* signal.c -- CSM, Ping, Pong, Release, Abort (RFC 8323 section 5). */
#include "session/signal.h"

#include "session/alternative.h"
#include "session/framing.h"
#include "session/stream.h"
#include "wire/pdu.h"
#include "wire/signal_options.h"

#include <string.h>

enum { SIGNAL_ROOM = 64, SMALLEST_MESSAGE = 64 };

/* A signalling message with `token`; NULL when out of memory (counted). */
static coap_pdu_t *
signal_new(coap_session_t *session, coap_pdu_code_t code, coap_bin_const_t token) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, code, 0, SIGNAL_ROOM + token.length);

  if (pdu && coap_add_token(pdu, token.length, token.s))
    return pdu;
  coap_delete_pdu(pdu);
  session->core->counters.no_memory++;
  return NULL;
}

static int
add_uint(coap_pdu_t *pdu, coap_option_num_t number, uint32_t value) {
  uint8_t bytes[4];

  return coap_add_option(pdu, number, coap_encode_var_safe(bytes, sizeof(bytes), value), bytes) > 0;
}

/* Sends and frees it. 1 or 0. */
static int
signal_send(coap_session_t *session, coap_pdu_t *pdu) {
  int result;

  pdu->transport = coap_session_framing(session)->name;
  coap_show_pdu(COAP_LOG_DEBUG, pdu);
  result = coap_session_framing(session)->put(session, pdu);
  coap_delete_pdu(pdu);
  return result == 0;
}

int
coap_signal_csm(coap_session_t *session) {
  static const coap_bin_const_t no_token = {0, NULL};
  const coap_core_t *core = session->core;
  coap_pdu_t *pdu = signal_new(session, COAP_SIGNALING_CODE_CSM, no_token);

  if (!pdu)
    return 0;
  if (add_uint(pdu, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE, core->csm_max_message) &&
      coap_add_option(pdu, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER, 0, NULL) &&
      (core->max_token <= COAP_TOKEN_DEFAULT_MAX ||
       add_uint(pdu, COAP_SIGNALING_OPTION_EXTENDED_TOKEN_LENGTH, (uint32_t)core->max_token)))
    return signal_send(session, pdu);
  coap_delete_pdu(pdu);
  session->core->counters.no_memory++;
  return 0;
}

int
coap_signal_ping(coap_session_t *session, coap_mid_t mid) {
  uint8_t bytes[2] = {(uint8_t)(mid >> 8), (uint8_t)mid};
  coap_bin_const_t token = {sizeof(bytes), bytes};
  coap_pdu_t *pdu = signal_new(session, COAP_SIGNALING_CODE_PING, token);

  return pdu ? signal_send(session, pdu) : 0;
}

void
coap_signal_abort(coap_session_t *session, const char *words, int bad_option) {
  static const coap_bin_const_t no_token = {0, NULL};
  coap_pdu_t *pdu = signal_new(session, COAP_SIGNALING_CODE_ABORT, no_token);

  if (!pdu)
    return;
  if ((bad_option < 0 ||
       add_uint(pdu, COAP_SIGNALING_OPTION_BAD_CSM_OPTION, (uint32_t)bad_option)) &&
      coap_add_data(pdu, strlen(words), (const uint8_t *)words))
    signal_send(session, pdu);
  else
    coap_delete_pdu(pdu);
}

/* The first critical option that is not known, -1 for none (RFC 8323 5.2). */
static int
first_bad_option(const coap_pdu_t *pdu) {
  coap_opt_iterator_t oi;

  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while (coap_option_next(&oi)) {
    if ((oi.number & 1) && !coap_signal_option_info(coap_pdu_get_code(pdu), oi.number))
      return oi.number;
  }
  return -1;
}

/* A number of at most `longest` bytes; what is longer is ignored as elective options are. */
static int
get_uint(const coap_pdu_t *pdu, coap_option_num_t number, size_t longest, uint32_t *value) {
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(pdu, number, &oi);

  if (!option || coap_opt_length(option) > longest)
    return 0;
  *value = coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
  return 1;
}

/* RFC 8323 5.3: what one CSM does not mention stays as the one before left it. */
static void
on_csm(coap_session_t *session, const coap_pdu_t *pdu) {
  coap_stream_t *stream = coap_session_stream(session);
  coap_opt_iterator_t oi;
  uint32_t value;

  if (get_uint(pdu, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE, 4, &value))
    stream->peer_max_message = value < SMALLEST_MESSAGE               ? SMALLEST_MESSAGE
                               : value > COAP_DEFAULT_MAX_PDU_RX_SIZE ? COAP_DEFAULT_MAX_PDU_RX_SIZE
                                                                      : value;
  if (coap_check_option(pdu, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER, &oi))
    stream->peer_blockwise = 1;
  /* RFC 8974 2.2.1: less than 8 is no value, more than the most is the most. */
  if (get_uint(pdu, COAP_SIGNALING_OPTION_EXTENDED_TOKEN_LENGTH, 3, &value) &&
      value >= COAP_TOKEN_DEFAULT_MAX)
    stream->peer_max_token = value < COAP_TOKEN_EXT_MAX ? value : COAP_TOKEN_EXT_MAX;
  session->mtu = stream->peer_max_message;
  coap_session_event(session, COAP_FSM_EV_CSM_IN, COAP_NACK_NOT_DELIVERABLE);
}

/* RFC 8323 5.4: at once; requests that came before have been handed over already, so that Custody
 * can be said. */
static void
on_ping(coap_session_t *session, const coap_pdu_t *ping) {
  coap_opt_iterator_t oi;
  coap_pdu_t *pong;

  session->core->ops->ping(session, ping, coap_pdu_get_mid(ping));
  if (!coap_session_stream(session)->connected)
    return;
  if (coap_stream_is_full(session)) {
    session->core->counters.tx_refused++;
    return;
  }
  pong = signal_new(session, COAP_SIGNALING_CODE_PONG, coap_pdu_get_token(ping));
  if (!pong)
    return;
  if (coap_check_option(ping, COAP_SIGNALING_OPTION_CUSTODY, &oi) &&
      !coap_add_option(pong, COAP_SIGNALING_OPTION_CUSTODY, 0, NULL)) {
    session->core->counters.no_memory++;
    coap_delete_pdu(pong);
    return;
  }
  signal_send(session, pong);
}

static void
on_pong(coap_session_t *session, const coap_pdu_t *pong) {
  coap_bin_const_t token = coap_pdu_get_token(pong);
  coap_mid_t mid = token.length == 2 ? token.s[0] << 8 | token.s[1] : COAP_INVALID_MID;

  session->core->ops->pong(session, pong, mid);
}

static void
on_release(coap_session_t *session, const coap_pdu_t *pdu, coap_tick_t now) {
  uint32_t seconds;

  if (get_uint(pdu, COAP_SIGNALING_OPTION_HOLD_OFF, 3, &seconds))
    coap_session_stream(session)->hold_off = now + (coap_tick_t)seconds * COAP_TICKS_PER_SECOND;
  coap_alternative_note(session, pdu);
  coap_session_event(session, COAP_FSM_EV_PEER_RELEASE, COAP_NACK_NOT_DELIVERABLE);
}

static void
refuse_option(coap_session_t *session, const coap_pdu_t *pdu, int number) {
  int is_csm = coap_pdu_get_code(pdu) == COAP_SIGNALING_CODE_CSM;

  session->core->counters.rx_rejected++;
  coap_signal_abort(session, "Critical option is not known", is_csm ? number : -1);
  coap_session_event(session, COAP_FSM_EV_BAD_CSM, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_signal_input(coap_session_t *session, const coap_pdu_t *pdu, coap_tick_t now) {
  int code = coap_pdu_get_code(pdu);
  int bad = first_bad_option(pdu);

  /* An Abort ends the connection whatever is in it; nothing is sent after it. */
  if (bad >= 0 && code != COAP_SIGNALING_CODE_ABORT) {
    refuse_option(session, pdu, bad);
    return;
  }
  switch (code) {
  case COAP_SIGNALING_CODE_CSM:
    on_csm(session, pdu);
    break;
  case COAP_SIGNALING_CODE_PING:
    on_ping(session, pdu);
    break;
  case COAP_SIGNALING_CODE_PONG:
    on_pong(session, pdu);
    break;
  case COAP_SIGNALING_CODE_RELEASE:
    on_release(session, pdu, now);
    break;
  case COAP_SIGNALING_CODE_ABORT:
    coap_session_event(session, COAP_FSM_EV_PEER_ABORT, COAP_NACK_NOT_DELIVERABLE);
    break;
  default: /* RFC 8323 5.1: other codes of the class are to come */
    session->core->counters.rx_rejected++;
    break;
  }
}
