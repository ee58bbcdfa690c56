/* tls_native.h -- what the tests ask of the (D)TLS library itself, of each one in its own way
 * (tls_native_*.c): its time, what was agreed on, certificates. */
#ifndef COAPSPEC_TESTS_TLS_NATIVE_H_
#define COAPSPEC_TESTS_TLS_NATIVE_H_

#include <coap3/coap.h>

/* The library tells the time of the simulation from now on. */
void tls_native_set_time(void);

/* The cipher suite of a session, as IANA names it, and whether it is DTLS 1.2. */
const char *tls_native_suite(const coap_session_t *session);
int tls_native_is_dtls12(const coap_session_t *session);

enum { CERTIFICATE_DAY_S = 24 * 3600 };

typedef struct pem_t {
  uint8_t *data;
  size_t size;
} pem_t;

/* A certificate made on the spot, and its key: as the library's objects and as PEM text. */
typedef struct certificate_t {
  void *object;
  void *key_object;
  pem_t pem;
  pem_t key;
} certificate_t;

/* For `name`, signed by `issuer` (NULL: by itself, and then a CA); valid from `from_s` to `to_s`
 * seconds around now. */
void certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                      long from_s, long to_s);
void certificate_free(certificate_t *certificate);

#endif /* COAPSPEC_TESTS_TLS_NATIVE_H_ */
