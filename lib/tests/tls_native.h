/* tls_native.h -- what the tests ask of the (D)TLS library itself, of each one in its own way
 * (tls_native_*.c): its time, what was agreed on, certificates. */
#ifndef COAPSPEC_TESTS_TLS_NATIVE_H_
#define COAPSPEC_TESTS_TLS_NATIVE_H_

#include <coap3/coap.h>

/* The library tells the time of the simulation from now on. */
void tls_native_set_time(void);

/* The library's own session, which has to be one of `wanted`. */
void *tls_native_of(const coap_session_t *session, coap_tls_library_t wanted);

/* The cipher suite of a session, as IANA names it, and the version, as it goes over the wire. */
const char *tls_native_suite(const coap_session_t *session);
int tls_native_version(const coap_session_t *session);

/* 1 when the handshake was an abbreviated one; 0 also when the library does not tell. */
int tls_native_is_resumed(const coap_session_t *session);

enum { WIRE_TLS_1_2 = 0x0303, WIRE_TLS_1_3 = 0x0304, WIRE_DTLS_1_2 = 0xfefd };

enum { CERTIFICATE_DAY_S = 24 * 3600 };

typedef struct blob_t {
  uint8_t *data;
  size_t size;
} blob_t;

/* A certificate made on the spot, and its key: as the library's objects, as PEM text and as DER. */
typedef struct certificate_t {
  void *object;
  void *key_object;
  blob_t pem;
  blob_t key;
  blob_t der;
  blob_t key_der;
} certificate_t;

/* For `name`, signed by `issuer` (NULL: by itself); valid from `from_s` to `to_s` seconds around
 * now. A CA, when `is_ca`. */
void certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                      long from_s, long to_s, int is_ca);
void certificate_free(certificate_t *certificate);

/* Of use to certificate_make() and certificate_free(): a copy, and the end of a certificate's. */
blob_t tls_native_blob(const void *bytes, size_t size);
void tls_native_free_blobs(certificate_t *certificate);

/* A list of one revoked certificate as PEM text, signed by `issuer`, good until `to_s` seconds from
 * now. To be freed by the caller; NULL when the library cannot write any. */
blob_t certificate_revoke(const certificate_t *issuer, const certificate_t *revoked, long to_s);

#endif /* COAPSPEC_TESTS_TLS_NATIVE_H_ */
