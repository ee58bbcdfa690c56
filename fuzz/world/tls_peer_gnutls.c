/* tls_peer_gnutls.c -- see tls_peer.h: by GnuTLS. Keys are loaded once for all runs. */
#include "world/tls_peer.h"
#include "secure/tls_fragments.h"
#include "world/record.h"
#include "world/tls_keys.h"
#include "world/tls_seams.h"

#include <gnutls/abstract.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 100000, RETRANSMIT_MS = 1000, HANDSHAKE_MS = 60000 };

/* Handshakes cost more than all else that a run does: it has so many, those by certificate and the
 * like counting more. */
enum { RUN_BEGINS = 6, COST_OF_KEYS = 3 };
static unsigned int left_to_begin;

struct tls_peer {
  struct tls_peer_side side;
  gnutls_session_t native;
  enum tls_peer_state state;
  int begun; /* server: the ClientHello may go on to the handshake */
  uint32_t said;
  const uint8_t *input; /* borrowed */
  size_t left;
  coap_tls_fragments_t fragments;
};

static struct {
  int loaded;
  gnutls_psk_client_credentials_t client[3]; /* right, wrong key, stranger */
  gnutls_psk_server_credentials_t server[2]; /* right, wrong key */
  gnutls_certificate_credentials_t certificate;
  gnutls_certificate_credentials_t raw;
  gnutls_priority_t priority[AS_N][TLS_N]; /* one for each way and version */
} keys;

static void
must(int result) {
  if (result < 0)
    abort();
}

static gnutls_datum_t
text(const char *string) {
  return (gnutls_datum_t){(unsigned char *)(uintptr_t)string, (unsigned int)strlen(string)};
}

static int
give(gnutls_datum_t *key, const char *secret) {
  key->size = (unsigned int)strlen(secret);
  key->data = gnutls_malloc(key->size);
  if (key->data == NULL)
    return -1;
  memcpy(key->data, secret, key->size);
  return 0;
}

static int
right_key(gnutls_session_t session, const char *name, gnutls_datum_t *key) {
  (void)session, (void)name;
  return give(key, tls_keys_secret);
}

static int
wrong_key(gnutls_session_t session, const char *name, gnutls_datum_t *key) {
  (void)session, (void)name;
  return give(key, tls_keys_wrong);
}

static void
load_client(unsigned int which, const char *name, const char *secret) {
  gnutls_datum_t key = text(secret);

  must(gnutls_psk_allocate_client_credentials(&keys.client[which]));
  must(gnutls_psk_set_client_credentials(keys.client[which], name, &key, GNUTLS_PSK_KEY_RAW));
}

static void
load_raw(void) {
  gnutls_datum_t key = text(tls_keys_private);
  gnutls_datum_t spki = {NULL, 0};
  gnutls_privkey_t private_key;
  gnutls_pubkey_t public_key;

  must(gnutls_privkey_init(&private_key));
  must(gnutls_privkey_import_x509_raw(private_key, &key, GNUTLS_X509_FMT_PEM, NULL, 0));
  must(gnutls_pubkey_init(&public_key));
  must(gnutls_pubkey_import_privkey(public_key, private_key, 0, 0));
  must(gnutls_pubkey_export2(public_key, GNUTLS_X509_FMT_PEM, &spki));
  must(gnutls_certificate_allocate_credentials(&keys.raw));
  must(gnutls_certificate_set_rawpk_key_mem(keys.raw, &spki, &key, GNUTLS_X509_FMT_PEM, NULL,
                                            GNUTLS_KEY_DIGITAL_SIGNATURE, NULL, 0, 0));
  gnutls_free(spki.data);
  gnutls_pubkey_deinit(public_key);
  gnutls_privkey_deinit(private_key);
}

/* What it offers. Keys alone need no exchange of others, which costs more than all the rest; who
 * asks for 1.3 gets one. */
