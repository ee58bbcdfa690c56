/* coap_forward_decls.h -- types that more than one header needs. The structures are opaque. */
#ifndef COAP_FORWARD_DECLS_H_
#define COAP_FORWARD_DECLS_H_

#include <stddef.h>
#include <stdint.h>

/* What this build holds, for programs that ask the preprocessor. */
#define COAP_CLIENT_SUPPORT 1
#define COAP_SERVER_SUPPORT 1
#define COAP_IPV4_SUPPORT   1
#define COAP_IPV6_SUPPORT   1

/* This library's own version, and the libcoap release whose API it follows as
 * major * 1000000 + minor * 1000 + patch. */
#define LIBCOAP_PACKAGE_NAME    "coapspec"
#define LIBCOAP_PACKAGE_VERSION "0.1.0"
#define LIBCOAP_PACKAGE_STRING  "coapspec 0.1.0"
#define LIBCOAP_VERSION         (4003004U)

#ifdef __cplusplus
#define COAP_BEGIN_DECLS extern "C" {
#define COAP_END_DECLS   }
#else
#define COAP_BEGIN_DECLS
#define COAP_END_DECLS
#endif

#if defined(__GNUC__)
#define COAP_DEPRECATED              __attribute__((deprecated))
#define COAP_PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))
#define COAP_UNUSED                  __attribute__((unused))
#else
#define COAP_DEPRECATED
#define COAP_PRINTF_LIKE(text, args)
#define COAP_UNUSED
#endif
#define COAP_STATIC_INLINE static inline

typedef struct coap_async_t coap_async_t;
typedef struct coap_attr_t coap_attr_t;
typedef struct coap_cache_entry_t coap_cache_entry_t;
typedef struct coap_cache_key_t coap_cache_key_t;
typedef struct coap_context_t coap_context_t;
typedef struct coap_endpoint_t coap_endpoint_t;
typedef struct coap_pdu_t coap_pdu_t;
typedef struct coap_resource_t coap_resource_t;
typedef struct coap_session_t coap_session_t;
typedef struct coap_subscription_t coap_subscription_t;

/* A message ID, or COAP_INVALID_MID. */
typedef int coap_mid_t;
#define COAP_INVALID_MID (-1)
#define COAP_INVALID_TID COAP_INVALID_MID

#endif /* COAP_FORWARD_DECLS_H_ */
