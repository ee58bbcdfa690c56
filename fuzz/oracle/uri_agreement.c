/* uri_agreement.c -- see uri_agreement.h. */
#include "oracle/uri_agreement.h"
#include "oracle/oracle.h"
#include "oracle/uri_reader.h"

#include "seams/memory.h"

#include <coap3/coap.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPTION_HOST = 3, OPTION_PORT = 7, OPTION_PATH = 11, OPTION_QUERY = 15 };

static const char name[] = "uri-agreement";

/* RFC 7252 6.1 and 6.2, RFC 8323 8, RFC 9110 4.2. */
static const struct scheme {
  const char *name;
  coap_uri_scheme_t number;
  uint16_t port;
  int for_proxies; /* only they take it */
} schemes[] = {
    {"coap", COAP_URI_SCHEME_COAP, 5683, 0},
    {"coaps", COAP_URI_SCHEME_COAPS, 5684, 0},
    {"coap+tcp", COAP_URI_SCHEME_COAP_TCP, 5683, 0},
    {"coaps+tcp", COAP_URI_SCHEME_COAPS_TCP, 5684, 0},
    {"coap+ws", COAP_URI_SCHEME_COAP_WS, 80, 0},
    {"coaps+ws", COAP_URI_SCHEME_COAPS_WS, 443, 0},
    {"http", COAP_URI_SCHEME_HTTP, 80, 1},
    {"https", COAP_URI_SCHEME_HTTPS, 443, 1},
};
static const struct scheme none = {"", COAP_URI_SCHEME_COAP, 5683, 0};

static void
differ(const char *section, const char *what) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  oracle_violated(name, section, &o, "the library and the harness see another %s", what);
}

static const struct scheme *
find_scheme(struct uri_span word, int for_proxy) {
  size_t i;

  for (i = 0; word.p != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
    if (strlen(schemes[i].name) == word.n && (for_proxy || !schemes[i].for_proxies) &&
        strncasecmp(schemes[i].name, (const char *)word.p, word.n) == 0)
      return &schemes[i];
  }
  return NULL;
}

static void
same_part(const coap_str_const_t *theirs, struct uri_span ours, const char *what) {
  if (theirs->length != ours.n)
    differ("RFC 3986 3", what);
  if (ours.n > 0 && theirs->s != ours.p) /* not only the same bytes: the same place */
    differ("coap_uri(3)", what);
}

static struct uri_span
without_slash(struct uri_span path) {
  if (path.n > 0 && path.p[0] == '/')
    path = (struct uri_span){path.p + 1, path.n - 1};
  return path;
}

static unsigned long
port_of(struct uri_span port, const struct scheme *scheme) {
  unsigned long value = 0;
  size_t i;

  for (i = 0; i < port.n; i++)
    value = value * 10 + (unsigned long)(port.p[i] - '0');
  return port.n > 0 ? value : scheme->port;
}

static void
same_split(const coap_uri_t *uri, const struct uri_split *u, const struct scheme *scheme) {
  size_t i;

  if (u->fragment.p != NULL || u->broken || (u->has_authority && u->host.n == 0))
    differ("RFC 7252 6.1", "form of a URI, or none");
  for (i = 0; i < u->port.n; i++) {
    if (u->port.p[i] < '0' || u->port.p[i] > '9')
      differ("RFC 3986 3.2.3", "port that is no number");
  }
  if (uri->scheme != scheme->number)
    differ("RFC 7252 6.1", "scheme");
  if (uri->port != port_of(u->port, scheme))
    differ("RFC 3986 3.2.3", "port");
  same_part(&uri->host, u->host, "host");
  same_part(&uri->path, without_slash(u->path), "path");
  same_part(&uri->query, u->query, "query");
}

static void
same_text(const coap_str_const_t *a, const coap_str_const_t *b) {
  if (a->length != b->length || (a->length > 0 && memcmp(a->s, b->s, a->length) != 0))
    differ("coap_uri(3)", "text in a copy");
}

static void
same_copy(const coap_uri_t *uri, const coap_uri_t *copy) {
  if (copy == NULL)
    differ("coap_uri(3)", "URI: no copy could be made");
  if (copy == NULL)
    return;
  if (copy->scheme != uri->scheme || copy->port != uri->port)
    differ("coap_uri(3)", "scheme or port in a copy");
  same_text(&uri->host, &copy->host);
  same_text(&uri->path, &copy->path);
  same_text(&uri->query, &copy->query);
}

static void
check_copies(const uint8_t *text, size_t len, const coap_uri_t *uri, int for_proxy) {
  coap_uri_t *clone = coap_clone_uri(uri);

  same_copy(uri, clone);
  coap_delete_uri(clone);
  if (!for_proxy) {
    coap_uri_t *made = coap_new_uri(text, (unsigned int)len);

    same_copy(uri, made);
    coap_delete_uri(made);
  }
}

/* One behind the other, as the library puts them there. */
struct expected {
  const coap_optlist_t *at;
};

static void
expect(struct expected *e, uint16_t number, const uint8_t *value, size_t length) {
  const coap_optlist_t *o = e->at;

  if (o == NULL || o->number != number || o->length != length ||
      (length > 0 && memcmp(o->data, value, length) != 0))
    differ("RFC 7252 6.4", "option of a URI");
  e->at = o != NULL ? o->next : NULL;
}

static void
expect_segments(struct expected *e, uint16_t number, const struct uri_segments *s) {
  unsigned int i;

  for (i = 0; i < s->n; i++)
    expect(e, number, s->bytes + s->start[i], s->length[i]);
}

