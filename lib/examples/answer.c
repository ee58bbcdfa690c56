/* answer.c -- what goes into responses. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

void
answer_error(coap_pdu_t *response, coap_pdu_code_t code, const char *diagnostic) {
  coap_pdu_set_code(response, code);
  /* RFC 7252 5.5.2: a diagnostic payload has no Content-Format. */
  coap_add_data(response, strlen(diagnostic), (const uint8_t *)diagnostic);
}

static void
add_uint(coap_pdu_t *response, coap_option_num_t number, unsigned int value) {
  uint8_t bytes[4];

  coap_add_option(response, number, coap_encode_var_safe(bytes, sizeof(bytes), value), bytes);
}

void
answer_text(coap_pdu_t *response, coap_pdu_code_t code, const char *text) {
  coap_pdu_set_code(response, code);
  add_uint(response, COAP_OPTION_CONTENT_FORMAT, COAP_MEDIATYPE_TEXT_PLAIN);
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
release_copy(coap_session_t *session, void *copy) {
  (void)session;
  free(copy);
}

void
answer_content(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
               const coap_string_t *query, coap_pdu_t *response, coap_pdu_code_t code,
               const representation_t *content) {
  uint64_t etag = representation_etag(content);
  uint8_t *copy;

  if (!request_accepts(request, content->format)) {
    answer_error(response, COAP_RESPONSE_CODE_NOT_ACCEPTABLE, "no such format here");
    return;
  }
  if (code == COAP_RESPONSE_CODE_CONTENT && request_knows(request, content)) {
    uint8_t bytes[8];

    coap_pdu_set_code(response, COAP_RESPONSE_CODE_VALID);
    coap_add_option(response, COAP_OPTION_ETAG, coap_encode_var_safe8(bytes, sizeof(bytes), etag),
                    bytes);
    return;
  }
  /* A block-wise transfer outlives this content, which may be replaced meanwhile. */
  copy = malloc(content->length + 1);
  if (!copy) {
    answer_error(response, COAP_RESPONSE_CODE_INTERNAL_ERROR, "out of memory");
    return;
  }
  if (content->length)
    memcpy(copy, content->body, content->length);
  coap_pdu_set_code(response, code);
  if (!coap_add_data_large_response(resource, session, request, response, query, content->format,
                                    -1, etag, content->length, copy, release_copy, copy))
    coap_log_warn("a response could not be built\n");
}

int
answer_takes_body(const coap_pdu_t *request, coap_pdu_t *response, const uint8_t **body,
                  size_t *length) {
  size_t offset = 0;
  size_t total = 0;

  *body = NULL;
  *length = 0;
  if (!coap_get_data_large(request, length, body, &offset, &total))
    return 1;
  if (offset || *length < total) {
    answer_error(response, COAP_RESPONSE_CODE_INCOMPLETE, "blocks are missing");
    return 0;
  }
  if (*length > SERVER_BODY_MAX) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
    add_uint(response, COAP_OPTION_SIZE1, SERVER_BODY_MAX); /* RFC 7959 4 */
    return 0;
  }
  return 1;
}

int
answer_conditions(const coap_pdu_t *request, coap_pdu_t *response,
                  const representation_t *content) {
  if (request_conditions_hold(request, content))
    return 1;
  answer_error(response, COAP_RESPONSE_CODE_PRECONDITION_FAILED, "the precondition does not hold");
  return 0;
}

void
answer_location(coap_pdu_t *response, coap_option_num_t number, const char *const *values) {
  for (; *values; values++)
    coap_add_option(response, number, strlen(*values), (const uint8_t *)*values);
}
