/* tls_openssl.c -- one peer's (D)TLS by OpenSSL: its handshake and its records. */
#include "secure/tls_openssl.h"

#include "seams/memory.h"
#include "wire/buf.h"

#include <openssl/err.h>

#include <errno.h>
#include <string.h>
#include <sys/time.h>

enum {
  /* Codes that are neither the end nor data: what the peer may make us see of them in one call. */
  READ_TRIES = 64,
  HANDSHAKE_TRIES = 64,
  RECORD_MAX = 16384, /* RFC 5246 6.2.1 */
  WITHOUT_TIMER_MS = 1000,
  SOON_MS = 15 /* OpenSSL calls less than that no time at all */
};

const char *
coap_tls_openssl_why(void) {
  const char *why = ERR_reason_error_string(ERR_peek_error());

  ERR_clear_error();
  return why ? why : "it cannot be done";
}

static int
set_up_client(coap_tls_t *tls) {
  const char *name = coap_tls_setup_host(tls->setup);

  SSL_set_connect_state(tls->native);
  if (tls->side.alpn && SSL_set_alpn_protos(tls->native, tls->alpn, tls->alpn[0] + 1U) != 0)
    return 0;
  return !name || SSL_set_tlsext_host_name(tls->native, name) == 1;
}

static int
set_up_server(coap_tls_t *tls) {
  SSL_set_accept_state(tls->native);
  tls->expects_hello = tls->side.hello != NULL;
  coap_tls_psk_begin_server(&tls->psk, tls->setup);
  return 1;
}

static int
set_up(coap_tls_t *tls) {
  coap_dtls_pki_t *pki = (coap_dtls_pki_t *)(uintptr_t)tls->setup->pki;
  size_t alpn = tls->side.alpn ? strlen(tls->side.alpn) : 0;

  if (alpn > COAP_TLS_ALPN_MAX || !coap_tls_openssl_set_bytes(tls))
    return 0;
  SSL_set_app_data(tls->native, tls);
  tls->alpn[0] = (uint8_t)alpn;
  if (alpn)
    memcpy(tls->alpn + 1, tls->side.alpn, alpn);
  if (tls->side.is_datagram && !SSL_set_mtu(tls->native, tls->side.mtu))
    return 0;
  if (pki && pki->additional_tls_setup_call_back &&
      !pki->additional_tls_setup_call_back(tls->native, pki))
    return 0;
  return tls->side.role == COAP_DTLS_ROLE_SERVER ? set_up_server(tls) : set_up_client(tls);
}

coap_tls_t *
coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  const coap_tls_made_t *made = setup->made;
  coap_tls_t *tls = made ? coap_mem_zalloc(sizeof(*tls)) : NULL;

  if (!tls)
    return NULL;
  ERR_clear_error();
  tls->side = *side;
  tls->setup = setup;
  tls->native = SSL_new(made->contexts[side->is_datagram]);
  if (tls->native && set_up(tls))
    return tls;
  coap_log_warn("OpenSSL: %s\n", coap_tls_openssl_why());
  coap_tls_free(tls);
  return NULL;
}

void
coap_tls_free(coap_tls_t *tls) {
  SSL_free(tls->native);
  coap_tls_psk_wipe(&tls->psk);
  coap_tls_piece_free(&tls->piece);
  coap_mem_free(tls);
}

void
coap_tls_feed(coap_tls_t *tls, const uint8_t *data, size_t length) {
  tls->input = (coap_tls_input_t){data, length};
}

size_t
coap_tls_forget(coap_tls_t *tls) {
  return coap_tls_input_forget(&tls->input);
}

/* Why it cannot go on, to the log; OpenSSL has told the peer. */
static coap_tls_status_t
failed(coap_tls_t *tls, const char *what) {
  long verdict = SSL_get_verify_result(tls->native);
  int is_verdict = ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;

  coap_log_warn("%s: %s: %s%s%s\n", coap_session_str(tls->side.session), what,
                coap_tls_openssl_why(), is_verdict ? ": " : "",
                is_verdict ? X509_verify_cert_error_string(verdict) : "");
  tls->is_broken = 1;
  return COAP_TLS_FAILED;
}

