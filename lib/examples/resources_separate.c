/* resources_separate.c -- /separate: acknowledged at once, answered later in a message of its own
 * (RFC 7252 5.2.2). */
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum { LATE_MAX = 64 }; /* requests waiting; one more is answered 5.03 */

typedef struct late_answer_t {
  struct late_answer_t *next; /* in order of `due` */
  coap_session_t *session;    /* referenced: an unused server session would be pooled and freed */
  coap_bin_const_t *token;
  coap_pdu_type_t type;
  uint64_t due;
} late_answer_t;

static const char separate_text[] = "an answer that took its time";

static void
late_free(late_answer_t *late) {
  coap_delete_bin_const(late->token);
  coap_session_release(late->session);
  free(late);
}

static int
late_add(server_t *server, coap_session_t *session, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  late_answer_t **tail = &server->late;
  late_answer_t *late;
  unsigned int count = 0;

  for (; *tail; tail = &(*tail)->next)
    count++;
  late = count < LATE_MAX ? calloc(1, sizeof(*late)) : NULL;
  if (!late)
    return 0;
  late->token = coap_new_bin_const(token.s, token.length);
  if (!late->token) {
    free(late);
    return 0;
  }
  late->session = coap_session_reference(session);
  /* RFC 7252 5.2.3: a NON is best answered with a NON. */
  late->type = coap_pdu_get_type(request);
  late->due = server_now_ms() + SERVER_SEPARATE_MS;
  *tail = late;
  return 1;
}

static void
separate_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
             const coap_string_t *query, coap_pdu_t *response) {
  server_t *server = node_of(resource)->server;

  (void)query;
  if (!request_accepts(request, COAP_MEDIATYPE_TEXT_PLAIN)) {
    answer_error(response, COAP_RESPONSE_CODE_NOT_ACCEPTABLE, "no such format here");
    return;
  }
  /* A response without a code is not sent: the library acknowledges the request instead. */
  if (!late_add(server, session, request))
    answer_error(response, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE, "too many are waiting");
}

static void
late_send(const late_answer_t *late) {
  coap_pdu_t *pdu = coap_new_pdu(late->type, COAP_RESPONSE_CODE_CONTENT, late->session);
  uint8_t format[2];

  if (!pdu)
    return;
  if (coap_add_token(pdu, late->token->length, late->token->s) &&
      coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                      coap_encode_var_safe(format, sizeof(format), COAP_MEDIATYPE_TEXT_PLAIN),
                      format) &&
      coap_add_data(pdu, sizeof(separate_text) - 1, (const uint8_t *)separate_text))
    coap_send(late->session, pdu);
  else
    coap_delete_pdu(pdu);
}

uint32_t
separate_tick(server_t *server) {
  uint64_t now = server_now_ms();

  while (server->late && server->late->due <= now) {
    late_answer_t *late = server->late;

    server->late = late->next;
    late_send(late);
    late_free(late);
  }
  return server->late ? (uint32_t)(server->late->due - now) : UINT32_MAX;
}

void
separate_free(server_t *server) {
  while (server->late) {
    late_answer_t *late = server->late;

    server->late = late->next;
    late_free(late);
  }
}

int
resources_add_separate(server_t *server) {
  coap_resource_t *resource =
      node_resource(server, "separate", separate_text, COAP_MEDIATYPE_TEXT_PLAIN, 0);

  if (!resource)
    return 0;
  coap_register_request_handler(resource, COAP_REQUEST_GET, separate_get);
  coap_add_attr(resource, coap_make_str_const("ct"), coap_make_str_const("0"), 0);
  coap_add_resource(server->context, resource);
  return 1;
}
