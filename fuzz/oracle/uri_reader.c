/* uri_reader.c -- see uri_reader.h. Slow and literal, as the RFCs say it. */
#include "oracle/uri_reader.h"

#include <arpa/inet.h>
#include <string.h>

static int
is_one_of(uint8_t c, const char *set) {
  return c != 0 && strchr(set, c) != NULL;
}

static struct uri_span
take_until(struct uri_span *rest, const char *stops) {
  struct uri_span part = {rest->p, 0};

  while (part.n < rest->n && !is_one_of(rest->p[part.n], stops))
    part.n++;
  rest->p += part.n;
  rest->n -= part.n;
  return part;
}

static void
skip(struct uri_span *rest, size_t n) {
  rest->p += n;
  rest->n -= n;
}

static int
begins(const struct uri_span *s, const char *with) {
  size_t n = strlen(with);

  return s->n >= n && memcmp(s->p, with, n) == 0;
}

static void
read_authority(struct uri_span authority, struct uri_split *out) {
  struct uri_span rest = authority;

  out->has_authority = 1;
  if (begins(&rest, "[")) {
    skip(&rest, 1);
    out->host = take_until(&rest, "]");
    if (rest.n == 0)
      out->broken = 1;
    else
      skip(&rest, 1);
  } else {
    out->host = take_until(&rest, ":");
  }
  if (rest.n == 0)
    return;
  if (rest.p[0] != ':')
    out->broken = 1;
  skip(&rest, 1);
  out->port = rest;
}

void
uri_read(const uint8_t *text, size_t len, struct uri_split *out) {
  struct uri_span rest = {text, len};
  struct uri_span word;

  memset(out, 0, sizeof(*out));
  word = take_until(&rest, ":/?#");
  if (word.n > 0 && begins(&rest, ":")) {
    out->scheme = word;
    skip(&rest, 1);
    if (begins(&rest, "//")) {
      skip(&rest, 2);
      read_authority(take_until(&rest, "/?#"), out);
    }
  } else {
    rest.p = text;
    rest.n = len;
  }
  out->path = take_until(&rest, "?#");
  if (begins(&rest, "?")) {
    skip(&rest, 1);
    out->query = take_until(&rest, "#");
  }
  if (begins(&rest, "#")) {
    skip(&rest, 1);
    out->fragment = rest;
  }
}

static int
hex(uint8_t c) {
  static const char digits[] = "0123456789abcdef";
  const char *at = c != 0 ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

  return at != NULL ? (int)(at - digits) : -1;
}

static int
is_escape(struct uri_span s, size_t at) {
  return s.p[at] == '%' && s.n - at >= 3 && hex(s.p[at + 1]) >= 0 && hex(s.p[at + 2]) >= 0;
}

/* Nothing but unreserved characters, sub-delims, escapes and what `more` has (RFC 3986 2). */
static int
is_made_of(struct uri_span s, const char *more) {
  size_t i;

  for (i = 0; i < s.n; i++) {
    uint8_t c = s.p[i];
    int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

    if (!letter && !is_one_of(c, "-._~!$&'()*+,;=") && !is_one_of(c, more) && !is_escape(s, i))
      return 0;
  }
  return 1;
}

static int
is_ip6(struct uri_span s) {
  char text[64];
  struct in6_addr address;

  if (s.n >= sizeof(text) || !is_made_of(s, ":"))
    return 0;
  memcpy(text, s.p, s.n);
  text[s.n] = '\0';
  return inet_pton(AF_INET6, text, &address) == 1;
}

static int
is_strict_port(struct uri_span port) {
  unsigned long value = 0;
  size_t i;

  for (i = 0; i < port.n; i++) {
    if (port.p[i] < '0' || port.p[i] > '9')
      return 0;
    value = value * 10 + (unsigned long)(port.p[i] - '0');
    if (value > 65535)
      return 0;
  }
  return 1;
}

int
uri_is_strict_path(struct uri_span path) {
  return is_made_of(path, ":@/");
}

