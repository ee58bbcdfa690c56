/* uri_options.c -- URIs to options and back (RFC 7252 6.4, 6.5). */
#include "wire/uri.h"

#include "seams/memory.h"

#include <arpa/inet.h>

enum { SEGMENT_MAX = 255, HOST_MAX = 255 };

/* Not those of ctype.h: URIs are ASCII whatever the locale. */
static uint8_t
lower(uint8_t c) {
  return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static int
is_digit(uint8_t c) {
  return c >= '0' && c <= '9';
}

static int
hex_digit(uint8_t c) {
  if (is_digit(c))
    return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes into `to`, at most `room` bytes. Length, or -1: too long, or a broken escape. */
static int
decode_segment(const uint8_t *from, size_t length, uint8_t *to, size_t room) {
  size_t used = 0;

  for (size_t i = 0; i < length; i++) {
    int c = from[i];

    if (c == '%') {
      int high = length - i > 2 ? hex_digit(from[i + 1]) : -1;
      int low = length - i > 2 ? hex_digit(from[i + 2]) : -1;

      if (high < 0 || low < 0)
        return -1;
      c = high << 4 | low;
      i += 2;
    }
    if (used == room)
      return -1;
    to[used++] = (uint8_t)c;
  }
  return (int)used;
}

/* Called with each decoded segment; 0 stops with a failure. */
typedef int (*segment_fn)(void *user, const uint8_t *segment, size_t length);

/* Drops the segment added last, for "..". */
typedef void (*drop_fn)(void *user);

/* 1 for ".", 2 for "..", else 0. Asked of decoded segments: "%2e" is "." (RFC 3986 6.2.2.2), and
 * neither may be a Uri-Path (RFC 7252 5.10.1). */
static int
dots(const uint8_t *segment, size_t length) {
  if (length < 1 || length > 2 || segment[0] != '.' || segment[length - 1] != '.')
    return 0;
  return (int)length;
}

/* Splits at `separator`; with `drop` set it is a path and "." and ".." are resolved, a last one
 * leaving a slash behind (RFC 3986 5.2.4). Number of segments, or -1. */
static int
each_segment(const uint8_t *text, size_t length, uint8_t separator, segment_fn add, drop_fn drop,
             void *user) {
  const uint8_t *at = text;
  const uint8_t *end;
  uint8_t segment[SEGMENT_MAX];
  int used = 0;
  int count = 0;

  if (!length)
    return 0;
  end = text + length;
  for (;;) {
    const uint8_t *stop = memchr(at, separator, (size_t)(end - at));
    int up;

    used = decode_segment(at, (size_t)((stop ? stop : end) - at), segment, sizeof(segment));
    if (used < 0)
      return -1;
    up = drop ? dots(segment, (size_t)used) : 0;
    if (up == 2 && count) {
      drop(user);
      count--;
    }
    if (up)
      used = 0;
    if (!up || !stop) {
      if (!add(user, segment, (size_t)used))
        return -1;
      count++;
    }
    if (!stop)
      break;
    at = stop + 1;
  }
  /* A path of one slash is no segment (RFC 7252 6.4 step 8). */
  if (drop && count == 1 && used == 0) {
    drop(user);
    count = 0;
  }
  return count;
}

/* Options into a byte buffer: coap_split_path(). */
typedef struct encode_t {
  unsigned char *buf;
  size_t room;
  size_t used;
} encode_t;

static int
encode_add(void *user, const uint8_t *segment, size_t length) {
  encode_t *e = user;
  size_t size = coap_opt_encode(e->buf + e->used, e->room - e->used, 0, segment, length);

  e->used += size;
  return size > 0;
}

static void
encode_drop(void *user) {
  encode_t *e = user;
  size_t last = 0;
  coap_option_t option;

  for (size_t at = 0; at < e->used; at += coap_opt_parse(e->buf + at, e->used - at, &option))
    last = at;
  e->used = last;
}

static int
split_into(const uint8_t *text, size_t length, uint8_t separator, drop_fn drop, unsigned char *buf,
           size_t *buflen) {
  encode_t e = {.buf = buf, .room = *buflen};
  int count = each_segment(text, length, separator, encode_add, drop, &e);

  if (count >= 0)
    *buflen = e.used;
  return count;
}

/* Bytes of `text` before the first that `any` names. */
static size_t
length_up_to(const uint8_t *text, size_t length, const char *any) {
  size_t n = 0;

  while (n < length && !(text[n] && strchr(any, text[n])))
    n++;
  return n;
}

int
coap_split_path(const uint8_t *path, size_t length, unsigned char *buf, size_t *buflen) {
  return split_into(path, length_up_to(path, length, "?#"), '/', encode_drop, buf, buflen);
}

int
coap_split_query(const uint8_t *query, size_t length, unsigned char *buf, size_t *buflen) {
  return split_into(query, length_up_to(query, length, "#"), '&', NULL, buf, buflen);
}

/* Options into a list: coap_uri_into_options(). */
typedef struct list_t {
  coap_optlist_t **chain;
  coap_optlist_t **start; /* where this URI's path begins in the chain */
  uint16_t number;
} list_t;

static int
list_add(void *user, const uint8_t *segment, size_t length) {
  list_t *l = user;

  return coap_insert_optlist(l->chain, coap_new_optlist(l->number, length, segment));
}

static void
list_drop(void *user) {
  list_t *l = user;
  coap_optlist_t **at = l->start;

  while ((*at)->next)
    at = &(*at)->next;
  coap_delete_optlist(*at);
  *at = NULL;
}

static coap_optlist_t **
chain_end(coap_optlist_t **chain) {
  while (*chain)
    chain = &(*chain)->next;
  return chain;
}

/* RFC 7252 6.4 step 5: the host as a literal of the destination address needs no Uri-Host. */
static int
is_destination(const coap_uri_t *uri, const coap_address_t *dst) {
  char host[HOST_MAX + 1];
  struct in6_addr ip6;
  struct in_addr ip4;
  char *zone;

  if (!dst || uri->host.length > HOST_MAX)
    return 0;
  memcpy(host, uri->host.s, uri->host.length);
  host[uri->host.length] = '\0';
  if (dst->addr.sa.sa_family == AF_INET)
    return inet_pton(AF_INET, host, &ip4) == 1 &&
           memcmp(&ip4, &dst->addr.sin.sin_addr, sizeof(ip4)) == 0;
  zone = strchr(host, '%'); /* in a name it begins an escape */
  if (zone)
    *zone = '\0';
  return dst->addr.sa.sa_family == AF_INET6 && inet_pton(AF_INET6, host, &ip6) == 1 &&
         memcmp(&ip6, &dst->addr.sin6.sin6_addr, sizeof(ip6)) == 0;
}

static int
add_host(const coap_uri_t *uri, coap_optlist_t **chain) {
  uint8_t host[HOST_MAX];
  int length = decode_segment(uri->host.s, uri->host.length, host, sizeof(host));

  if (length <= 0)
    return 0;
  for (int i = 0; i < length; i++)
    host[i] = lower(host[i]);
  return coap_insert_optlist(chain, coap_new_optlist(COAP_OPTION_URI_HOST, (size_t)length, host));
}

/* RFC 7252 6.4 steps 6 and 7. */
static int
port_is_implied(const coap_uri_t *uri, const coap_address_t *dst) {
  uint16_t port = dst ? coap_address_get_port(dst) : 0;

  return uri->port == (port ? port : coap_uri_default_port(uri->scheme));
}

static int
add_port(const coap_uri_t *uri, coap_optlist_t **chain) {
  uint8_t value[2];
  unsigned int length = coap_encode_var_safe(value, sizeof(value), uri->port);

  return coap_insert_optlist(chain, coap_new_optlist(COAP_OPTION_URI_PORT, length, value));
}

int
coap_uri_into_options(const coap_uri_t *uri, const coap_address_t *dst,
                      coap_optlist_t **optlist_chain, int create_port_host_opt, uint8_t *buf,
                      size_t buflen) {
  list_t path = {optlist_chain, NULL, COAP_OPTION_URI_PATH};
  list_t query = {optlist_chain, NULL, COAP_OPTION_URI_QUERY};

  (void)buf;
  (void)buflen;
  if (!uri || !optlist_chain)
    return -1;
  if (create_port_host_opt) {
    if (uri->host.length && !is_destination(uri, dst) && !add_host(uri, optlist_chain))
      return -1;
    if (!port_is_implied(uri, dst) && !add_port(uri, optlist_chain))
      return -1;
  }
  path.start = chain_end(optlist_chain);
  if (each_segment(uri->path.s, uri->path.length, '/', list_add, list_drop, &path) < 0)
    return -1;
  if (each_segment(uri->query.s, uri->query.length, '&', list_add, NULL, &query) < 0)
    return -1;
  return 0;
}

/* Characters a segment may hold as they are (RFC 3986 pchar); '&' parts arguments in a query. */
static int
is_plain(uint8_t c, int in_query) {
  if (is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || (c && strchr("-._~!$'()*+,;=:@", c)))
    return 1;
  return in_query ? c == '/' || c == '?' : c == '&';
}

/* Bytes of a value that are not plain: each becomes "%xx". */
static size_t
count_escapes(const coap_option_t *value, int in_query) {
  size_t count = 0;

  for (size_t i = 0; i < value->length; i++)
    count += !is_plain(value->value[i], in_query);
  return count;
}

/* Gives the end of what was written. */
static uint8_t *
put_escaped(uint8_t *to, const coap_option_t *value, int in_query) {
  static const char digits[] = "0123456789ABCDEF";

  for (size_t i = 0; i < value->length; i++) {
    uint8_t c = value->value[i];

    if (is_plain(c, in_query)) {
      *to++ = c;
    } else {
      *to++ = '%';
      *to++ = (uint8_t)digits[c >> 4];
      *to++ = (uint8_t)digits[c & 15];
    }
  }
  return to;
}

static uint8_t *
put_plain(uint8_t *to, const coap_option_t *value) {
  memcpy(to, value->value, value->length);
  return to + value->length;
}

static coap_string_t *
join(const coap_pdu_t *pdu, coap_option_num_t number, char separator, int in_query) {
  coap_opt_iterator_t oi;
  coap_opt_t *first = coap_check_option(pdu, number, &oi);
  coap_opt_t *option;
  coap_option_t value;
  coap_string_t *text;
  size_t length = 0;
  size_t escapes = 0;
  uint8_t *to;

  if (!first && in_query)
    return NULL;
  for (option = first; option; option = coap_option_next(&oi)) {
    coap_opt_parse(option, SIZE_MAX / 2, &value);
    escapes += count_escapes(&value, in_query);
    length += value.length + (option != first);
  }
  text = coap_new_string(length + 2 * escapes);
  if (!text)
    return NULL;
  to = text->s;
  for (option = coap_check_option(pdu, number, &oi); option; option = coap_option_next(&oi)) {
    coap_opt_parse(option, SIZE_MAX / 2, &value);
    if (option != first)
      *to++ = (uint8_t)separator;
    to = escapes ? put_escaped(to, &value, in_query) : put_plain(to, &value);
  }
  return text;
}

coap_string_t *
coap_get_uri_path(const coap_pdu_t *request) {
  return request ? join(request, COAP_OPTION_URI_PATH, '/', 0) : NULL;
}

coap_string_t *
coap_get_query(const coap_pdu_t *request) {
  return request ? join(request, COAP_OPTION_URI_QUERY, '&', 1) : NULL;
}
