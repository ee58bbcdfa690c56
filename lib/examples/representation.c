/* representation.c -- what a resource is made of, and how requests ask for it (RFC 7252 5.10). */
#include "representation.h"

#include <stdlib.h>
#include <string.h>

int
representation_set(representation_t *content, const uint8_t *body, size_t length, uint16_t format) {
  uint8_t *copy = malloc(length ? length : 1);

  if (!copy)
    return 0;
  if (length)
    memcpy(copy, body, length);
  free(content->body);
  content->body = copy;
  content->length = length;
  content->format = format;
  return 1;
}

void
representation_clear(representation_t *content) {
  free(content->body);
  memset(content, 0, sizeof(*content));
}

uint64_t
representation_etag(const representation_t *content) {
  /* FNV-1a: stable over restarts, which a counter would not be. */
  const uint64_t prime = UINT64_C(0x100000001b3);
  uint64_t hash = UINT64_C(0xcbf29ce484222325);

  hash = (hash ^ content->format) * prime;
  for (size_t i = 0; i < content->length; i++)
    hash = (hash ^ content->body[i]) * prime;
  return hash ? hash : 1;
}

/* Looks for the content's entity tag among the values of a repeatable option. */
static int
has_etag(const coap_pdu_t *request, coap_option_num_t number, const representation_t *content,
         int *seen, int *has_empty) {
  uint8_t wanted[8];
  size_t length =
      content ? coap_encode_var_safe8(wanted, sizeof(wanted), representation_etag(content)) : 0;
  coap_opt_iterator_t it;
  coap_opt_filter_t filter;
  coap_opt_t *option;
  int found = 0;

  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, number);
  coap_option_iterator_init(request, &it, &filter);
  while ((option = coap_option_next(&it))) {
    *seen = 1;
    if (coap_opt_length(option) == 0)
      *has_empty = 1;
    else if (coap_opt_length(option) == length &&
             memcmp(coap_opt_value(option), wanted, length) == 0)
      found = 1;
  }
  return found;
}

int
request_conditions_hold(const coap_pdu_t *request, const representation_t *content) {
  coap_opt_iterator_t it;
  int seen = 0;
  int any = 0;
  int matches = has_etag(request, COAP_OPTION_IF_MATCH, content, &seen, &any);

  /* An empty If-Match asks for existence only. */
  if (seen && !matches && !(any && content))
    return 0;
  return !content || !coap_check_option(request, COAP_OPTION_IF_NONE_MATCH, &it);
}

int
request_knows(const coap_pdu_t *request, const representation_t *content) {
  int seen = 0;
  int any = 0;

  return has_etag(request, COAP_OPTION_ETAG, content, &seen, &any);
}

static int
uint_option(const coap_pdu_t *request, coap_option_num_t number) {
  coap_opt_iterator_t it;
  coap_opt_t *option = coap_check_option(request, number, &it);

  return option ? (int)coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : -1;
}

int
request_accept(const coap_pdu_t *request) {
  return uint_option(request, COAP_OPTION_ACCEPT);
}

int
request_accepts(const coap_pdu_t *request, uint16_t format) {
  int wanted = request_accept(request);

  return wanted < 0 || wanted == format;
}

/* Number of bytes that must follow a UTF-8 lead byte, -1 for what leads nothing. */
static int
utf8_tail(uint8_t lead) {
  if (lead < 0x80)
    return 0;
  if (lead >= 0xc2 && lead < 0xe0)
    return 1;
  if (lead >= 0xe0 && lead < 0xf0)
    return 2;
  return lead >= 0xf0 && lead < 0xf5 ? 3 : -1;
}

static int
is_text(const uint8_t *body, size_t length) {
  for (size_t i = 0; i < length; i++) {
    int tail = utf8_tail(body[i]);

    if (tail < 0 || (size_t)tail >= length - i)
      return 0;
    if (body[i] < 0x20 && body[i] != '\t' && body[i] != '\n' && body[i] != '\r')
      return 0;
    while (tail--) {
      if ((body[++i] & 0xc0) != 0x80)
        return 0;
    }
  }
  return 1;
}

uint16_t
request_format(const coap_pdu_t *request, const uint8_t *body, size_t length) {
  int format = uint_option(request, COAP_OPTION_CONTENT_FORMAT);

  if (format >= 0)
    return (uint16_t)format;
  return is_text(body, length) ? COAP_MEDIATYPE_TEXT_PLAIN
                               : COAP_MEDIATYPE_APPLICATION_OCTET_STREAM;
}
