/* tls_openssl_bio.c -- how OpenSSL gets and gives a session's bytes: no socket, no copy kept. */
#include "secure/tls_openssl.h"

#include <string.h>

/* Of datagrams, all of one: what does not fit is cut off, and fails for that. */
static int
take_bytes(BIO *bio, char *to, int size) {
  coap_tls_t *tls = BIO_get_data(bio);
  size_t length = size > 0 ? (size_t)size : 0;
  size_t taken = tls->input_left < length ? tls->input_left : length;

  BIO_clear_retry_flags(bio);
  if (!taken) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(to, tls->input, taken);
  tls->input += taken;
  tls->input_left = tls->side.is_datagram ? 0 : tls->input_left - taken;
  return (int)taken;
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
