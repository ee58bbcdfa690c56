/* tls_openssl_setup.c -- what OpenSSL can do, and what it makes of keys as a whole. */
#include "secure/tls_openssl.h"

#include "seams/memory.h"
#include "wire/buf.h"

#include <openssl/err.h>

#include <stdio.h>

const coap_tls_ability_t *
coap_tls_ability(void) {
  static coap_tls_ability_t ability = {.library = COAP_TLS_LIBRARY_OPENSSL,
                                       .built_version = OPENSSL_VERSION_NUMBER,
                                       .built_text = OPENSSL_VERSION_STR,
                                       .dtls = 1,
                                       .tls = 1,
                                       .psk = 1,
                                       .pki = 1,
                                       .psk_hint = 1,
                                       .tls_1_3 = 1};

  if (!ability.version_text) {
    ability.version_text = OpenSSL_version(OPENSSL_VERSION_STRING);
    ability.version = OpenSSL_version_num();
  }
  return &ability;
}

/* RFC 7252 9.1.3: TLS_PSK_WITH_AES_128_CCM_8 and TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 before all
 * others. */
static const char psk_suites[] =
    ":PSK-AES128-CCM8:PSK-AES128-CCM:PSK-AES256-CCM8:PSK-AES256-CCM:PSK-AES128-GCM-SHA256"
    ":PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:PSK-AES128-CBC-SHA256"
    ":ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256";
static const char certificate_suites[] =
    ":ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM8"
    ":ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
    ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
    ":ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";
static const char suites_1_3[] =
    "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256"
    ":TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

static int
set_suites(SSL_CTX *context, const coap_tls_setup_t *setup) {
  char text[sizeof(psk_suites) + sizeof(certificate_suites)];

  snprintf(text, sizeof(text), "%s%s", setup->pki ? certificate_suites : "",
           setup->cpsk || setup->spsk ? psk_suites : "");
  if (!text[0]) /* roots alone: there is nothing yet to secure anything with */
    return 1;
  return SSL_CTX_set_cipher_list(context, text + 1) &&
         SSL_CTX_set_ciphersuites(context, suites_1_3);
}

/* A security level would rule out tags of 8 bytes, which RFC 7252 demands: the suites are those
 * above, one's own certificate is one's own affair, the peer's is judged when its chain is. */
static int
is_strong_enough(const SSL *native, const SSL_CTX *context, int operation, int bits, int nid,
                 void *other, void *user) {
  (void)native;
  (void)context;
  (void)nid;
  (void)other;
  (void)user;
  switch (operation & SSL_SECOP_OTHER_TYPE) {
  case SSL_SECOP_OTHER_CIPHER:
  case SSL_SECOP_OTHER_CERT:
    return 1;
  default:
    return operation == SSL_SECOP_VERSION || operation == SSL_SECOP_TICKET ||
           operation == SSL_SECOP_COMPRESSION || bits >= 112;
  }
}

/* It was shown to the cookie exchange before (tls_hello.c). */
static int
cookie_is_good(SSL *native, const unsigned char *cookie, unsigned int length) {
  (void)native;
  (void)cookie;
  (void)length;
  return 1;
}

