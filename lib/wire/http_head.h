/* http_head.h -- the head of an HTTP/1.1 message (RFC 9112), line by line, strictly: lines end with
 * CR LF, nothing is folded, no control characters. */
#ifndef COAP_WIRE_HTTP_HEAD_H_
#define COAP_WIRE_HTTP_HEAD_H_

#include "wire/status.h"

#include <stddef.h>
#include <stdint.h>

enum { COAP_HTTP_HEAD_MAX = 8 * 1024 };

/* Part of a line; not terminated. */
typedef struct coap_http_text_t {
  const char *s;
  size_t length;
} coap_http_text_t;

typedef struct coap_http_head_t {
  char *line; /* so far, or the last complete one, CR LF cut off */
  size_t used;
  size_t room;
  size_t total; /* bytes of the head so far */
  int complete; /* `line` is to be begun anew */
} coap_http_head_t;

void coap_http_head_init(coap_http_head_t *head);
void coap_http_head_clear(coap_http_head_t *head);

/* Reads on, to the end of a line at most; *used bytes are taken. OK: *line is a line, borrowed
 * until the next call, the one that ends the head being empty. MALFORMED: more than
 * COAP_HTTP_HEAD_MAX in all, a CR or LF alone, or a control character. */
coap_wire_status_t coap_http_read_line(coap_http_head_t *head, const uint8_t *data, size_t length,
                                       size_t *used, coap_http_text_t *line);

/* Splits a line into a field's name and its value without the white space around it. 0: it is no
 * field. */
int coap_http_split_field(coap_http_text_t line, coap_http_text_t *name, coap_http_text_t *value);

/* Takes the part of `rest` up to `separator`, or to the end, out of it. */
coap_http_text_t coap_http_cut(coap_http_text_t *rest, char separator);

/* Without spaces and tabs at either end. */
coap_http_text_t coap_http_trim(coap_http_text_t text);

int coap_http_is(coap_http_text_t text, const char *word);

/* ... whatever the case of its letters. */
int coap_http_is_nocase(coap_http_text_t text, const char *word);

/* Whether the comma-separated list has `word`. */
int coap_http_list_has(coap_http_text_t list, const char *word,
                       int (*is)(coap_http_text_t text, const char *word));

#endif /* COAP_WIRE_HTTP_HEAD_H_ */
