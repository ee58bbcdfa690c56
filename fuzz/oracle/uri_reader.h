/* uri_reader.h -- the harness's own reading of URIs, written from RFC 3986 and RFC 7252 6.4 alone:
 * which parts a text has, whether these keep to the grammar, which options they become. */
#ifndef FUZZ_ORACLE_URI_READER_H_
#define FUZZ_ORACLE_URI_READER_H_

#include <stddef.h>
#include <stdint.h>

#define URI_TEXT_MAX    4096U /* longest text that is read */
#define URI_SEGMENT_MAX 255U  /* RFC 7252 5.10 */

struct uri_span {
  const uint8_t *p; /* NULL: the part is not there */
  size_t n;
};

/* RFC 3986 appendix B, the authority cut further (3.2). */
struct uri_split {
  struct uri_span scheme, host, port, path, query, fragment;
  int has_authority;
  int broken; /* the authority is no host with a port */
};

struct uri_segments {
  unsigned int n;
  int broken; /* no options can be made of it */
  size_t start[URI_TEXT_MAX + 3];
  size_t length[URI_TEXT_MAX + 3];
  uint8_t bytes[URI_TEXT_MAX];
};

void uri_read(const uint8_t *text, size_t len, struct uri_split *out);

/* The text keeps to the grammar of an http-like URI without fragment (RFC 3986 3, RFC 7252 6.1). */
int uri_is_strict(const struct uri_split *u);

/* The same for a path and a query alone. */
int uri_is_strict_path(struct uri_span path);
int uri_is_strict_query(struct uri_span query);

/* Percent-decodes (RFC 3986 2.1) into `to`, which has room for all of `from`. -1: broken. */
long uri_decode(struct uri_span from, uint8_t *to);

/* Values of the Uri-Path options for a path whose first slash is left out, of the Uri-Query options
 * for a query (RFC 7252 6.4 steps 8 and 9). */
void uri_path_segments(struct uri_span path, struct uri_segments *out);
void uri_query_segments(struct uri_span query, struct uri_segments *out);

#endif /* FUZZ_ORACLE_URI_READER_H_ */
