/* resources_dynamic.c -- resources that clients make: PUT to a path that is not there, /create1
 * among them (RFC 7252 5.8.3). */
#include "server.h"

#include <string.h>

enum { DYNAMIC_PATH_MAX = 255 };

static const char create_path[] = "create1";

coap_resource_t *
dynamic_create(server_t *server, const char *path, size_t path_length, const uint8_t *body,
               size_t length, uint16_t format, int counted) {
  node_t *node = node_new(server, NULL, body, length, format);
  coap_str_const_t *name = coap_new_str_const((const uint8_t *)path, path_length);
  coap_resource_t *resource =
      node && name ? coap_resource_init(name, COAP_RESOURCE_FLAGS_RELEASE_URI) : NULL;

  if (!resource) {
    coap_delete_str_const(name);
    node_free(node);
    return NULL;
  }
  node->counted = counted != 0;
  server->dynamic_count += node->counted;
  coap_resource_set_userdata(resource, node);
  coap_register_request_handler(resource, COAP_REQUEST_GET, node_get);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, node_put);
  coap_register_request_handler(resource, COAP_REQUEST_DELETE, node_delete);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server->context, resource);
  return resource;
}

void
dynamic_delete(server_t *server, coap_resource_t *resource) {
  server->dynamic_count -= node_of(resource)->counted;
  coap_delete_resource(server->context, resource);
}

/* 1 when `path` may be made; answered otherwise. */
static int
may_create(const server_t *server, const coap_string_t *path, int counted, coap_pdu_t *response) {
  if (path->length == 0 || path->length > DYNAMIC_PATH_MAX) {
    answer_error(response, COAP_RESPONSE_CODE_BAD_REQUEST, "not a path for a new resource");
    return 0;
  }
  if (counted && server->dynamic_count >= server->options->dynamic_max) {
    answer_error(response, COAP_RESPONSE_CODE_FORBIDDEN, "no room for another resource");
    return 0;
  }
  return 1;
}

static void
unknown_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
            const coap_string_t *query, coap_pdu_t *response) {
  server_t *server = coap_get_app_data(coap_session_get_context(session));
  coap_string_t *path;
  const uint8_t *body;
  size_t length;
  int counted;

  (void)resource;
  (void)query;
  if (!answer_takes_body(request, response, &body, &length))
    return;
  if (!request_conditions_hold(request, NULL)) {
    answer_error(response, COAP_RESPONSE_CODE_PRECONDITION_FAILED, "no such resource");
    return;
  }
  path = coap_get_uri_path(request);
  if (!path) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  /* The plugtest resource is there for the making, whatever -d says. */
  counted =
      path->length != sizeof(create_path) - 1 || memcmp(path->s, create_path, path->length) != 0;
  if (may_create(server, path, counted, response)) {
    if (dynamic_create(server, (const char *)path->s, path->length, body, length,
                       request_format(request, body, length), counted))
      coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
    else
      answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
  }
  coap_delete_string(path);
}

int
resources_add_dynamic(server_t *server) {
  coap_resource_t *resource = coap_resource_unknown_init(unknown_put);

  if (!resource)
    return 0;
  coap_add_resource(server->context, resource);
  return 1;
}
