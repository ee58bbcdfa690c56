/* coap_dtls.h -- coap_tls_library(3): which (D)TLS this build has; and what coap_context(3) and
 * coap_endpoint_client(3) are told about keys and certificates. */
#ifndef COAP_DTLS_H_
#define COAP_DTLS_H_

#include <coap3/coap_debug.h>
#include <coap3/coap_str.h>

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

/* Which end of the handshake a session is. */
typedef enum coap_dtls_role_t { COAP_DTLS_ROLE_CLIENT, COAP_DTLS_ROLE_SERVER } coap_dtls_role_t;

#define COAP_DTLS_HINT_LENGTH      128
#define COAP_DTLS_MAX_PSK_IDENTITY 64
#define COAP_DTLS_MAX_PSK          64

/* What the name call-back is given as name for a raw public key, which has none (RFC 7250). */
#define COAP_DTLS_RPK_CERT_CN "RPK"

/* Private key algorithms, for keys in ASN.1 (DER) form. */
typedef enum coap_asn1_privatekey_type_t {
  COAP_ASN1_PKEY_NONE,
  COAP_ASN1_PKEY_RSA,
  COAP_ASN1_PKEY_RSA2,
  COAP_ASN1_PKEY_DSA,
  COAP_ASN1_PKEY_DSA1,
  COAP_ASN1_PKEY_DSA2,
  COAP_ASN1_PKEY_DSA3,
  COAP_ASN1_PKEY_DSA4,
  COAP_ASN1_PKEY_DH,
  COAP_ASN1_PKEY_DHX,
  COAP_ASN1_PKEY_EC,
  COAP_ASN1_PKEY_HMAC,
  COAP_ASN1_PKEY_CMAC,
  COAP_ASN1_PKEY_TLS1_PRF,
  COAP_ASN1_PKEY_HKDF
} coap_asn1_privatekey_type_t;

/* Where keys and certificates are: which member of coap_dtls_key_t counts. */
typedef enum coap_pki_key_t {
  COAP_PKI_KEY_PEM = 0, /* files */
  COAP_PKI_KEY_ASN1,    /* memory, DER */
  COAP_PKI_KEY_PEM_BUF, /* memory, PEM */
  COAP_PKI_KEY_PKCS11,  /* pkcs11: URIs */
  COAP_PKI_KEY_DEFINE   /* each its own way */
} coap_pki_key_t;

/* The ways of COAP_PKI_KEY_DEFINE. */
typedef enum coap_pki_define_t {
  COAP_PKI_KEY_DEF_PEM = 0,
  COAP_PKI_KEY_DEF_PEM_BUF,
  COAP_PKI_KEY_DEF_RPK_BUF,
  COAP_PKI_KEY_DEF_DER,
  COAP_PKI_KEY_DEF_DER_BUF,
  COAP_PKI_KEY_DEF_PKCS11,
  COAP_PKI_KEY_DEF_PKCS11_RPK,
  COAP_PKI_KEY_DEF_ENGINE
} coap_pki_define_t;

typedef struct coap_pki_key_pem_t {
  const char *ca_file;
  const char *public_cert;
  const char *private_key;
} coap_pki_key_pem_t;

typedef struct coap_pki_key_pem_buf_t {
  const uint8_t *ca_cert;
  const uint8_t *public_cert;
  const uint8_t *private_key;
  size_t ca_cert_len;
  size_t public_cert_len;
  size_t private_key_len;
} coap_pki_key_pem_buf_t;

typedef struct coap_pki_key_asn1_t {
  const uint8_t *ca_cert;
  const uint8_t *public_cert;
  const uint8_t *private_key;
  size_t ca_cert_len;
  size_t public_cert_len;
  size_t private_key_len;
  coap_asn1_privatekey_type_t private_key_type;
} coap_pki_key_asn1_t;

typedef struct coap_pki_key_pkcs11_t {
  const char *ca;
  const char *public_cert;
  const char *private_key;
  const char *user_pin; /* NULL: the URI says it */
} coap_pki_key_pkcs11_t;

/* A file name, a URI or bytes in memory. */
typedef union coap_const_char_ptr_t {
  const char *s_byte;
  const uint8_t *u_byte;
} coap_const_char_ptr_t;

typedef struct coap_pki_key_define_t {
  coap_const_char_ptr_t ca;
  coap_const_char_ptr_t public_cert;
  coap_const_char_ptr_t private_key;
  size_t ca_len; /* of bytes in memory */
  size_t public_cert_len;
  size_t private_key_len;
  coap_pki_define_t ca_def;
  coap_pki_define_t public_cert_def;
  coap_pki_define_t private_key_def;
  coap_asn1_privatekey_type_t private_key_type; /* of DER */
  const char *user_pin;                         /* of PKCS11 */
} coap_pki_key_define_t;

