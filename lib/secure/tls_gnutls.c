/* tls_gnutls.c -- one peer's (D)TLS by GnuTLS: its handshake and its records. */
#include "secure/tls_gnutls.h"

#include "seams/memory.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <string.h>

/* Codes that are neither the end nor data: what the peer may make us see of them in one call. */
enum { READ_TRIES = 64, HANDSHAKE_TRIES = 64 };

/* RFC 6347 4.2.4.1: the first time-out, and all of them. */
enum { RETRANSMIT_MS = 1000, HANDSHAKE_MS = 63 * 1000 };

static ssize_t
push(gnutls_transport_ptr_t pointer, const void *data, size_t length) {
  coap_tls_t *tls = pointer;
  int result = tls->side.send(tls->side.user, data, length);

  if (result == 0)
    return (ssize_t)length;
  gnutls_transport_set_errno(tls->native, -result);
  return -1;
}

/* Of a datagram, one record: GnuTLS takes what is missing of one from the next datagram, and keeps
 * what follows one that it drops. */
static ssize_t
pull(gnutls_transport_ptr_t pointer, void *data, size_t length) {
  coap_tls_t *tls = pointer;
  size_t taken = coap_tls_input_take(&tls->input, tls->side.is_datagram, data, length);

  if (taken)
    return (ssize_t)taken;
  gnutls_transport_set_errno(tls->native, EAGAIN);
  return -1;
}

static int
pull_timeout(gnutls_transport_ptr_t pointer, unsigned int ms) {
  const coap_tls_t *tls = pointer;

  (void)ms; /* nobody waits here */
  return tls->input.left > 0;
}

/* The host name that a client asks for decides what a server shows it (RFC 6066 3). */
static int
on_client_hello(gnutls_session_t native) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  char name[256];
  size_t size = sizeof(name) - 1;
  unsigned int type = GNUTLS_NAME_DNS;
  int result = gnutls_server_name_get(native, name, &size, &type, 0);

  if (result < 0)
    size = 0;
  name[size] = '\0';
  result = coap_tls_gnutls_psk_for_name(tls, name);
  return result < 0 ? result : coap_tls_pki_for_name(tls, name);
}

static int
set_credentials(coap_tls_t *tls, const coap_tls_made_t *made) {
  int is_server = tls->side.role == COAP_DTLS_ROLE_SERVER;
  void *psk = is_server ? (void *)made->server_psk : (void *)made->client_psk;
  int result = 0;

  if (psk)
    result = gnutls_credentials_set(tls->native, GNUTLS_CRD_PSK, psk);
  if (result == 0 && made->certificate) {
    result = gnutls_credentials_set(tls->native, GNUTLS_CRD_CERTIFICATE, made->certificate);
    coap_tls_pki_begin(tls);
  }
  return result;
}

static int
set_up_client(coap_tls_t *tls) {
  const char *name = coap_tls_setup_host(tls->setup);

  return name ? gnutls_server_name_set(tls->native, GNUTLS_NAME_DNS, name, strlen(name)) : 0;
}

static int
set_up_server(coap_tls_t *tls) {
  const coap_tls_hello_t *hello = tls->side.hello;

  gnutls_handshake_set_post_client_hello_function(tls->native, on_client_hello);
  if (hello) {
    gnutls_dtls_prestate_st state = {(unsigned int)hello->record_sequence, hello->message_sequence,
                                     0};

    gnutls_dtls_prestate_set(tls->native, &state);
  }
  coap_tls_psk_begin_server(&tls->psk, tls->setup);
  return 0;
}

