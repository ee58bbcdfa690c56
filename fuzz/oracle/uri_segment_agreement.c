/* uri_segment_agreement.c -- see uri_agreement.h: paths and queries in segments, and back. */
#include "oracle/oracle.h"
#include "oracle/uri_agreement.h"
#include "oracle/uri_reader.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_SIZE 65000U /* has room for every URI that is read */

enum { OPTION_PATH = 11, OPTION_QUERY = 15 };

static const char name[] = "uri-agreement";

static void
differ(const char *section, const char *what) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  oracle_violated(name, section, &o, "the library and the harness see another %s", what);
}

/* The text of a path or query is made of URI characters alone and becomes the same options. */
static void
check_written(coap_string_t *text, const coap_pdu_t *pdu, uint16_t number) {
  static uint8_t parts[2 * REQUEST_SIZE];
  size_t room = sizeof(parts);
  struct uri_span span = {text->s, text->length};
  coap_opt_filter_t filter;
  coap_opt_iterator_t it;
  const coap_opt_t *option;
  coap_option_t part;
  size_t at = 0;
  int n = number == OPTION_PATH ? coap_split_path(text->s, text->length, parts, &room)
                                : coap_split_query(text->s, text->length, parts, &room);

  if (!(number == OPTION_PATH ? uri_is_strict_path(span) : uri_is_strict_query(span)))
    differ("RFC 7252 6.5", "character that has to be escaped");
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, number);
  coap_option_iterator_init(pdu, &it, &filter);
  while ((option = coap_option_next(&it)) != NULL) {
    size_t size = n > 0 && at < room ? coap_opt_parse(parts + at, room - at, &part) : 0;

    if (size == 0 || part.length != coap_opt_length(option) ||
        (part.length > 0 && memcmp(part.value, coap_opt_value(option), part.length) != 0)) {
      differ("RFC 7252 6.5", "option when its text is read again");
      break;
    }
    at += size;
    n--;
  }
  if (n != 0 || at != room)
    differ("RFC 7252 6.5", "number of options when their text is read again");
  coap_delete_string(text);
}

void
uri_agreement_request(coap_optlist_t **chain, int has_query) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, REQUEST_SIZE);
  coap_string_t *query;

  if (pdu == NULL || !coap_add_optlist_pdu(pdu, chain)) {
    differ("coap_uri(3)", "request: it takes the options");
  } else {
    check_written(coap_get_uri_path(pdu), pdu, OPTION_PATH);
    query = coap_get_query(pdu);
    if ((query != NULL) != has_query)
      differ("coap_uri(3)", "query");
    if (query != NULL)
      check_written(query, pdu, OPTION_QUERY);
  }
  coap_delete_pdu(pdu);
}

typedef int (*split_fn)(const uint8_t *text, size_t length, unsigned char *buf, size_t *buflen);

static void
same_segments(const uint8_t *parts, size_t used, const struct uri_segments *s) {
  coap_option_t part;
  size_t at = 0;
  unsigned int i;

  for (i = 0; i < s->n; i++) {
    size_t size = at < used ? coap_opt_parse(parts + at, used - at, &part) : 0;

    if (size == 0 || part.delta != 0 || part.length != s->length[i] ||
        (part.length > 0 && memcmp(part.value, s->bytes + s->start[i], part.length) != 0)) {
      differ("RFC 7252 6.4", "segment");
      return;
    }
    at += size;
  }
  if (at != used)
    differ("RFC 7252 6.4", "end of the segments");
}

/* In `room` bytes exactly. `enough`: nothing may be missing. */
static void
check_room(struct uri_span text, const struct uri_segments *s, split_fn split, size_t room,
           int enough) {
  unsigned char *exact = malloc(room > 0 ? room : 1); /* so that a write past it is seen */
  size_t used = room;
  int n;

  if (exact == NULL)
    abort();
  n = split(text.p, text.n, exact, &used);
  if (n >= 0 ? (unsigned int)n != s->n || used > room : enough)
    differ("coap_uri(3)", "need of room");
  free(exact);
}

static unsigned int
pieces(struct uri_span text, char separator) {
  unsigned int n = text.n > 0;
  size_t i;

  for (i = 0; i < text.n; i++)
    n += text.p[i] == separator;
  return n;
}

static void
check_split(struct uri_span text, unsigned int in_pieces, const struct uri_segments *s,
            split_fn split) {
  static unsigned char parts[3 * URI_TEXT_MAX + 8];
  size_t used = sizeof(parts);
  int n = split(text.p, text.n, parts, &used);

  if ((n < 0) != s->broken || (n >= 0 && (unsigned int)n != s->n)) {
    differ("RFC 7252 6.4", "number of segments");
    return;
  }
  if (n < 0)
    return;
  same_segments(parts, used, s);
  /* What ".." takes back needs room for a while. */
  check_room(text, s, split, used, s->n == in_pieces);
  if (used > 0)
    check_room(text, s, split, used - 1, 0);
}

static struct uri_span
up_to(const uint8_t *text, size_t len, const char *stops) {
  struct uri_span span = {text, 0};

  while (span.n < len && (text[span.n] == 0 || strchr(stops, text[span.n]) == NULL))
    span.n++;
  return span;
}

void
uri_agreement_path(const uint8_t *text, size_t len) {
  static struct uri_segments s;
  struct uri_span whole = {text, len};
  struct uri_span path = up_to(text, len, "?#");

  uri_path_segments(path, &s);
  check_split(whole, pieces(path, '/'), &s, coap_split_path);
}

void
uri_agreement_query(const uint8_t *text, size_t len) {
  static struct uri_segments s;
  struct uri_span whole = {text, len};
  struct uri_span query = up_to(text, len, "#");

  uri_query_segments(query, &s);
  check_split(whole, pieces(query, '&'), &s, coap_split_query);
}

/* Dots cannot be said in a path (RFC 7252 5.10.1). */
static int
can_be_written(const uint8_t *value, size_t len, int is_query) {
  return is_query || len == 0 || len > 2 || value[0] != '.' || value[len - 1] != '.';
}

void
uri_agreement_options(const uint8_t *text, size_t len, int is_query) {
  uint16_t number = is_query ? OPTION_QUERY : OPTION_PATH;
  coap_optlist_t *chain = NULL;

  while (len > 0) {
    size_t n = text[0] < len ? text[0] : len - 1;

    if (can_be_written(text + 1, n, is_query))
      coap_insert_optlist(&chain, coap_new_optlist(number, n, text + 1));
    text += 1 + n;
    len -= 1 + n;
  }
  /* One that is empty alone reads as none. */
  if (chain == NULL || chain->next != NULL || chain->length > 0)
    uri_agreement_request(&chain, is_query && chain != NULL);
  coap_delete_optlist(chain);
}
