/* uri.c -- splitting URIs (RFC 7252 section 6, RFC 8323 section 8, RFC 3986 section 3). */
#include "wire/uri.h"

#include "seams/memory.h"

#include <arpa/inet.h>
#include <strings.h>

typedef struct scheme_t {
  const char *name;
  coap_uri_scheme_t scheme;
  uint16_t port;
  int proxy_only;
} scheme_t;

static const scheme_t schemes[] = {
    {"coap", COAP_URI_SCHEME_COAP, COAP_DEFAULT_PORT, 0},
    {"coaps", COAP_URI_SCHEME_COAPS, COAPS_DEFAULT_PORT, 0},
    {"coap+tcp", COAP_URI_SCHEME_COAP_TCP, COAP_DEFAULT_PORT, 0},
    {"coaps+tcp", COAP_URI_SCHEME_COAPS_TCP, COAPS_DEFAULT_PORT, 0},
    {"coap+ws", COAP_URI_SCHEME_COAP_WS, 80, 0},
    {"coaps+ws", COAP_URI_SCHEME_COAPS_WS, 443, 0},
    {"http", COAP_URI_SCHEME_HTTP, 80, 1},
    {"https", COAP_URI_SCHEME_HTTPS, 443, 1},
};

enum { URI_NO_SCHEME = -1, URI_BAD_HOST = -3, URI_BAD_PORT = -4, URI_FRAGMENT = -5 };

static const scheme_t *
find_scheme(const uint8_t *text, size_t length) {
  for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
    if (strlen(schemes[i].name) == length &&
        strncasecmp(schemes[i].name, (const char *)text, length) == 0)
      return &schemes[i];
  }
  return NULL;
}

/* What is no scheme counts as "coap". */
static const scheme_t *
scheme_of(coap_uri_scheme_t scheme) {
  for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
    if (schemes[i].scheme == scheme)
      return &schemes[i];
  }
  return &schemes[0];
}

uint16_t
coap_uri_default_port(coap_uri_scheme_t scheme) {
  return scheme_of(scheme)->port;
}

const char *
coap_uri_scheme_name(coap_uri_scheme_t scheme) {
  return scheme_of(scheme)->name;
}

/* Takes "scheme://" off the front. */
static const scheme_t *
take_scheme(const uint8_t **at, const uint8_t *end) {
  const uint8_t *colon = memchr(*at, ':', (size_t)(end - *at));
  const scheme_t *scheme = colon ? find_scheme(*at, (size_t)(colon - *at)) : NULL;

  if (!scheme || end - colon < 3 || colon[1] != '/' || colon[2] != '/')
    return NULL;
  *at = colon + 3;
  return scheme;
}

static const uint8_t *
find_any(const uint8_t *at, const uint8_t *end, const char *any) {
  while (at < end && (!*at || !strchr(any, *at)))
    at++;
  return at;
}

/* RFC 6874 2: unreserved characters and escapes; that its '%' is escaped is not insisted on. */
static int
is_zone(const uint8_t *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    int letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                 (text[i] >= '0' && text[i] <= '9');

    if (!letter && (!text[i] || !strchr("-._~%", text[i])))
      return 0;
  }
  return length > 0;
}

/* What stands in brackets: an IPv6 address, with a zone perhaps. */
static int
is_ip6_literal(const uint8_t *text, size_t length) {
  const uint8_t *zone = length ? memchr(text, '%', length) : NULL;
  size_t digits = zone ? (size_t)(zone - text) : length;
  char address[INET6_ADDRSTRLEN];
  struct in6_addr ip6;

  if (digits >= sizeof(address) || (zone && !is_zone(zone + 1, length - digits - 1)))
    return 0;
  memcpy(address, text, digits);
  address[digits] = '\0';
  return strlen(address) == digits && inet_pton(AF_INET6, address, &ip6) == 1;
}

/* RFC 3986 3.2.2: a name or IPv4 address; no user information, no control characters or spaces. */
static int
is_host_name(const uint8_t *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] >= 0x7f || strchr("@[]<>\"\\^`{|}", text[i]))
      return 0;
  }
  return length > 0;
}

