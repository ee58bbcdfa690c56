/* resources_large.c -- bodies of more than one block (RFC 7959): /large, also of any size as
 * /large?size=N, /large-update, /large-create, /large-post. */
#include "server.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  LARGE_LINES = 25,
  LARGE_LINE = 64,
  LARGE_SIZE = LARGE_LINES * LARGE_LINE,
  SIZED_MAX = 16 * 1024 * 1024, /* most that /large?size=N gives */
  CREATED_MAX = 16,             /* below /large-create; the oldest makes room */
  PATH_MAX_LENGTH = 48
};

/* Lines that say where they are, so that a gap or a wrong order can be seen. */
static void
fill_large(char *text) {
  for (int line = 0; line < LARGE_LINES; line++) {
    char *start = text + line * LARGE_LINE;
    int used =
        snprintf(start, LARGE_LINE, "line %02d of a text that is too long for one block ", line);

    memset(start + used, '.', (size_t)(LARGE_LINE - 1 - used));
    start[LARGE_LINE - 1] = '\n';
  }
  text[LARGE_SIZE] = '\0';
}

/* What "size=N" in the query says, or -1. */
static long
asked_size(const coap_string_t *query) {
  char text[16];

  if (!query || query->length <= 5 || query->length >= sizeof(text) ||
      memcmp(query->s, "size=", 5) != 0)
    return -1;
  memcpy(text, query->s + 5, query->length - 5);
  text[query->length - 5] = '\0';
  for (const char *c = text; *c; c++) {
    if (!isdigit((unsigned char)*c))
      return -1;
  }
  return atol(text);
}

/* The lines of /large over and over, each numbered, up to the size asked for. */
static void
large_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  representation_t sized = {NULL, 0, COAP_MEDIATYPE_TEXT_PLAIN};
  long size = asked_size(query);

  if (size < 0) {
    node_get(resource, session, request, query, response);
    return;
  }
  if (size > SIZED_MAX) {
    answer_error(response, COAP_RESPONSE_CODE_BAD_REQUEST, "size is more than 16777216");
    return;
  }
  sized.body = malloc((size_t)size + 1);
  if (!sized.body) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  sized.length = (size_t)size;
  for (size_t at = 0; at < sized.length; at += 16) {
    char line[24];
    size_t left = sized.length - at;

    snprintf(line, sizeof(line), "%014zu.\n", at);
    memcpy(sized.body + at, line, left < 16 ? left : 16);
  }
  answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CONTENT, &sized);
  representation_clear(&sized);
}

static void
delete_created(server_t *server, unsigned int number) {
  char path[PATH_MAX_LENGTH];
  coap_str_const_t key;
  coap_resource_t *resource;

  key.length = (size_t)snprintf(path, sizeof(path), "large-create/%u", number);
  key.s = (const uint8_t *)path;
  resource = coap_get_resource_from_uri_path(server->context, &key);
  if (resource)
    dynamic_delete(server, resource);
}

static void
large_create_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                  const coap_string_t *query, coap_pdu_t *response) {
  node_t *node = node_of(resource);
  server_t *server = node->server;
  char path[PATH_MAX_LENGTH];
  char segment[PATH_MAX_LENGTH];
  const char *const location[] = {"large-create", segment, NULL};
  const uint8_t *body;
  size_t length;
  int used;

  (void)session;
  (void)query;
  if (!answer_takes_body(request, response, &body, &length))
    return;
  snprintf(segment, sizeof(segment), "%u", node->posts + 1);
  used = snprintf(path, sizeof(path), "large-create/%u", node->posts + 1);
  /* A client may have made one of that name with PUT. */
  delete_created(server, node->posts + 1);
  if (node->posts >= CREATED_MAX)
    delete_created(server, node->posts + 1 - CREATED_MAX);
  if (!dynamic_create(server, path, (size_t)used, body, length,
                      request_format(request, body, length), 0)) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  node->posts++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
  answer_location(response, COAP_OPTION_LOCATION_PATH, location);
}

/* Gives the body back in capitals: a large answer to a large request (TD_COAP_BLOCK_05). */
static void
large_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  representation_t content = {NULL, 0, COAP_MEDIATYPE_TEXT_PLAIN};
  const uint8_t *body;
  size_t length;

  if (!answer_takes_body(request, response, &body, &length))
    return;
  if (!representation_set(&content, body, length, request_format(request, body, length))) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  for (size_t i = 0; i < length; i++)
    content.body[i] = (uint8_t)toupper(content.body[i]);
  answer_content(resource, session, request, query, response, COAP_RESPONSE_CODE_CHANGED, &content);
  representation_clear(&content);
}

static coap_resource_t *
add_large(server_t *server, const char *path, const char *text, coap_request_t method,
          coap_method_handler_t handler) {
  coap_resource_t *resource = node_resource(server, path, text, COAP_MEDIATYPE_TEXT_PLAIN, 0);

  if (!resource)
    return NULL;
  if (handler)
    coap_register_request_handler(resource, method, handler);
  coap_add_resource(server->context, resource);
  return resource;
}

int
resources_add_large(server_t *server) {
  /* The initial text of a node must stay: /large-update goes back to it on DELETE. */
  static char text[LARGE_SIZE + 1];
  coap_resource_t *large;
  coap_resource_t *update;

  fill_large(text);
  large = add_large(server, "large", text, COAP_REQUEST_GET, large_get);
  if (!large)
    return 0;
  coap_add_attr(large, coap_make_str_const("sz"), coap_make_str_const("1600"), 0);
  coap_add_attr(large, coap_make_str_const("rt"), coap_make_str_const("\"block\""), 0);
  update = add_large(server, "large-update", text, COAP_REQUEST_PUT, node_put);
  if (!update)
    return 0;
  coap_register_request_handler(update, COAP_REQUEST_DELETE, node_delete);
  return add_large(server, "large-create", "POST makes a resource below this one\n",
                   COAP_REQUEST_POST, large_create_post) &&
         add_large(server, "large-post", "POST gives its body back in capitals\n",
                   COAP_REQUEST_POST, large_post);
}
