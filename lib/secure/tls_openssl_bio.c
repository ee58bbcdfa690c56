/* tls_openssl_bio.c -- how OpenSSL gets and gives a session's bytes: no socket, no copy kept. */
#include "secure/tls_openssl.h"

#include <string.h>

/* The shortest record that can be opened (RFC 5246 6.2.3.3, RFC 6655 6.1, RFC 7905 2): the nonce
 * that is sent, and the tag. 0: it is not known to be short. */
static size_t
shortest(const SSL_CIPHER *cipher) {
  const char *name = SSL_CIPHER_standard_name(cipher);

  if (!SSL_CIPHER_is_aead(cipher))
    return 0;
  return strstr(name, "CCM_8") || strstr(name, "CHACHA20") ? 16 : 24;
}

/* One that is shorter than its tag ends a session of OpenSSL by an internal error, and anybody can
 * send it. Before there is a cipher nobody can have protected anything. */
static int
is_openable(const coap_tls_t *tls, size_t size) {
  const SSL_CIPHER *cipher = SSL_get_current_cipher(tls->native);
  const uint8_t *epoch = tls->input.at + COAP_TLS_RECORD_EPOCH;

  if (!epoch[0] && !epoch[1])
    return 1;
  return cipher && size - COAP_TLS_RECORD_HEADER >= shortest(cipher);
}

static void
skip_short_records(coap_tls_t *tls) {
  size_t size;

  while ((size = coap_tls_input_record(&tls->input)) != 0 && !is_openable(tls, size))
    coap_tls_input_skip(&tls->input, size);
}

static int
take_bytes(BIO *bio, char *to, int size) {
  coap_tls_t *tls = BIO_get_data(bio);
  size_t taken;

  BIO_clear_retry_flags(bio);
  if (tls->side.is_datagram)
    skip_short_records(tls);
  taken = coap_tls_input_take(&tls->input, tls->side.is_datagram, to, size > 0 ? (size_t)size : 0);
  if (taken)
    return (int)taken;
  BIO_set_retry_read(bio);
  return -1;
}

static int
give_bytes(BIO *bio, const char *data, int length) {
  coap_tls_t *tls = BIO_get_data(bio);

  BIO_clear_retry_flags(bio);
  if (length <= 0)
    return length;
  return tls->side.send(tls->side.user, (const uint8_t *)data, (size_t)length) == 0 ? length : -1;
}

static long
control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH; /* nothing is held back; all else is of sockets */
}

BIO_METHOD *
coap_tls_openssl_bytes_new(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "coap session");

  if (method && BIO_meth_set_read(method, take_bytes) && BIO_meth_set_write(method, give_bytes) &&
      BIO_meth_set_ctrl(method, control))
    return method;
  BIO_meth_free(method);
  return NULL;
}

int
coap_tls_openssl_set_bytes(coap_tls_t *tls) {
  const coap_tls_made_t *made = tls->setup->made;
  BIO *bio = BIO_new(made->bytes);

  if (!bio)
    return 0;
  BIO_set_data(bio, tls);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls->native, bio, bio);
  return 1;
}
