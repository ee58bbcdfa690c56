/* coap_dtls.h -- coap_tls_library(3): which (D)TLS this build has. */
#ifndef COAP_DTLS_H_
#define COAP_DTLS_H_

#include <coap3/coap_debug.h>

COAP_BEGIN_DECLS

typedef enum coap_tls_library_t {
  COAP_TLS_LIBRARY_NOTLS = 0,
  COAP_TLS_LIBRARY_TINYDTLS,
  COAP_TLS_LIBRARY_OPENSSL,
  COAP_TLS_LIBRARY_GNUTLS,
  COAP_TLS_LIBRARY_MBEDTLS
} coap_tls_library_t;

typedef struct coap_tls_version_t {
  uint64_t version; /* at run time */
  coap_tls_library_t type;
  uint64_t built_version; /* at build time */
} coap_tls_version_t;

/* Each 1 when this build can, else 0. */
int coap_dtls_is_supported(void);
int coap_tls_is_supported(void);
int coap_dtls_psk_is_supported(void);
int coap_dtls_pki_is_supported(void);
int coap_dtls_pkcs11_is_supported(void);
int coap_dtls_rpk_is_supported(void);

/* Static: use before the next call. */
coap_tls_version_t *coap_get_tls_library_version(void);

/* Library and version, or what it can do, as text in `buffer`. Gives `buffer`. */
char *coap_string_tls_version(char *buffer, size_t bufsize);
char *coap_string_tls_support(char *buffer, size_t bufsize);
void coap_show_tls_version(coap_log_t level);

COAP_END_DECLS

#endif /* COAP_DTLS_H_ */
