/* http_head.c -- lines, fields and lists of HTTP. */
#include "wire/http_head.h"

#include "seams/memory.h"

#include <string.h>
#include <strings.h>

enum { LINE_FIRST_ROOM = 128 };

void
coap_http_head_init(coap_http_head_t *head) {
  memset(head, 0, sizeof(*head));
}

void
coap_http_head_clear(coap_http_head_t *head) {
  coap_mem_free(head->line);
  coap_http_head_init(head);
}

static int
reserve(coap_http_head_t *head) {
  size_t room = head->room ? 2 * head->room : LINE_FIRST_ROOM;
  char *line;

  if (head->used < head->room)
    return 1;
  line = coap_mem_realloc(head->line, room);
  if (!line)
    return 0;
  head->line = line;
  head->room = room;
  return 1;
}

/* One byte more. OK when it ends the line. */
static coap_wire_status_t
add_byte(coap_http_head_t *head, uint8_t byte) {
  int after_cr = head->used && head->line[head->used - 1] == '\r';

  if (head->total == COAP_HTTP_HEAD_MAX)
    return COAP_WIRE_MALFORMED;
  if ((byte == '\n') != after_cr)
    return COAP_WIRE_MALFORMED;
  if ((byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7f)
    return COAP_WIRE_MALFORMED;
  if (byte == '\n') {
    head->total++;
    head->used--;
    return COAP_WIRE_OK;
  }
  if (!reserve(head))
    return COAP_WIRE_NO_MEMORY;
  head->total++;
  head->line[head->used++] = (char)byte;
  return COAP_WIRE_MORE;
}

coap_wire_status_t
coap_http_read_line(coap_http_head_t *head, const uint8_t *data, size_t length, size_t *used,
                    coap_http_text_t *line) {
  if (head->complete)
    head->used = 0;
  head->complete = 0;
  for (*used = 0; *used < length; ++*used) {
    coap_wire_status_t status = add_byte(head, data[*used]);

    if (status == COAP_WIRE_OK) {
      ++*used;
      line->s = head->line;
      line->length = head->used;
      head->complete = 1;
    }
    if (status != COAP_WIRE_MORE)
      return status;
  }
  return COAP_WIRE_MORE;
}

coap_http_text_t
coap_http_cut(coap_http_text_t *rest, char separator) {
  coap_http_text_t part = *rest;
  const char *end = rest->length ? memchr(rest->s, separator, rest->length) : NULL;

  if (end) {
    part.length = (size_t)(end - rest->s);
    rest->s = end + 1;
    rest->length -= part.length + 1;
  } else {
    rest->length = 0;
  }
  return part;
}

static int
is_space(char c) {
  return c == ' ' || c == '\t';
}

coap_http_text_t
coap_http_trim(coap_http_text_t text) {
  while (text.length && is_space(text.s[0])) {
    text.s++;
    text.length--;
  }
  while (text.length && is_space(text.s[text.length - 1]))
    text.length--;
  return text;
}

/* RFC 9110 5.6.2: what names are made of. */
static int
is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c && strchr("!#$%&'*+-.^_`|~", c));
}

int
coap_http_split_field(coap_http_text_t line, coap_http_text_t *name, coap_http_text_t *value) {
  coap_http_text_t rest = line;

  *name = coap_http_cut(&rest, ':');
  if (!name->length || name->length == line.length)
    return 0;
  for (size_t i = 0; i < name->length; i++) {
    if (!is_token_char(name->s[i]))
      return 0;
  }
  *value = coap_http_trim(rest);
  return 1;
}

int
coap_http_is(coap_http_text_t text, const char *word) {
  return text.length == strlen(word) && !strncmp(text.s, word, text.length);
}

int
coap_http_is_nocase(coap_http_text_t text, const char *word) {
  return text.length == strlen(word) && !strncasecmp(text.s, word, text.length);
}

int
coap_http_list_has(coap_http_text_t list, const char *word,
                   int (*is)(coap_http_text_t text, const char *word)) {
  while (list.length) {
    if (is(coap_http_trim(coap_http_cut(&list, ',')), word))
      return 1;
  }
  return 0;
}
