/* resources_stored.c -- resources that clients change: /test, /validate, /location-query. */
#include "server.h"

#include <stdio.h>
#include <string.h>

static const char test_text[] = "a text that GET, POST, PUT and DELETE are meant for";
static const char validate_text[] = "a text that its entity tag stands for";

static const char location_path[] = "location1/location2/location3";

/* Makes or replaces /location1/location2/location3 (TD_COAP_CORE_18). 2.01, 2.04, or 0 when out of
 * memory. */
static coap_pdu_code_t
put_location(server_t *server, const uint8_t *body, size_t length, uint16_t format) {
  coap_str_const_t path = {sizeof(location_path) - 1, (const uint8_t *)location_path};
  coap_resource_t *existing = coap_get_resource_from_uri_path(server->context, &path);

  if (existing)
    return representation_set(&node_of(existing)->content, body, length, format)
               ? COAP_RESPONSE_CODE_CHANGED
               : COAP_EMPTY_CODE;
  return dynamic_create(server, location_path, path.length, body, length, format, 0)
             ? COAP_RESPONSE_CODE_CREATED
             : COAP_EMPTY_CODE;
}

/* The answer counts the executions, so that a duplicate which was executed twice shows. */
static void
test_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  static const char *const location[] = {"location1", "location2", "location3", NULL};
  node_t *node = node_of(resource);
  char text[32];
  const uint8_t *body;
  coap_pdu_code_t code;
  size_t length;

  (void)session;
  (void)query;
  if (!answer_takes_body(request, response, &body, &length) ||
      !answer_conditions(request, response, &node->content))
    return;
  code = put_location(node->server, body, length, request_format(request, body, length));
  if (code == COAP_EMPTY_CODE) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  node->posts++;
  if (code == COAP_RESPONSE_CODE_CREATED)
    answer_location(response, COAP_OPTION_LOCATION_PATH, location);
  snprintf(text, sizeof(text), "post %u", node->posts);
  answer_text(response, code, text);
}

static void
location_query_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                    const coap_string_t *query, coap_pdu_t *response) {
  static const char *const path[] = {"location-query", NULL};
  static const char *const arguments[] = {"first=1", "second=2", NULL};
  node_t *node = node_of(resource);
  const uint8_t *body;
  size_t length;

  (void)session;
  (void)query;
  if (!answer_takes_body(request, response, &body, &length))
    return;
  if (!representation_set(&node->content, body, length, request_format(request, body, length))) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
  answer_location(response, COAP_OPTION_LOCATION_PATH, path);
  answer_location(response, COAP_OPTION_LOCATION_QUERY, arguments);
}

int
resources_add_stored(server_t *server) {
  coap_resource_t *test = node_resource(server, "test", test_text, COAP_MEDIATYPE_TEXT_PLAIN, 0);
  coap_resource_t *validate =
      test ? node_resource(server, "validate", validate_text, COAP_MEDIATYPE_TEXT_PLAIN, 0) : NULL;
  coap_resource_t *query = validate ? node_resource(server, "location-query", "nothing posted yet",
                                                    COAP_MEDIATYPE_TEXT_PLAIN, 0)
                                    : NULL;

  if (test) {
    coap_register_request_handler(test, COAP_REQUEST_POST, test_post);
    coap_register_request_handler(test, COAP_REQUEST_PUT, node_put);
    coap_register_request_handler(test, COAP_REQUEST_DELETE, node_delete);
    coap_resource_set_get_observable(test, 1);
    coap_add_resource(server->context, test);
  }
  if (validate) {
    coap_register_request_handler(validate, COAP_REQUEST_PUT, node_put);
    coap_register_request_handler(validate, COAP_REQUEST_DELETE, node_delete);
    coap_add_resource(server->context, validate);
  }
  if (query) {
    coap_register_request_handler(query, COAP_REQUEST_POST, location_query_post);
    coap_add_resource(server->context, query);
  }
  return query != NULL;
}
