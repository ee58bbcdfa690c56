/* coap_uri.h -- coap_uri(3): URIs and the options they become (RFC 7252 section 6). */
#ifndef COAP_URI_H_
#define COAP_URI_H_

#include <coap3/coap_option.h>
#include <coap3/coap_str.h>

COAP_BEGIN_DECLS

struct coap_address_t;

/* Bit 0 means "secure" for the CoAP schemes. */
typedef enum coap_uri_scheme_t {
  COAP_URI_SCHEME_COAP = 0,
  COAP_URI_SCHEME_COAPS,
  COAP_URI_SCHEME_COAP_TCP,
  COAP_URI_SCHEME_COAPS_TCP,
  COAP_URI_SCHEME_HTTP,
  COAP_URI_SCHEME_HTTPS,
  COAP_URI_SCHEME_COAP_WS,
  COAP_URI_SCHEME_COAPS_WS,
  COAP_URI_SCHEME_LAST
} coap_uri_scheme_t;

#define COAP_URI_SCHEME_SECURE_MASK    0x01
#define coap_uri_scheme_is_secure(uri) (((uri)->scheme & COAP_URI_SCHEME_SECURE_MASK) != 0)

/* A URI in parts that point into the text it was split from (not percent-decoded). `path` is
 * without its first slash, `query` without its question mark. */
typedef struct coap_uri_t {
  coap_str_const_t host;
  uint16_t port; /* host byte order; the scheme's default when the URI names none */
  coap_str_const_t path;
  coap_str_const_t query;
  enum coap_uri_scheme_t scheme;
} coap_uri_t;

/* Splits `len` bytes at `str_var` into *uri, which borrows them. A URI of a scheme this library
 * knows, or an absolute path. 0, or a negative value when it is malformed; *uri is undefined
 * then. */
int coap_split_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/* As coap_split_uri() for what a Proxy-Uri option or a proxy's argument holds: http and https too,
 * no bare path. */
int coap_split_proxy_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/* A URI that owns its text; NULL when malformed or out of memory. Freed by coap_delete_uri(). */
coap_uri_t *coap_new_uri(const uint8_t *uri, unsigned int length);
coap_uri_t *coap_clone_uri(const coap_uri_t *uri);
void coap_delete_uri(coap_uri_t *uri);

/* RFC 7252 6.4: adds Uri-Path and Uri-Query options for `uri` to *optlist_chain; with
 * `create_port_host_opt` Uri-Host before them, unless the host is the literal address `dst` (NULL:
 * not known yet), and Uri-Port, when it is not that of `dst` (not known: the scheme's). `buf` and
 * `buflen` are scratch space that 4.3 programs pass; longer URIs than that are handled too. 0, or
 * -1: out of memory, a segment over its limit, a broken percent-encoding. */
int coap_uri_into_options(const coap_uri_t *uri, const struct coap_address_t *dst,
                          coap_optlist_t **optlist_chain, int create_port_host_opt, uint8_t *buf,
                          size_t buflen);

/* Splits a path (up to a '?' or '#') or query (up to a '#') into encoded options one behind the
 * other in `buf` (option delta 0, as coap_opt_parse() reads them), percent-decoded, "." and ".."
 * resolved in paths (RFC 3986 5.2.4). *buflen is the room and becomes what is used. Number of
 * segments, or -1: `buf` too small, a segment over 255 bytes, a broken percent-encoding. */
int coap_split_path(const uint8_t *path, size_t length, unsigned char *buf, size_t *buflen);
int coap_split_query(const uint8_t *query, size_t length, unsigned char *buf, size_t *buflen);

/* A request's path and query as one string, segments joined by '/' and '&', reserved characters
 * percent-encoded. Gives a string to be deleted; NULL for no query or out of memory. */
coap_string_t *coap_get_uri_path(const coap_pdu_t *request);
coap_string_t *coap_get_query(const coap_pdu_t *request);

COAP_END_DECLS

#endif /* COAP_URI_H_ */