typedef struct coap_dtls_key_t {
  coap_pki_key_t key_type;
  union {
    coap_pki_key_pem_t pem;
    coap_pki_key_pem_buf_t pem_buf;
    coap_pki_key_asn1_t asn1;
    coap_pki_key_pkcs11_t pkcs11;
    coap_pki_key_define_t define;
  } key;
} coap_dtls_key_t;

typedef struct coap_dtls_pki_t coap_dtls_pki_t;

/* Further set-up of the TLS library's own object; 1, or 0 to give up. */
typedef int (*coap_dtls_security_setup_t)(void *tls_session, coap_dtls_pki_t *setup_data);

/* Whether a peer's certificate with name `cn` is accepted: 1 or 0. `depth` counts from the peer's
 * own, `validated` says what the TLS library thinks of it. */
typedef int (*coap_dtls_cn_callback_t)(const char *cn, const uint8_t *asn1_public_cert,
                                       size_t asn1_length, coap_session_t *coap_session,
                                       unsigned int depth, int validated, void *arg);

/* A server's key for the host name a client asks for; NULL: no such host. */
typedef coap_dtls_key_t *(*coap_dtls_pki_sni_callback_t)(const char *sni, void *arg);

#define COAP_DTLS_PKI_SETUP_VERSION 1 /* of `version` */

/* Certificates; fields that are not used have to be 0. Each uint8_t but the depth is 1 for yes. */
struct coap_dtls_pki_t {
  uint8_t version;
  uint8_t verify_peer_cert;
  uint8_t check_common_ca;
  uint8_t allow_self_signed;
  uint8_t allow_expired_certs;
  uint8_t cert_chain_validation; /* heed the depth */
  uint8_t cert_chain_verify_depth;
  uint8_t check_cert_revocation;
  uint8_t allow_no_crl;
  uint8_t allow_expired_crl;
  uint8_t allow_bad_md_hash;
  uint8_t allow_short_rsa_length;
  uint8_t is_rpk_not_cert;
  uint8_t use_cid; /* connection IDs (RFC 9146) */
  uint8_t reserved[2];
  coap_dtls_cn_callback_t validate_cn_call_back;
  void *cn_call_back_arg;
  coap_dtls_pki_sni_callback_t validate_sni_call_back;
  void *sni_call_back_arg;
  coap_dtls_security_setup_t additional_tls_setup_call_back;
  char *client_sni;
  coap_dtls_key_t pki_key;
};

typedef struct coap_dtls_cpsk_info_t {
  coap_bin_const_t identity;
  coap_bin_const_t key;
} coap_dtls_cpsk_info_t;

/* A client's identity and key for the server's hint; NULL: none. */
typedef const coap_dtls_cpsk_info_t *(*coap_dtls_ih_callback_t)(coap_str_const_t *hint,
                                                                coap_session_t *coap_session,
                                                                void *arg);

#define COAP_DTLS_CPSK_SETUP_VERSION 1

/* A client's pre-shared key. */
typedef struct coap_dtls_cpsk_t {
  uint8_t version;
  uint8_t ec_jpake;
  uint8_t use_cid;
  uint8_t reserved[5];
  coap_dtls_ih_callback_t validate_ih_call_back;
  void *ih_call_back_arg;
  char *client_sni;
  coap_dtls_cpsk_info_t psk_info;
} coap_dtls_cpsk_t;

typedef struct coap_dtls_spsk_info_t {
  coap_bin_const_t hint;
  coap_bin_const_t key;
} coap_dtls_spsk_info_t;

/* A server's key for a client's identity; NULL: not known. */
typedef const coap_bin_const_t *(*coap_dtls_id_callback_t)(coap_bin_const_t *identity,
                                                           coap_session_t *coap_session, void *arg);

/* A server's hint and key for the host name a client asks for; NULL: no such host. */
typedef const coap_dtls_spsk_info_t *(*coap_dtls_psk_sni_callback_t)(const char *sni,
                                                                     coap_session_t *coap_session,
                                                                     void *arg);

#define COAP_DTLS_SPSK_SETUP_VERSION 1

/* A server's pre-shared keys. */
typedef struct coap_dtls_spsk_t {
  uint8_t version;
  uint8_t ec_jpake;
  uint8_t reserved[6];
  coap_dtls_id_callback_t validate_id_call_back;
  void *id_call_back_arg;
  coap_dtls_psk_sni_callback_t validate_sni_call_back;
  void *sni_call_back_arg;
  coap_dtls_spsk_info_t psk_info;
} coap_dtls_spsk_t;

COAP_END_DECLS

#endif /* COAP_DTLS_H_ */
