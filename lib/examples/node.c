/* node.c -- resources with one stored representation: GET, PUT, DELETE (RFC 7252 5.8). */
#include "server.h"

#include <stdlib.h>
#include <string.h>

node_t *
node_new(server_t *server, const char *initial, const uint8_t *body, size_t length,
         uint16_t format) {
  node_t *node = calloc(1, sizeof(*node));

  if (!node)
    return NULL;
  node->server = server;
  node->initial = initial;
  if (!representation_set(&node->content, body, length, format)) {
    free(node);
    return NULL;
  }
  return node;
}

void
node_free(void *data) {
  node_t *node = data;

  if (!node)
    return;
  representation_clear(&node->content);
  free(node);
}

node_t *
node_of(const coap_resource_t *resource) {
  /* 4.3 declares the parameter without const. */
  return coap_resource_get_userdata((coap_resource_t *)(uintptr_t)resource);
}

coap_resource_t *
node_resource(server_t *server, const char *path, const char *text, uint16_t format, int flags) {
  node_t *node = node_new(server, text, (const uint8_t *)text, strlen(text), format);
  coap_resource_t *resource;

  if (!node)
    return NULL;
  resource = coap_resource_init(coap_make_str_const(path), flags);
  if (!resource) {
    node_free(node);
    return NULL;
  }
  coap_resource_set_userdata(resource, node);
  coap_register_request_handler(resource, COAP_REQUEST_GET, node_get);
  return resource;
}

void
node_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CONTENT,
                 &node_of(resource)->content);
}

void
node_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  node_t *node = node_of(resource);
  const uint8_t *body;
  size_t length;
  uint16_t format;

  if (!answer_takes_body(request, response, &body, &length) ||
      !answer_conditions(request, response, &node->content))
    return;
  format = request_format(request, body, length);
  if (node->server->options->echo && !request_accepts(request, format)) {
    answer_error(response, COAP_RESPONSE_CODE_NOT_ACCEPTABLE, "the echo has another format");
    return;
  }
  if (!representation_set(&node->content, body, length, format)) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  coap_log_info("PUT: %zu bytes of format %u\n", length, (unsigned int)node->content.format);
  coap_resource_notify_observers(resource, NULL);
  if (node->server->options->echo)
    answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CHANGED,
                   &node->content);
  else
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

void
node_delete(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
            const coap_string_t *query, coap_pdu_t *response) {
  node_t *node = node_of(resource);

  (void)session;
  (void)query;
  if (!answer_conditions(request, response, &node->content))
    return;
  if (node->initial) {
    /* One client's DELETE must not take a plugtest resource from the next client. */
    if (!representation_set(&node->content, (const uint8_t *)node->initial, strlen(node->initial),
                            COAP_MEDIATYPE_TEXT_PLAIN)) {
      answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
      return;
    }
    coap_resource_notify_observers(resource, NULL);
  } else {
    dynamic_delete(node->server, resource);
  }
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_DELETED);
}
