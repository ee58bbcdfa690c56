/* link_filter.c -- "name=value" against a link's target and attributes; a closing '*' matches any
 * rest (RFC 6690 4.1). */
#include "exchange/link_filter.h"

#include <string.h>

typedef struct text_t {
  const uint8_t *s;
  size_t length;
} text_t;

static int
text_is(text_t text, const char *word) {
  return text.length == strlen(word) && memcmp(text.s, word, text.length) == 0;
}

/* `value` as a whole against `pattern`. */
static int
value_matches(text_t value, text_t pattern) {
  int is_prefix = pattern.length && pattern.s[pattern.length - 1] == '*';

  if (is_prefix)
    pattern.length--;
  if (is_prefix ? value.length < pattern.length : value.length != pattern.length)
    return 0;
  return pattern.length == 0 || memcmp(value.s, pattern.s, pattern.length) == 0;
}

/* One of the values that spaces part. */
static int
any_value_matches(text_t values, text_t pattern) {
  size_t start = 0;

  for (size_t i = 0; i <= values.length; i++) {
    text_t one = {values.s + start, i - start};

    if (i < values.length && values.s[i] != ' ')
      continue;
    if (one.length && value_matches(one, pattern))
      return 1;
    start = i + 1;
  }
  return 0;
}

/* RFC 6690 3: these hold lists. */
static int
is_list(text_t name) {
  return text_is(name, "rt") || text_is(name, "if") || text_is(name, "rel") ||
         text_is(name, "rev") || text_is(name, "ct");
}

static text_t
without_quotes(text_t value) {
  if (value.length >= 2 && value.s[0] == '"' && value.s[value.length - 1] == '"') {
    value.s++;
    value.length -= 2;
  }
  return value;
}

static int
attribute_matches(const coap_resource_t *resource, text_t name, text_t pattern) {
  const coap_attr_t *attribute;

  for (attribute = resource->attributes; attribute; attribute = attribute->next) {
    text_t value = {NULL, 0};

    if (attribute->name->length != name.length ||
        memcmp(attribute->name->s, name.s, name.length) != 0)
      continue;
    if (attribute->value)
      value = without_quotes((text_t){attribute->value->s, attribute->value->length});
    if (value_matches(value, pattern) || (is_list(name) && any_value_matches(value, pattern)))
      return 1;
  }
  return 0;
}

/* The target is "/" and the path. */
static int
target_matches(const coap_resource_t *resource, text_t pattern) {
  text_t path = {resource->path->s, resource->path->length};

  if (pattern.length == 0 || pattern.s[0] != '/')
    return text_is(pattern, "*");
  pattern.s++;
  pattern.length--;
  return value_matches(path, pattern);
}

static int
query_matches(const coap_resource_t *resource, text_t query) {
  const uint8_t *equals = query.length ? memchr(query.s, '=', query.length) : NULL;
  text_t name = {query.s, equals ? (size_t)(equals - query.s) : query.length};
  text_t pattern = {(const uint8_t *)"*", 1};

  if (equals) {
    pattern.s = equals + 1;
    pattern.length = query.length - name.length - 1;
  }
  if (text_is(name, "href"))
    return target_matches(resource, pattern);
  /* The link shows these without their being among the attributes (RFC 7641 6, RFC 8613 9). */
  if ((text_is(name, "obs") && resource->observable) ||
      (text_is(name, "osc") && (resource->flags & COAP_RESOURCE_FLAGS_OSCORE_ONLY)))
    return !equals || pattern.length == 0 || text_is(pattern, "*");
  return name.length && attribute_matches(resource, name, pattern);
}

int
coap_link_matches(const coap_resource_t *resource, const coap_pdu_t *request) {
  coap_opt_filter_t queries;
  coap_opt_iterator_t oi;
  coap_opt_t *option;

  coap_option_filter_clear(&queries);
  coap_option_filter_set(&queries, COAP_OPTION_URI_QUERY);
  coap_option_iterator_init(request, &oi, &queries);
  while ((option = coap_option_next(&oi))) {
    text_t query = {coap_opt_value(option), coap_opt_length(option)};

    if (query.length && !query_matches(resource, query))
      return 0;
  }
  return 1;
}