static void
set_transport(coap_tls_t *tls) {
  gnutls_session_set_ptr(tls->native, tls);
  gnutls_transport_set_ptr(tls->native, tls);
  gnutls_transport_set_push_function(tls->native, push);
  gnutls_transport_set_pull_function(tls->native, pull);
  gnutls_transport_set_pull_timeout_function(tls->native, pull_timeout);
  gnutls_handshake_set_timeout(tls->native, GNUTLS_INDEFINITE_TIMEOUT);
  if (!tls->side.is_datagram)
    return;
  gnutls_dtls_set_mtu(tls->native, tls->side.mtu);
  gnutls_dtls_set_timeouts(tls->native, RETRANSMIT_MS, HANDSHAKE_MS);
}

static int
set_up(coap_tls_t *tls) {
  const coap_tls_made_t *made = tls->setup->made;
  coap_dtls_pki_t *pki = (coap_dtls_pki_t *)(uintptr_t)tls->setup->pki;
  int is_server = tls->side.role == COAP_DTLS_ROLE_SERVER;
  gnutls_datum_t alpn = {NULL, 0};
  int result = gnutls_priority_set(tls->native, made->priority);

  set_transport(tls);
  if (result == 0)
    result = set_credentials(tls, made);
  if (result == 0 && pki && pki->additional_tls_setup_call_back &&
      !pki->additional_tls_setup_call_back(tls->native, pki))
    result = GNUTLS_E_INVALID_REQUEST;
  if (result == 0 && tls->side.alpn) {
    alpn.data = (unsigned char *)(uintptr_t)tls->side.alpn;
    alpn.size = (unsigned int)strlen(tls->side.alpn);
    /* RFC 7301 3.2: a client that offers other protocols only is refused. */
    result =
        gnutls_alpn_set_protocols(tls->native, &alpn, 1, is_server ? GNUTLS_ALPN_MANDATORY : 0);
  }
  if (result == 0)
    result = is_server ? set_up_server(tls) : set_up_client(tls);
  return result == 0 ? coap_tls_gnutls_resume_begin(tls) : result;
}

coap_tls_t *
coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
                       (coap_tls_gnutls_may_resume(setup, side) ? 0 : GNUTLS_NO_TICKETS) |
                       (side->role == COAP_DTLS_ROLE_SERVER ? GNUTLS_SERVER : GNUTLS_CLIENT) |
                       (side->is_datagram ? GNUTLS_DATAGRAM : 0);
  coap_tls_t *tls;
  int result;

  if (!setup->made)
    return NULL;
  tls = coap_mem_zalloc(sizeof(*tls));
  if (!tls)
    return NULL;
  tls->side = *side;
  tls->setup = setup;
  if (setup->pki && setup->pki->is_rpk_not_cert)
    flags |= GNUTLS_ENABLE_RAWPK;
  result = gnutls_init(&tls->native, flags);
  if (result < 0) {
    coap_log_warn("GnuTLS: %s\n", gnutls_strerror(result));
    coap_mem_free(tls);
    return NULL;
  }
  result = set_up(tls);
  if (result == 0)
    return tls;
  coap_log_warn("GnuTLS: %s\n", gnutls_strerror(result));
  coap_tls_free(tls);
  return NULL;
}

static void
release_packet(coap_tls_t *tls) {
  if (tls->packet)
    gnutls_packet_deinit(tls->packet);
  tls->packet = NULL;
}