static uint16_t
destination(unsigned int which, coap_address_t *out) {
  uint16_t port = which == 1 ? 5683 : 61616;

  coap_address_init(out);
  out->addr.sa.sa_family = which == 1 ? AF_INET : AF_INET6;
  out->size = which == 1 ? sizeof(out->addr.sin) : sizeof(out->addr.sin6);
  if (which == 1)
    inet_pton(AF_INET, "127.0.0.1", &out->addr.sin.sin_addr);
  else
    out->addr.sin6.sin6_addr = in6addr_loopback;
  coap_address_set_port(out, port);
  return port;
}

/* RFC 7252 6.4 step 5: the host is the destination's address as a literal. */
static int
is_literal_of(struct uri_span host, unsigned int dst) {
  char text[300];
  struct in6_addr ip6;
  struct in_addr ip4;
  struct uri_span zone = {dst == 2 && host.n > 0 ? memchr(host.p, '%', host.n) : NULL, 0};

  if (zone.p != NULL)
    host.n = (size_t)(zone.p - host.p);
  if (host.n >= sizeof(text))
    return 0;
  if (host.n > 0)
    memcpy(text, host.p, host.n);
  text[host.n] = '\0';
  if (dst == 1)
    return inet_pton(AF_INET, text, &ip4) == 1 && ip4.s_addr == htonl(INADDR_LOOPBACK);
  return dst == 2 && inet_pton(AF_INET6, text, &ip6) == 1 && IN6_IS_ADDR_LOOPBACK(&ip6);
}

/* The Uri-Host value; -1: the host cannot be one. */
static long
host_value(struct uri_span host, uint8_t *value) {
  long length = uri_decode(host, value);
  long i;

  for (i = 0; i < length; i++)
    value[i] = (uint8_t)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32 : value[i]);
  return length > 0 && length <= (long)URI_SEGMENT_MAX ? length : -1;
}

/* The options that the URI has to become. 0: there are none for it. */
static int
check_options(const struct uri_split *u, const coap_uri_t *uri, const struct scheme *scheme,
              const struct uri_use *use, const coap_optlist_t *chain, int made) {
  static struct uri_segments path;
  static struct uri_segments query;
  static uint8_t host[URI_TEXT_MAX];
  struct expected e = {chain};
  coap_address_t address;
  uint16_t implied = use->dst > 0 ? destination(use->dst, &address) : scheme->port;
  int host_wanted = use->with_host && u->host.n > 0 && !is_literal_of(u->host, use->dst);
  long host_length = host_wanted ? host_value(u->host, host) : 0;

  uri_path_segments(without_slash(u->path), &path);
  uri_query_segments(u->query, &query);
  if (host_length < 0 || path.broken || query.broken) {
    if (made)
      differ("RFC 7252 6.4", "URI that has no options");
    return 0;
  }
  if (!made)
    differ("RFC 7252 6.4", "URI: it has options");
  if (host_length > 0)
    expect(&e, OPTION_HOST, host, (size_t)host_length);
  if (use->with_host && uri->port != implied) {
    uint8_t value[2] = {(uint8_t)(uri->port >> 8), (uint8_t)uri->port};
    size_t zeros = uri->port < 256 ? uri->port == 0 ? 2 : 1 : 0; /* RFC 7252 3.2 */

    expect(&e, OPTION_PORT, value + zeros, 2 - zeros);
  }
  expect_segments(&e, OPTION_PATH, &path);
  expect_segments(&e, OPTION_QUERY, &query);
  if (e.at != NULL)
    differ("RFC 7252 6.4", "number of options");
  return 1;
}

static void
check_into_options(const coap_uri_t *uri, const struct uri_split *u, const struct scheme *scheme,
                   const struct uri_use *use) {
  struct coap_mem_sim_stats stats;
  coap_optlist_t *chain = NULL;
  coap_address_t address;
  uint8_t scratch[16];
  int result;

  if (use->dst > 0)
    destination(use->dst, &address);
  coap_mem_sim_reset();
  coap_mem_sim_fail(use->failing, 0);
  result = coap_uri_into_options(uri, use->dst > 0 ? &address : NULL, &chain, use->with_host,
                                 scratch, sizeof(scratch));
  coap_mem_sim_stats(&stats);
  coap_mem_sim_reset();
  if (use->failing > 0 && stats.requests >= use->failing) {
    if (result == 0)
      differ("coap_uri(3)", "result when memory fails");
  } else if (check_options(u, uri, scheme, use, chain, result == 0)) {
    uri_agreement_request(&chain, u->query.n > 0);
  }
  coap_delete_optlist(chain);
}

int
uri_agreement(const uint8_t *text, size_t len, int for_proxy, const struct uri_use *use) {
  struct uri_split u;
  coap_uri_t uri;
  const struct scheme *scheme;
  int result = for_proxy ? coap_split_proxy_uri(text, len, &uri) : coap_split_uri(text, len, &uri);
  int is_path = len > 0 && text[0] == '/' && !for_proxy;

  uri_read(text, len, &u);
  scheme = is_path ? &none : find_scheme(u.scheme, for_proxy);
  if (result != 0) {
    if (scheme != NULL && (is_path ? u.fragment.p == NULL && uri_is_strict_path(u.path) &&
                                         uri_is_strict_query(u.query)
                                   : uri_is_strict(&u)))
      differ("RFC 7252 6.1", "URI: it is well formed");
    return 0;
  }
  if (scheme == NULL || (!is_path && !u.has_authority)) {
    differ("RFC 7252 6.1", "text that is no URI of CoAP");
    return 0;
  }
  same_split(&uri, &u, scheme);
  check_copies(text, len, &uri, for_proxy);
  check_into_options(&uri, &u, scheme, use);
  return 1;
}
