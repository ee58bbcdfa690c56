/* resources_plain.c -- resources that only give content: /, /seg1/seg2/seg3, /query, /multi-format,
 * /alternate, /link1..3, /path and below. */
#include "server.h"

#include <stdio.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 3, QUERY_TEXT_MAX = 1024 };

static const char plain_text[] = "one thing in two formats";
static const char xml_text[] = "<?xml version=\"1.0\"?>\n<thing>one thing in two formats</thing>\n";

typedef struct plain_t {
  const char *path;
  const char *text;
  uint16_t format;
  struct {
    const char *name;
    const char *value; /* as written in a link, quotes included (RFC 6690 2) */
  } attributes[ATTRIBUTES_MAX];
} plain_t;

static const plain_t plain_resources[] = {
    {"",
     "coapspec-server: a CoAP server with the plugtest resources, listed in /.well-known/core\n",
     COAP_MEDIATYPE_TEXT_PLAIN,
     {{"ct", "0"}, {"title", "\"about\""}}},
    {"seg1/seg2/seg3", "three segments", COAP_MEDIATYPE_TEXT_PLAIN, {{"ct", "0"}}},
    {"alternate",
     xml_text,
     COAP_MEDIATYPE_APPLICATION_XML,
     {{"ct", "41"}, {"rel", "\"alternate\""}, {"anchor", "\"/multi-format\""}}},
    {"link1",
     "link 1",
     COAP_MEDIATYPE_TEXT_PLAIN,
     {{"rt", "\"Type1 Type2\""}, {"if", "\"If1\""}, {"ct", "0"}}},
    {"link2",
     "link 2",
     COAP_MEDIATYPE_TEXT_PLAIN,
     {{"rt", "\"Type2 Type3\""}, {"if", "\"If2\""}, {"ct", "0"}}},
    {"link3",
     "link 3",
     COAP_MEDIATYPE_TEXT_PLAIN,
     {{"rt", "\"Type1 Type3\""}, {"if", "\"foo\""}, {"ct", "0"}}},
    {"path",
     "</path/sub1>,</path/sub2>,</path/sub3>",
     COAP_MEDIATYPE_APPLICATION_LINK_FORMAT,
     {{"ct", "40"}}},
    {"path/sub1", "/path/sub1", COAP_MEDIATYPE_TEXT_PLAIN, {{"ct", "0"}}},
    {"path/sub2", "/path/sub2", COAP_MEDIATYPE_TEXT_PLAIN, {{"ct", "0"}}},
    {"path/sub3", "/path/sub3", COAP_MEDIATYPE_TEXT_PLAIN, {{"ct", "0"}}},
};

static int
add_plain(server_t *server, const plain_t *plain) {
  coap_resource_t *resource = node_resource(server, plain->path, plain->text, plain->format, 0);

  if (!resource)
    return 0;
  for (size_t i = 0; i < ATTRIBUTES_MAX && plain->attributes[i].name; i++)
    coap_add_attr(resource, coap_make_str_const(plain->attributes[i].name),
                  coap_make_str_const(plain->attributes[i].value), 0);
  coap_add_resource(server->context, resource);
  return 1;
}

/* Echoes the query, one argument to a line. Each Uri-Query option is one argument, whatever
 * characters it holds (RFC 7252 5.10.1), so the options are read and not their joined form. */
static void
query_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  uint8_t text[QUERY_TEXT_MAX];
  representation_t content = {text, 0, COAP_MEDIATYPE_TEXT_PLAIN};
  coap_opt_iterator_t it;
  coap_opt_filter_t filter;
  coap_opt_t *option;

  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
  coap_option_iterator_init(request, &it, &filter);
  while ((option = coap_option_next(&it))) {
    size_t length = coap_opt_length(option);

    if (content.length + length + 1 > sizeof(text)) {
      answer_error(response, COAP_RESPONSE_CODE_BAD_REQUEST, "the query is too long for this");
      return;
    }
    if (length)
      memcpy(text + content.length, coap_opt_value(option), length);
    content.length += length;
    text[content.length++] = '\n';
  }
  if (!content.length)
    content.length = (size_t)snprintf((char *)text, sizeof(text), "no query\n");
  answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CONTENT, &content);
}

static int
add_query(server_t *server) {
  coap_resource_t *resource = node_resource(server, "query", "", COAP_MEDIATYPE_TEXT_PLAIN, 0);

  if (!resource)
    return 0;
  coap_register_request_handler(resource, COAP_REQUEST_GET, query_get);
  coap_add_attr(resource, coap_make_str_const("ct"), coap_make_str_const("0"), 0);
  coap_add_resource(server->context, resource);
  return 1;
}

static void
multi_format_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                 const coap_string_t *query, coap_pdu_t *response) {
  representation_t xml = {(uint8_t *)(uintptr_t)xml_text, sizeof(xml_text) - 1,
                          COAP_MEDIATYPE_APPLICATION_XML};
  const representation_t *content = request_accept(request) == COAP_MEDIATYPE_APPLICATION_XML
                                        ? &xml
                                        : &node_of(resource)->content;

  answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CONTENT, content);
}

static int
add_multi_format(server_t *server) {
  coap_resource_t *resource =
      node_resource(server, "multi-format", plain_text, COAP_MEDIATYPE_TEXT_PLAIN, 0);

  if (!resource)
    return 0;
  coap_register_request_handler(resource, COAP_REQUEST_GET, multi_format_get);
  coap_add_attr(resource, coap_make_str_const("ct"), coap_make_str_const("\"0 41\""), 0);
  coap_add_resource(server->context, resource);
  return 1;
}

int
resources_add_plain(server_t *server) {
  for (size_t i = 0; i < sizeof(plain_resources) / sizeof(plain_resources[0]); i++) {
    if (!add_plain(server, &plain_resources[i]))
      return 0;
  }
  return add_query(server) && add_multi_format(server);
}