static int
take_host(const uint8_t **at, const uint8_t *end, coap_uri_t *uri) {
  const uint8_t *from = *at;
  const uint8_t *to;

  if (from < end && *from == '[') {
    to = memchr(from, ']', (size_t)(end - from));
    if (!to)
      return URI_BAD_HOST;
    uri->host.s = from + 1;
    uri->host.length = (size_t)(to - from - 1);
    *at = to + 1;
    return is_ip6_literal(uri->host.s, uri->host.length) ? 0 : URI_BAD_HOST;
  }
  to = find_any(from, end, ":/?#");
  uri->host.s = from;
  uri->host.length = (size_t)(to - from);
  *at = to;
  return is_host_name(uri->host.s, uri->host.length) ? 0 : URI_BAD_HOST;
}

static int
take_port(const uint8_t **at, const uint8_t *end, coap_uri_t *uri) {
  unsigned long port = 0;
  const uint8_t *from;

  if (*at == end || **at != ':')
    return 0;
  from = ++*at;
  while (*at < end && **at >= '0' && **at <= '9') {
    port = port * 10 + (unsigned long)(**at - '0');
    if (port > 65535)
      return URI_BAD_PORT;
    ++*at;
  }
  /* An empty port is the default (RFC 3986 3.2.3). */
  if (*at > from)
    uri->port = (uint16_t)port;
  return *at < end && !strchr("/?", **at) ? URI_BAD_PORT : 0;
}

static int
take_path_and_query(const uint8_t *at, const uint8_t *end, coap_uri_t *uri) {
  const uint8_t *query = find_any(at, end, "?");

  if (memchr(at, '#', (size_t)(end - at)))
    return URI_FRAGMENT;
  if (at < query && *at == '/')
    at++;
  uri->path.s = at;
  uri->path.length = (size_t)(query - at);
  if (query < end) {
    uri->query.s = query + 1;
    uri->query.length = (size_t)(end - query - 1);
  }
  return 0;
}

static int
split(const uint8_t *text, size_t length, coap_uri_t *uri, int for_proxy) {
  const uint8_t *at = text;
  const uint8_t *end;
  const scheme_t *scheme;
  int result;

  if (!text || !uri)
    return URI_NO_SCHEME;
  end = text + length;
  memset(uri, 0, sizeof(*uri));
  uri->port = COAP_DEFAULT_PORT;
  uri->scheme = COAP_URI_SCHEME_COAP;
  if (length && *at == '/' && !for_proxy)
    return take_path_and_query(at, end, uri);
  scheme = take_scheme(&at, end);
  if (!scheme || (scheme->proxy_only && !for_proxy))
    return URI_NO_SCHEME;
  uri->scheme = scheme->scheme;
  uri->port = scheme->port;
  result = take_host(&at, end, uri);
  if (result == 0)
    result = take_port(&at, end, uri);
  if (result == 0 && at < end && *at != '/' && *at != '?')
    result = *at == '#' ? URI_FRAGMENT : URI_BAD_HOST;
  return result ? result : take_path_and_query(at, end, uri);
}

int
coap_split_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri) {
  return split(str_var, len, uri, 0);
}

int
coap_split_proxy_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri) {
  return split(str_var, len, uri, 1);
}

/* The object and `text` bytes behind it in one block. */
static coap_uri_t *
uri_alloc(size_t text) {
  return coap_mem_zalloc(sizeof(coap_uri_t) + text);
}

coap_uri_t *
coap_new_uri(const uint8_t *uri, unsigned int length) {
  coap_uri_t *result;
  uint8_t *text;

  if (!uri)
    return NULL;
  result = uri_alloc(length);
  if (!result)
    return NULL;
  text = (uint8_t *)(result + 1);
  memcpy(text, uri, length);
  if (coap_split_uri(text, length, result) < 0) {
    coap_mem_free(result);
    return NULL;
  }
  return result;
}

static void
copy_part(coap_str_const_t *to, const coap_str_const_t *from, uint8_t **text) {
  to->length = from->length;
  to->s = *text;
  if (from->length)
    memcpy(*text, from->s, from->length);
  *text += from->length;
}

coap_uri_t *
coap_clone_uri(const coap_uri_t *uri) {
  coap_uri_t *result;
  uint8_t *text;

  if (!uri)
    return NULL;
  result = uri_alloc(uri->host.length + uri->path.length + uri->query.length);
  if (!result)
    return NULL;
  text = (uint8_t *)(result + 1);
  result->port = uri->port;
  result->scheme = uri->scheme;
  copy_part(&result->host, &uri->host, &text);
  copy_part(&result->path, &uri->path, &text);
  copy_part(&result->query, &uri->query, &text);
  return result;
}

void
coap_delete_uri(coap_uri_t *uri) {
  coap_mem_free(uri);
}