/* RFC 7301 3.2: a client that offers other protocols only is refused. */
static int
choose_alpn(SSL *native, const unsigned char **out, unsigned char *out_length,
            const unsigned char *offered, unsigned int offered_length, void *user) {
  const coap_tls_t *tls = SSL_get_app_data(native);
  unsigned char *chosen = NULL;

  (void)user;
  if (!tls->alpn[0])
    return SSL_TLSEXT_ERR_NOACK;
  if (SSL_select_next_proto(&chosen, out_length, tls->alpn, tls->alpn[0] + 1U, offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/* RFC 6066 3: the first host name that a client asks for, "" for none. 1, or 0 when it is none. */
static int
name_asked_for(SSL *native, char *name, size_t room) {
  enum { HOST_NAME = 0 };
  const unsigned char *bytes;
  size_t length;
  coap_reader_t r;
  const uint8_t *from;
  int type;

  name[0] = '\0';
  if (!SSL_client_hello_get0_ext(native, TLSEXT_TYPE_server_name, &bytes, &length))
    return 1;
  r = coap_reader(bytes, length);
  coap_read_u16(&r); /* of the list */
  type = coap_read_u8(&r);
  length = coap_read_u16(&r);
  from = coap_read_bytes(&r, length);
  if (r.bad || type != HOST_NAME || length >= room || memchr(from, 0, length))
    return 0;
  memcpy(name, from, length);
  name[length] = '\0';
  return 1;
}

/* The host name decides what a server shows a client, before anything else is done. */
static int
on_client_hello(SSL *native, int *alert, void *user) {
  coap_tls_t *tls = SSL_get_app_data(native);
  char name[256];

  (void)user;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  if (tls->is_named) /* the ClientHello has come again */
    return SSL_CLIENT_HELLO_SUCCESS;
  tls->is_named = 1;
  if (name_asked_for(native, name, sizeof(name)) && coap_tls_openssl_psk_for_name(tls, name) &&
      coap_tls_openssl_pki_for_name(tls, name))
    return SSL_CLIENT_HELLO_SUCCESS;
  return SSL_CLIENT_HELLO_ERROR;
}

static void
set_call_backs(SSL_CTX *context) {
  SSL_CTX_set_security_callback(context, is_strong_enough);
  SSL_CTX_set_cookie_verify_cb(context, cookie_is_good);
  SSL_CTX_set_client_hello_cb(context, on_client_hello, NULL);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, NULL);
}

/* A hint is known of TLS 1.2 only: who chooses a key by it has no use for 1.3. */
static SSL_CTX *
make_context(const coap_tls_setup_t *setup, int is_datagram) {
  int by_hint = setup->cpsk && setup->cpsk->validate_ih_call_back;
  SSL_CTX *context = SSL_CTX_new(is_datagram ? DTLS_method() : TLS_method());

  if (!context)
    return NULL;
  set_call_backs(context);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_QUERY_MTU);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  /* A pre-shared key of TLS 1.3 is a session to a server, which wants a name to verify peers. */
  if (setup->spsk)
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"coap", 4);
  if (SSL_CTX_set_min_proto_version(context, is_datagram ? DTLS1_2_VERSION : TLS1_2_VERSION) &&
      SSL_CTX_set_max_proto_version(context, is_datagram ? DTLS1_2_VERSION
                                             : by_hint   ? TLS1_2_VERSION
                                                         : TLS1_3_VERSION) &&
      set_suites(context, setup) && coap_tls_openssl_use_psk(context, setup))
    return context;
  SSL_CTX_free(context);
  return NULL;
}

/* Of both kinds, with the same keys. */
static int
make_contexts(coap_tls_made_t *made, const coap_tls_setup_t *setup, const coap_tls_own_t *own,
              coap_dtls_role_t role) {
  for (int i = 0; i < 2; i++) {
    made->contexts[i] = make_context(setup, i);
    if (!made->contexts[i])
      return 0;
    if (!setup->pki)
      continue;
    if (!coap_tls_openssl_use_own(made->contexts[i], own))
      return 0;
    coap_tls_openssl_verify(made->contexts[i], setup, role);
  }
  made->bytes = coap_tls_openssl_bytes_new();
  return made->bytes != NULL;
}

int
coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role) {
  coap_tls_made_t *made = coap_mem_zalloc(sizeof(*made));
  coap_tls_own_t own = {.key = NULL};
  int is_good;

  if (!made)
    return 0;
  ERR_clear_error();
  setup->made = made;
  is_good = setup->pki ? coap_tls_openssl_load(&own, setup, &setup->pki->pki_key, role)
                       : coap_tls_openssl_check_roots(setup);
  if (is_good && !make_contexts(made, setup, &own, role)) {
    coap_log_warn("OpenSSL: %s\n", coap_tls_openssl_why());
    is_good = 0;
  }
  coap_tls_openssl_own_free(&own);
  return is_good;
}

void
coap_tls_unprepare(void *pointer) {
  coap_tls_made_t *made = pointer;

  if (!made)
    return;
  for (int i = 0; i < 2; i++)
    SSL_CTX_free(made->contexts[i]);
  BIO_meth_free(made->bytes);
  coap_mem_free(made);
}
