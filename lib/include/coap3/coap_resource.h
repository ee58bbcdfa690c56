/* coap_resource.h -- coap_resource(3), coap_attribute(3), coap_handler(3): what a server offers. */
#ifndef COAP_RESOURCE_H_
#define COAP_RESOURCE_H_

#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>

COAP_BEGIN_DECLS

/* Flags of coap_resource_init(). */
#define COAP_RESOURCE_FLAGS_RELEASE_URI 0x1 /* takes uri_path (coap_new_str_const()) */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON  0x0 /* notifications are NON */
#define COAP_RESOURCE_FLAGS_NOTIFY_CON  0x2 /* notifications are CON */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS                                                      \
  0x4 /* NON without the CON that RFC 7641 4.5 asks for every 24 hours */
#define COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT           0x8   /* answers groups */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS        0x10  /* answers them at once */
#define COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05 0x20  /* but no empty 2.05 */
#define COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_XX 0x40  /* but no 2.xx */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX 0x80  /* 4.xx too */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_5_XX 0x100 /* 5.xx too */
#define COAP_RESOURCE_FLAGS_MCAST_LIST                                                             \
  (COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS |              \
   COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05 |                                               \
   COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_XX |                                               \
   COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX |                                               \
   COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_5_XX)
#define COAP_RESOURCE_FLAGS_FORCE_SINGLE_BODY                                                      \
  0x200                                       /* its PUT, POST, ... handlers get whole bodies */
#define COAP_RESOURCE_FLAGS_OSCORE_ONLY 0x400 /* 4.01 to requests without OSCORE */

/* Flags of coap_add_attr(): what the library takes over and deletes. */
#define COAP_ATTR_FLAGS_RELEASE_NAME  0x1
#define COAP_ATTR_FLAGS_RELEASE_VALUE 0x2

/* Answers a request: sets a code, options and payload on `response`, which comes with type, message
 * ID and token set. A code left 0 means no response now: a CON is acknowledged empty and the
 * application sends its response later. All arguments are borrowed; `query` may be NULL. */
typedef void (*coap_method_handler_t)(coap_resource_t *resource, coap_session_t *session,
                                      const coap_pdu_t *request, const coap_string_t *query,
                                      coap_pdu_t *response);

typedef void (*coap_resource_release_userdata_handler_t)(void *user_data);

/* A resource for `uri_path` (without first slash; copied unless flags say otherwise). NULL when
 * out of memory. It belongs to the context once added. */
coap_resource_t *coap_resource_init(coap_str_const_t *uri_path, int flags);

/* The resource that takes requests for paths that are not there: `put_handler` for PUT, other
 * methods as registered. One a context; a second replaces the first. */
coap_resource_t *coap_resource_unknown_init(coap_method_handler_t put_handler);
coap_resource_t *coap_resource_unknown_init2(coap_method_handler_t put_handler, int flags);

/* The resource that forwards: `handler` takes requests of every method with Proxy-Uri or
 * Proxy-Scheme (RFC 7252 5.10.2), with one hop less in Hop-Limit (RFC 8768), unless they name one
 * of the `host_name_count` hosts in `host_name_list`: those are for this server itself. The names
 * are copied; the first stands in 5.08 answers. One a context; a second replaces the first. NULL:
 * no handler, no names, out of memory. */
coap_resource_t *coap_resource_proxy_uri_init(coap_method_handler_t handler, size_t host_name_count,
                                              const char *host_name_list[]);
coap_resource_t *coap_resource_proxy_uri_init2(coap_method_handler_t handler,
                                               size_t host_name_count, const char *host_name_list[],
                                               int flags);

/* Takes `resource`; one with the same path is deleted first. */
void coap_add_resource(coap_context_t *context, coap_resource_t *resource);

/* Takes it out of its context and frees it: its observers get a 4.04 (RFC 7641 4.2). `context` is
 * not used. 1, or 0 for NULL. */
int coap_delete_resource(coap_context_t *context, coap_resource_t *resource);

/* The resource with that path (without first slash), or NULL. */
coap_resource_t *coap_get_resource_from_uri_path(coap_context_t *context,
                                                 coap_str_const_t *uri_path);

coap_str_const_t *coap_resource_get_uri_path(coap_resource_t *resource);

/* Whether notifications are CON or NON: COAP_RESOURCE_FLAGS_NOTIFY_CON or _NON. */
void coap_resource_set_mode(coap_resource_t *resource, int mode);

void coap_resource_set_userdata(coap_resource_t *resource, void *data);
void *coap_resource_get_userdata(coap_resource_t *resource);

/* Called with each resource's user data when that resource is freed; NULL: nobody is. */
void coap_resource_release_userdata_handler(coap_context_t *context,
                                            coap_resource_release_userdata_handler_t callback);

/* Sets (NULL: removes) the handler of one method; without one it is answered 4.05. */
void coap_register_request_handler(coap_resource_t *resource, coap_request_t method,
                                   coap_method_handler_t handler);

/* The older name of the above. */
COAP_DEPRECATED void coap_register_handler(coap_resource_t *resource, coap_request_t method,
                                           coap_method_handler_t handler);

/* A link attribute (RFC 6690 3): `val` as it is to stand in the link, quotes included, or NULL for
 * one without a value. Copied unless flags say otherwise. NULL when out of memory. */
coap_attr_t *coap_add_attr(coap_resource_t *resource, coap_str_const_t *name,
                           coap_str_const_t *value, int flags);
coap_attr_t *coap_find_attr(coap_resource_t *resource, coap_str_const_t *name);
coap_str_const_t *coap_attr_get_value(coap_attr_t *attribute);

/* Result of coap_print_link(): bytes written, and how it ended. */
typedef unsigned int coap_print_status_t;
#define COAP_PRINT_STATUS_MASK      0xF0000000u
#define COAP_PRINT_OUTPUT_LENGTH(v) ((v) & ~COAP_PRINT_STATUS_MASK)
#define COAP_PRINT_STATUS_ERROR     0x80000000u
#define COAP_PRINT_STATUS_TRUNC     0x40000000u

/* The resource's link (RFC 6690) into `buf`: of it, from byte *offset on, as much as *len bytes
 * hold. *len becomes the whole link's length, *offset what is still to be skipped. */
coap_print_status_t coap_print_link(const coap_resource_t *resource, unsigned char *buf,
                                    size_t *len, size_t *offset);

COAP_END_DECLS

#endif /* COAP_RESOURCE_H_ */