int
uri_is_strict_query(struct uri_span query) {
  return is_made_of(query, ":@/?");
}

int
uri_is_strict(const struct uri_split *u) {
  int bracketed = u->host.p != NULL && u->host.p[-1] == '[';

  return u->has_authority && !u->broken && u->host.n > 0 && u->fragment.p == NULL &&
         (bracketed ? is_ip6(u->host) : is_made_of(u->host, "")) && is_strict_port(u->port) &&
         uri_is_strict_path(u->path) && uri_is_strict_query(u->query);
}

long
uri_decode(struct uri_span from, uint8_t *to) {
  long used = 0;
  size_t i;

  for (i = 0; i < from.n; i++) {
    if (from.p[i] != '%') {
      to[used++] = from.p[i];
    } else if (is_escape(from, i)) {
      to[used++] = (uint8_t)(hex(from.p[i + 1]) * 16 + hex(from.p[i + 2]));
      i += 2;
    } else {
      return -1;
    }
  }
  return used;
}

/* All of `text` cut at `separator`, each piece decoded. */
static void
cut(struct uri_span text, char separator, struct uri_segments *out) {
  const char stops[] = {separator, '\0'};
  size_t used = 0;

  out->n = 0;
  out->broken = 0;
  for (;;) {
    struct uri_span piece = take_until(&text, stops);
    long length = uri_decode(piece, out->bytes + used);

    if (length < 0 || length > (long)URI_SEGMENT_MAX) {
      out->broken = 1;
      return;
    }
    out->start[out->n] = used;
    out->length[out->n++] = (size_t)length;
    used += (size_t)length;
    if (text.n == 0)
      return;
    skip(&text, 1);
  }
}

/* Escaped dots are dots (RFC 3986 6.2.2.2). Returns the new length. */
static size_t
unescape_dots(struct uri_span from, uint8_t *to) {
  size_t used = 0;
  size_t i;

  for (i = 0; i < from.n; i++) {
    if (is_escape(from, i) && hex(from.p[i + 1]) == 2 && hex(from.p[i + 2]) == 14) {
      to[used++] = '.';
      i += 2;
    } else {
      to[used++] = from.p[i];
    }
  }
  return used;
}

/* The buffers and the steps of RFC 3986 5.2.4, for an input that begins with a slash. */
static size_t
remove_dot_segments(struct uri_span in, uint8_t *out) {
  static const uint8_t slash[] = "/";
  size_t used = 0;

  while (in.n > 0) {
    int whole = (in.n == 2 && begins(&in, "/.")) || (in.n == 3 && begins(&in, "/.."));
    int up = begins(&in, "/../") || (in.n == 3 && begins(&in, "/.."));

    if (up || whole || begins(&in, "/./")) {
      skip(&in, up ? 3 : 2);
      if (whole)
        in = (struct uri_span){slash, 1};
      while (up && used > 0 && out[--used] != '/')
        ;
    } else {
      do {
        out[used++] = in.p[0];
        skip(&in, 1);
      } while (in.n > 0 && in.p[0] != '/');
    }
  }
  return used;
}

void
uri_path_segments(struct uri_span path, struct uri_segments *out) {
  static uint8_t dotted[URI_TEXT_MAX + 1];
  static uint8_t plain[URI_TEXT_MAX + 1];
  struct uri_span normal = {dotted, 1};
  struct uri_span rest = {plain, 0};

  cut(path, '/', out); /* what is broken or too long is so even where ".." takes it back */
  if (out->broken)
    return;
  dotted[0] = '/';
  normal.n += unescape_dots(path, dotted + 1);
  rest.n = remove_dot_segments(normal, plain);
  skip(&rest, 1);
  cut(rest, '/', out);
  if (rest.n == 0)
    out->n = 0;
}

void
uri_query_segments(struct uri_span query, struct uri_segments *out) {
  out->n = 0;
  out->broken = 0;
  if (query.n > 0)
    cut(query, '&', out);
}