static void
load_priority(uint32_t as, uint32_t version) {
  static const char *const versions[] = {"+VERS-DTLS1.2:+VERS-TLS1.3:+VERS-TLS1.2",
                                         "+VERS-DTLS1.2:+VERS-TLS1.2",
                                         "+VERS-DTLS1.2:+VERS-TLS1.3"};
  static const char ciphers[] = "+AES-128-CCM-8:+AES-128-GCM:+AEAD:+SHA256";
  static const char groups[] = ":+GROUP-SECP256R1:+GROUP-X25519";
  int by_key = as == AS_CERTIFICATE || as == AS_RAW_KEY;
  const char *suites = version == TLS_13 ? ":+PSK:+ECDHE-PSK:+CTYPE-X509" : ":+PSK:+CTYPE-X509";
  char all[512];

  if (as == AS_NO_SUITE)
    suites = ":-AES-128-CCM-8:-AES-128-GCM:-AEAD:+PSK:+CAMELLIA-128-CBC:+SHA1:+CTYPE-X509";
  else if (as == AS_CERTIFICATE)
    suites = ":+ECDHE-ECDSA:+CTYPE-X509";
  else if (as == AS_RAW_KEY)
    suites = ":+ECDHE-ECDSA:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";
  snprintf(all, sizeof(all), "NONE:%s:%s%s%s:+COMP-NULL:+SIGN-ALL", versions[version], ciphers,
           suites, by_key || version == TLS_13 ? groups : "");
  must(gnutls_priority_init(&keys.priority[as][version], all, NULL));
}

static void
load_keys(void) {
  gnutls_datum_t key = text(tls_keys_private);
  gnutls_datum_t certificate = text(tls_keys_certificate);
  uint32_t as;
  uint32_t version;

  keys.loaded = 1;
  load_client(0, tls_keys_identity, tls_keys_secret);
  load_client(1, tls_keys_identity, tls_keys_wrong);
  load_client(2, "a stranger", tls_keys_secret);
  must(gnutls_psk_allocate_server_credentials(&keys.server[0]));
  must(gnutls_psk_allocate_server_credentials(&keys.server[1]));
  gnutls_psk_set_server_credentials_function(keys.server[0], right_key);
  gnutls_psk_set_server_credentials_function(keys.server[1], wrong_key);
  must(gnutls_certificate_allocate_credentials(&keys.certificate));
  must(gnutls_certificate_set_x509_key_mem(keys.certificate, &certificate, &key,
                                           GNUTLS_X509_FMT_PEM));
  load_raw();
  for (as = AS_PSK; as < AS_N; as++) {
    for (version = TLS_ANY; version < TLS_N; version++)
      load_priority(as, version);
  }
}

int
tls_peer_exists(void) {
  return 1;
}

void
tls_peer_begin_run(uint32_t seed) {
  left_to_begin = RUN_BEGINS;
  tls_seams_begin(seed);
  if (!keys.loaded) {
    load_keys(); /* which draws some, the first time */
    tls_seams_begin(seed);
  }
}

static ssize_t
push(gnutls_transport_ptr_t pointer, const void *data, size_t length) {
  struct tls_peer *p = pointer;

  p->said++;
  if (p->side.stop == 0 || p->said <= p->side.stop)
    p->side.out(p->side.user, data, length);
  return (ssize_t)length;
}

/* Of a datagram one whole record, so that what has been tampered with stays alone. */
static ssize_t
pull(gnutls_transport_ptr_t pointer, void *data, size_t length) {
  struct tls_peer *p = pointer;
  const uint8_t *at = p->input;
  size_t piece = p->left;
  struct record r;

  if (p->side.datagram)
    piece = record_next(&p->input, &p->left, &r) ? RECORD_HEADER + r.length : 0;
  else if (piece > 0)
    p->input += piece < length ? piece : length;
  if (piece == 0) {
    p->left = 0;
    gnutls_transport_set_errno(p->native, EAGAIN);
    return -1;
  }
  if (piece > length)
    piece = length;
  if (!p->side.datagram)
    p->left -= piece;
  memcpy(data, at, piece);
  return (ssize_t)piece;
}