/* The ClientHello whose cookie is good opens OpenSSL's side of the handshake: it is told to believe
 * it, and takes its numbers from it. 1, or 0. */
static int
take_hello(coap_tls_t *tls) {
  BIO_ADDR *nobody = BIO_ADDR_new();
  int result = nobody ? DTLSv1_listen(tls->native, nobody) : 0;

  BIO_ADDR_free(nobody);
  tls->expects_hello = 0;
  return result == 1;
}

coap_tls_status_t
coap_tls_handshake(coap_tls_t *tls, coap_tick_t now) {
  (void)now; /* it reads a clock */
  ERR_clear_error();
  if (tls->expects_hello && !take_hello(tls))
    return failed(tls, "handshake failed");
  for (int i = 0; i < HANDSHAKE_TRIES; i++) {
    int result = SSL_do_handshake(tls->native);

    if (result == 1)
      return COAP_TLS_DONE;
    if (SSL_get_error(tls->native, result) != SSL_ERROR_WANT_READ)
      return failed(tls, "handshake failed");
    if (!tls->input.left)
      break;
  }
  return COAP_TLS_AGAIN;
}

uint32_t
coap_tls_timeout(coap_tls_t *tls) {
  struct timeval left;
  uint32_t ms;

  if (!DTLSv1_get_timeout(tls->native, &left))
    return WITHOUT_TIMER_MS;
  ms = (uint32_t)(left.tv_sec * 1000 + (left.tv_usec + 999) / 1000);
  return ms > SOON_MS ? ms : SOON_MS;
}

/* The rest of the record that has been opened: all of it, when its length has been looked at. */
static coap_tls_status_t
take_piece(coap_tls_t *tls, coap_bin_const_t *data) {
  int pending = SSL_pending(tls->native);
  size_t room = pending > 0 && pending < RECORD_MAX ? (size_t)pending : RECORD_MAX;
  int length;

  if (!coap_tls_piece_room(&tls->piece, room)) {
    coap_log_warn("%s: out of memory\n", coap_session_str(tls->side.session));
    return COAP_TLS_FAILED;
  }
  length = SSL_read(tls->native, tls->piece.bytes, (int)room);
  if (length <= 0)
    return failed(tls, "record failed");
  data->s = tls->piece.bytes;
  data->length = (size_t)length;
  return COAP_TLS_DONE;
}

coap_tls_status_t
coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data) {
  uint8_t first;

  ERR_clear_error();
  for (int i = 0; i < READ_TRIES; i++) {
    int result = SSL_peek(tls->native, &first, 1);

    if (result > 0)
      return take_piece(tls, data);
    switch (SSL_get_error(tls->native, result)) {
    case SSL_ERROR_WANT_READ:
      if (!tls->input.left)
        return COAP_TLS_AGAIN;
      break;
    case SSL_ERROR_ZERO_RETURN:
      return COAP_TLS_ENDED;
    default:
      return failed(tls, "record failed");
    }
  }
  return COAP_TLS_AGAIN;
}

int
coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length) {
  ERR_clear_error();
  if (tls->side.is_datagram && length > RECORD_MAX)
    return -EMSGSIZE;
  while (length) {
    size_t part = length < RECORD_MAX ? length : RECORD_MAX;
    int result = SSL_write(tls->native, data, (int)part);

    if (result <= 0) {
      ERR_clear_error();
      return -EPIPE;
    }
    data += result;
    length -= (size_t)result;
  }
  return 0;
}

void
coap_tls_close(coap_tls_t *tls) {
  if (!tls->is_broken)
    SSL_shutdown(tls->native);
  ERR_clear_error();
}

void *
coap_tls_native(const coap_tls_t *tls) {
  return tls->native;
}

const coap_tls_psk_t *
coap_tls_psk(const coap_tls_t *tls) {
  return &tls->psk;
}
