/* tls_mbedtls.c -- one peer's (D)TLS by Mbed TLS: its handshake and its records. */
#include "secure/tls_mbedtls.h"

#include "seams/memory.h"

#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>

#include <errno.h>

enum {
  /* Codes that are neither the end nor data: what the peer may make us see of them in one call. */
  READ_TRIES = 64,
  HANDSHAKE_TRIES = 64,
  WITHOUT_TIMER_MS = 1000
};

const char *
coap_tls_mbedtls_why(int error, char text[COAP_TLS_WHY_MAX]) {
  mbedtls_strerror(error, text, COAP_TLS_WHY_MAX);
  return text;
}

void
coap_tls_feed(coap_tls_t *tls, const uint8_t *data, size_t length) {
  tls->input = (coap_tls_input_t){data, length};
}

size_t
coap_tls_forget(coap_tls_t *tls) {
  return coap_tls_input_forget(&tls->input);
}

/* Why it cannot go on, to the log and to the peer: Mbed TLS tells it of some errors only, and to be
 * told twice does no harm. */
static coap_tls_status_t
failed(coap_tls_t *tls, const char *what, int error) {
  char text[COAP_TLS_WHY_MAX];

  coap_log_warn("%s: %s: %s\n", coap_session_str(tls->side.session), what,
                coap_tls_mbedtls_why(error, text));
  if (error != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && error != MBEDTLS_ERR_NET_SEND_FAILED)
    mbedtls_ssl_send_alert_message(&tls->native, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                   MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
  tls->is_up = 0;
  return COAP_TLS_FAILED;
}

coap_tls_status_t
coap_tls_handshake(coap_tls_t *tls, coap_tick_t now) {
  tls->now = now;
  for (int i = 0; i < HANDSHAKE_TRIES; i++) {
    int result = mbedtls_ssl_handshake(&tls->native);

    if (result == 0) {
      tls->is_up = 1;
      return COAP_TLS_DONE;
    }
    if (result != MBEDTLS_ERR_SSL_WANT_READ)
      return failed(tls, "handshake failed", result);
    if (!tls->input.left)
      break;
  }
  return COAP_TLS_AGAIN;
}

uint32_t
coap_tls_timeout(coap_tls_t *tls) {
  if (!tls->has_timer)
    return WITHOUT_TIMER_MS;
  return tls->final > tls->now ? (uint32_t)(tls->final - tls->now) : 0;
}

/* All of the record whose first byte has been read. */
static coap_tls_status_t
take_piece(coap_tls_t *tls, uint8_t first, coap_bin_const_t *data) {
  size_t left = mbedtls_ssl_get_bytes_avail(&tls->native);
  int length = 0;

  if (!coap_tls_piece_room(&tls->piece, left + 1)) {
    coap_log_warn("%s: out of memory\n", coap_session_str(tls->side.session));
    return COAP_TLS_FAILED;
  }
  tls->piece.bytes[0] = first;
  if (left)
    length = mbedtls_ssl_read(&tls->native, tls->piece.bytes + 1, left);
  if (length < 0)
    return failed(tls, "record failed", length);
  data->s = tls->piece.bytes;
  data->length = (size_t)length + 1;
  return COAP_TLS_DONE;
}

coap_tls_status_t
coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data) {
  uint8_t first;

  for (int i = 0; i < READ_TRIES; i++) {
    int result = mbedtls_ssl_read(&tls->native, &first, 1);

    if (result > 0)
      return take_piece(tls, first, data);
    if (result == 0 || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
      return COAP_TLS_ENDED;
    if (result != MBEDTLS_ERR_SSL_WANT_READ)
      return failed(tls, "record failed", result);
    if (!tls->input.left)
      break;
  }
  return COAP_TLS_AGAIN;
}

static int
write_all(coap_tls_t *tls, const uint8_t *data, size_t length) {
  while (length) {
    int result = mbedtls_ssl_write(&tls->native, data, length);

    if (result <= 0)
      return result == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ? -EMSGSIZE : -EPIPE;
    data += result;
    length -= (size_t)result;
  }
  return 0;
}

int
coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length) {
  int result;

  if (!tls->side.is_datagram)
    return write_all(tls, data, length);
  /* What is sent is the message layer's to bound, not the handshake's MTU. */
  mbedtls_ssl_set_mtu(&tls->native, 0);
  result = write_all(tls, data, length);
  mbedtls_ssl_set_mtu(&tls->native, (uint16_t)tls->side.mtu);
  return result;
}

void
coap_tls_close(coap_tls_t *tls) {
  if (tls->is_up)
    mbedtls_ssl_close_notify(&tls->native);
}

void *
coap_tls_native(const coap_tls_t *tls) {
  return (void *)(uintptr_t)&tls->native;
}

const coap_tls_psk_t *
coap_tls_psk(const coap_tls_t *tls) {
  return &tls->psk;
}
