/* tls_gnutls_resume.c -- (D)TLS sessions that go on where an earlier one has ended, with GnuTLS: by
 * tickets, which keep nothing of a client at the server (RFC 5077, RFC 8446 4.6.1), or by the
 * session ID of a server that has those alone. */
#include "secure/tls_gnutls.h"

#include "seams/random.h"

enum {
  TICKET_LIFE_S = 6 * 3600,
  TICKET_KEY_LIFE_MS = 24 * 3600 * 1000,
  /* A ClientHello with a cookie and a host name, but for its ticket. It has to fit a datagram: what
   * is in pieces no server can answer without keeping them (RFC 6347 4.2.1). */
  HELLO_SIZE = 600
};

/* Where a call-back chooses, it is asked each time: a session once agreed on does not tell what it
 * would say now. What a raw public key was is not kept with a session. */
int
coap_tls_gnutls_may_resume(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  const coap_dtls_pki_t *pki = setup->pki;

  if (pki && pki->is_rpk_not_cert)
    return 0;
  if (side->role == COAP_DTLS_ROLE_CLIENT)
    return side->keep && !(setup->cpsk && setup->cpsk->validate_ih_call_back);
  return !(pki && pki->validate_sni_call_back) &&
         !(setup->spsk &&
           (setup->spsk->validate_id_call_back || setup->spsk->validate_sni_call_back));
}

/* One that does not last: who learns it later cannot open what was sent long ago. 1, or 0 without
 * one. */
static int
renew_key(coap_tls_made_t *made, coap_tick_t now) {
  if (made->ticket_key.data && now - made->ticket_key_since < TICKET_KEY_LIFE_MS)
    return 1;
  if (!made->ticket_key.data && gnutls_session_ticket_key_generate(&made->ticket_key) < 0)
    return 0;
  made->ticket_key_since = now;
  return coap_random_fill(made->ticket_key.data, made->ticket_key.size);
}

static int
begin_server(coap_tls_t *tls) {
  coap_tls_made_t *made = tls->setup->made;

  if (!renew_key(made, tls->side.now))
    return 0;
  gnutls_db_set_cache_expiration(tls->native, TICKET_LIFE_S);
  return gnutls_session_ticket_enable_server(tls->native, &made->ticket_key);
}

static int
on_ticket(gnutls_session_t native, unsigned int type, unsigned int when, unsigned int incoming,
          const gnutls_datum_t *message) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);

  (void)type;
  (void)when;
  if (incoming)
    tls->ticket_size = message->size;
  return 0;
}

static int
begin_client(coap_tls_t *tls) {
  const coap_bin_const_t *past = tls->side.past;

  gnutls_handshake_set_hook_function(tls->native, GNUTLS_HANDSHAKE_NEW_SESSION_TICKET,
                                     GNUTLS_HOOK_POST, on_ticket);
  /* One that is too old is no error: the handshake is a whole one then. */
  if (past)
    gnutls_session_set_data(tls->native, past->s, past->length);
  return 0;
}

int
coap_tls_gnutls_resume_begin(coap_tls_t *tls) {
  if (!coap_tls_gnutls_may_resume(tls->setup, &tls->side))
    return 0;
  return tls->side.role == COAP_DTLS_ROLE_SERVER ? begin_server(tls) : begin_client(tls);
}

int
coap_tls_gnutls_resume_check(coap_tls_t *tls) {
  if (!gnutls_session_is_resumed(tls->native))
    return 0;
  switch (gnutls_auth_get_type(tls->native)) {
  case GNUTLS_CRD_CERTIFICATE:
    return coap_tls_pki_resumed(tls);
  case GNUTLS_CRD_PSK:
    return coap_tls_gnutls_psk_resumed(tls);
  default:
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  }
}

/* TLS 1.3 has tickets alone, which come when they come; asked before, GnuTLS waits for one. */
static int
is_resumable(const coap_tls_t *tls) {
  uint8_t id[GNUTLS_MAX_SESSION_ID_SIZE];
  size_t size = sizeof(id);

  if (gnutls_session_get_flags(tls->native) & GNUTLS_SFLAGS_SESSION_TICKET)
    return 1;
  return gnutls_protocol_get_version(tls->native) != GNUTLS_TLS1_3 &&
         gnutls_session_get_id(tls->native, id, &size) == 0 && size > 0;
}

void
coap_tls_gnutls_resume_keep(coap_tls_t *tls) {
  gnutls_datum_t session = {NULL, 0};
  coap_bin_const_t data;

  if (tls->side.role != COAP_DTLS_ROLE_CLIENT || tls->is_kept ||
      !coap_tls_gnutls_may_resume(tls->setup, &tls->side) || !is_resumable(tls))
    return;
  tls->is_kept = 1;
  if (tls->side.is_datagram && tls->ticket_size + HELLO_SIZE > tls->side.mtu)
    return;
  if (gnutls_session_get_data2(tls->native, &session) < 0)
    return;
  data = (coap_bin_const_t){session.size, session.data};
  tls->side.keep(tls->side.user, &data);
  coap_tls_wipe(session.data, session.size);
  gnutls_free(session.data);
}

/* RFC 5246 7.2.2: what has failed is not gone on with. */
void
coap_tls_gnutls_resume_forget(const coap_tls_t *tls) {
  if (tls->side.keep)
    tls->side.keep(tls->side.user, NULL);
}