static int
pull_timeout(gnutls_transport_ptr_t pointer, unsigned int ms) {
  const struct tls_peer *p = pointer;

  (void)ms;
  return p->left > 0;
}

static void
set_keys(struct tls_peer *p) {
  uint32_t as = p->side.as;
  int wrong = as == AS_WRONG_KEY;

  if (as == AS_CERTIFICATE || as == AS_RAW_KEY)
    must(gnutls_credentials_set(p->native, GNUTLS_CRD_CERTIFICATE,
                                as == AS_RAW_KEY ? keys.raw : keys.certificate));
  else if (p->side.server)
    must(gnutls_credentials_set(p->native, GNUTLS_CRD_PSK, keys.server[wrong]));
  else
    must(gnutls_credentials_set(p->native, GNUTLS_CRD_PSK,
                                keys.client[as == AS_STRANGER ? 2 : wrong]));
}

struct tls_peer *
tls_peer_new(const struct tls_peer_side *side) {
  unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS |
                       (side->server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
                       (side->datagram ? GNUTLS_DATAGRAM : 0) |
                       (side->as == AS_RAW_KEY ? GNUTLS_ENABLE_RAWPK : 0);
  unsigned int cost = side->as == AS_CERTIFICATE || side->as == AS_RAW_KEY ? COST_OF_KEYS : 1;
  struct tls_peer *p;

  if (cost > left_to_begin)
    return NULL;
  left_to_begin -= cost;
  p = calloc(1, sizeof(*p));
  if (p == NULL)
    abort();
  p->side = *side;
  must(gnutls_init(&p->native, flags));
  must(gnutls_priority_set(p->native, keys.priority[side->as][side->version]));
  set_keys(p);
  gnutls_transport_set_ptr(p->native, p);
  gnutls_transport_set_push_function(p->native, push);
  gnutls_transport_set_pull_function(p->native, pull);
  gnutls_transport_set_pull_timeout_function(p->native, pull_timeout);
  gnutls_handshake_set_timeout(p->native, GNUTLS_INDEFINITE_TIMEOUT);
  if (side->datagram) {
    gnutls_dtls_set_timeouts(p->native, RETRANSMIT_MS, HANDSHAKE_MS);
    if (side->mtu > 0)
      gnutls_dtls_set_mtu(p->native, side->mtu < 128 ? 128 : side->mtu);
  }
  if (side->alpn != NULL) {
    gnutls_datum_t alpn = text(side->alpn);

    must(gnutls_alpn_set_protocols(p->native, &alpn, 1, 0));
  }
  return p;
}

void
tls_peer_free(struct tls_peer *p) {
  if (p == NULL)
    return;
  gnutls_deinit(p->native);
  free(p);
}

/* Reads what the library has protected, down to the end of what has come. */
static void
read_all(struct tls_peer *p) {
  static uint8_t plain[17000];
  int i;

  for (i = 0; i < TRIES; i++) {
    ssize_t n = gnutls_record_recv(p->native, plain, sizeof(plain));

    if (n > 0 && p->side.opened != NULL)
      p->side.opened(p->side.user, plain, (size_t)n);
    if (n == 0 || (n < 0 && gnutls_error_is_fatal((int)n))) {
      p->state = TLS_PEER_OVER;
      return;
    }
    if (n == GNUTLS_E_AGAIN && p->left == 0)
      return;
  }
}

static void
shake(struct tls_peer *p) {
  int i;

  for (i = 0; i < TRIES; i++) {
    int result = gnutls_handshake(p->native);

    if (result == GNUTLS_E_SUCCESS) {
      p->state = TLS_PEER_UP;
      read_all(p);
      return;
    }
    if (gnutls_error_is_fatal(result)) {
      gnutls_alert_send_appropriate(p->native, result);
      p->state = TLS_PEER_OVER;
      return;
    }
    if (result == GNUTLS_E_AGAIN && p->left == 0)
      return;
  }
}

/* A server's cookie exchange (RFC 6347 4.2.1). 1 when the handshake may go on. */
static int
cookie_shown(struct tls_peer *p, const uint8_t *data, size_t length) {
  static uint8_t secret[GNUTLS_COOKIE_KEY_SIZE] = {1};
  static uint8_t who[] = "peer";
  gnutls_datum_t key = {secret, sizeof(secret)};
  gnutls_dtls_prestate_st state;

  memset(&state, 0, sizeof(state));
  if (gnutls_dtls_cookie_verify(&key, who, sizeof(who), (void *)(uintptr_t)data, length, &state) <
      0) {
    gnutls_dtls_cookie_send(&key, who, sizeof(who), &state, p, push);
    return 0;
  }
  gnutls_dtls_prestate_set(p->native, &state);
  return 1;
}

void
tls_peer_input(struct tls_peer *p, const uint8_t *data, size_t length) {
  if (p->state == TLS_PEER_OVER || (p->side.stop > 0 && p->said >= p->side.stop))
    return;
  /* GnuTLS itself reads past its buffers for some: not what is looked for here. */
  if (p->side.datagram && !coap_tls_fragments_fit(&p->fragments, data, length))
    return;
  if (p->side.server && p->side.datagram && !p->begun && p->side.as == AS_COOKIE &&
      !cookie_shown(p, data, length))
    return;
  p->begun = 1;
  p->input = data;
  p->left = length;
  if (p->state == TLS_PEER_SHAKING)
    shake(p);
  else
    read_all(p);
  p->left = 0;
}

void
tls_peer_step(struct tls_peer *p) {
  if (p->state == TLS_PEER_SHAKING && (!p->side.server || p->begun))
    shake(p);
}

uint64_t
tls_peer_due_in(struct tls_peer *p) {
  if (p->state != TLS_PEER_SHAKING || !p->side.datagram || (p->side.server && !p->begun) ||
      (p->side.stop > 0 && p->said >= p->side.stop))
    return UINT64_MAX;
  return gnutls_dtls_get_timeout(p->native) + 1U;
}

enum tls_peer_state
tls_peer_state(const struct tls_peer *p) {
  return p->state;
}

int
tls_peer_send(struct tls_peer *p, const uint8_t *data, size_t length) {
  if (p->state != TLS_PEER_UP)
    return 0;
  if (p->side.datagram && length > gnutls_dtls_get_data_mtu(p->native))
    gnutls_dtls_set_data_mtu(p->native, (unsigned int)(length < 16384 ? length : 16384));
  do {
    ssize_t n = gnutls_record_send(p->native, data, length);

    if (n < 0)
      return 0;
    data += n;
    length -= (size_t)n;
  } while (length > 0);
  return 1;
}

void
tls_peer_act(struct tls_peer *p, uint32_t act, uint32_t value) {
  if (p->state == TLS_PEER_OVER)
    return;
  switch (act) {
  case ACT_CLOSE:
    if (p->state == TLS_PEER_UP)
      gnutls_bye(p->native, GNUTLS_SHUT_WR);
    break;
  case ACT_WARN:
    gnutls_alert_send(p->native, GNUTLS_AL_WARNING, (gnutls_alert_description_t)value);
    break;
  case ACT_FATAL:
    gnutls_alert_send(p->native, GNUTLS_AL_FATAL, (gnutls_alert_description_t)value);
    p->state = TLS_PEER_OVER;
    break;
  case ACT_RENEGOTIATE:
    if (p->state == TLS_PEER_UP && p->side.server)
      gnutls_rehandshake(p->native);
    else if (p->state == TLS_PEER_UP)
      gnutls_handshake(p->native);
    break;
  case ACT_REKEY:
    if (p->state == TLS_PEER_UP)
      gnutls_session_key_update(p->native, value & 1 ? GNUTLS_KU_PEER : 0);
    break;
  default: /* ACT_FORGET: whoever has it lets it go */
    break;
  }
}