void
coap_tls_free(coap_tls_t *tls) {
  release_packet(tls);
  gnutls_deinit(tls->native);
  if (tls->own_psk)
    gnutls_psk_free_server_credentials(tls->own_psk);
  if (tls->own_certificate)
    gnutls_certificate_free_credentials(tls->own_certificate);
  coap_tls_psk_wipe(&tls->psk);
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

/* Why it cannot go on, to the log and to the peer. */
static coap_tls_status_t
failed(coap_tls_t *tls, const char *what, int result) {
  const char *alert = NULL;

  if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
    alert = gnutls_alert_get_name(gnutls_alert_get(tls->native));
  coap_tls_gnutls_resume_forget(tls);
  coap_log_warn("%s: %s: %s%s%s\n", coap_session_str(tls->side.session), what,
                gnutls_strerror(result), alert ? ": " : "", alert ? alert : "");
  if (!alert && result != GNUTLS_E_PUSH_ERROR)
    gnutls_alert_send_appropriate(tls->native, result);
  return COAP_TLS_FAILED;
}

static coap_tls_status_t
handshake_through(coap_tls_t *tls) {
  int result = coap_tls_gnutls_resume_check(tls);

  if (result < 0)
    return failed(tls, "resumed handshake failed", result);
  coap_tls_gnutls_resume_keep(tls);
  return COAP_TLS_DONE;
}

coap_tls_status_t
coap_tls_handshake(coap_tls_t *tls, coap_tick_t now) {
  int result = GNUTLS_E_AGAIN;

  (void)now; /* it reads a clock */
  for (int i = 0; i < HANDSHAKE_TRIES; i++) {
    result = gnutls_handshake(tls->native);
    if (result == GNUTLS_E_SUCCESS)
      return handshake_through(tls);
    if (gnutls_error_is_fatal(result))
      return failed(tls, "handshake failed", result);
    if (result == GNUTLS_E_AGAIN && !tls->input.left)
      return COAP_TLS_AGAIN;
  }
  return COAP_TLS_AGAIN;
}

uint32_t
coap_tls_timeout(coap_tls_t *tls) {
  return gnutls_dtls_get_timeout(tls->native);
}

/* RFC 7252 9.1: nothing of a session changes any more. GnuTLS keeps a client's hello for a
 * handshake that does not come, and lets it leak unless it is taken out like this. */
static void
refuse_handshake(coap_tls_t *tls) {
  uint8_t none;

  gnutls_alert_send(tls->native, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
  if (tls->side.role == COAP_DTLS_ROLE_SERVER)
    gnutls_record_recv(tls->native, &none, sizeof(none));
}

coap_tls_status_t
coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data) {
  gnutls_datum_t bytes;

  for (int i = 0; i < READ_TRIES; i++) {
    ssize_t result;

    release_packet(tls);
    result = gnutls_record_recv_packet(tls->native, &tls->packet);
    coap_tls_gnutls_resume_keep(tls); /* TLS 1.3: it comes between the data */
    if (result > 0) {
      gnutls_packet_get(tls->packet, &bytes, NULL);
      data->s = bytes.data;
      data->length = bytes.size;
      return COAP_TLS_DONE;
    }
    if (result == 0 && !tls->packet)
      return COAP_TLS_ENDED;
    if (result == GNUTLS_E_AGAIN && !tls->input.left)
      return COAP_TLS_AGAIN;
    if (result == GNUTLS_E_REHANDSHAKE)
      refuse_handshake(tls);
    else if (result < 0 && gnutls_error_is_fatal((int)result))
      return failed(tls, "record failed", (int)result);
  }
  return COAP_TLS_AGAIN;
}

static int
errno_of(ssize_t result) {
  return result == GNUTLS_E_LARGE_PACKET ? -EMSGSIZE : -EPIPE;
}

int
coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length) {
  /* What is sent is the message layer's to bound, not the handshake's MTU. */
  if (tls->side.is_datagram && length > gnutls_dtls_get_data_mtu(tls->native) &&
      gnutls_dtls_set_data_mtu(tls->native, (unsigned int)length) < 0)
    return -EMSGSIZE;
  while (length) {
    ssize_t result = gnutls_record_send(tls->native, data, length);

    if (result == GNUTLS_E_INTERRUPTED)
      continue;
    if (result <= 0)
      return errno_of(result);
    data += result;
    length -= (size_t)result;
  }
  return 0;
}

void
coap_tls_close(coap_tls_t *tls) {
  gnutls_bye(tls->native, GNUTLS_SHUT_WR);
}

void *
coap_tls_native(const coap_tls_t *tls) {
  return tls->native;
}

const coap_tls_psk_t *
coap_tls_psk(const coap_tls_t *tls) {
  return &tls->psk;
}
