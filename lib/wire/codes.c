/* codes.c -- words for numbers (RFC 7252 12.1, RFC 7959, RFC 8132, RFC 8323 5, RFC 8516,
 * RFC 8768). */
#include "wire/codes.h"

#include <stdio.h>

static const struct {
  coap_pdu_code_t code;
  const char *phrase;
} phrases[] = {
    {COAP_RESPONSE_CODE_CREATED, "Created"},
    {COAP_RESPONSE_CODE_DELETED, "Deleted"},
    {COAP_RESPONSE_CODE_VALID, "Valid"},
    {COAP_RESPONSE_CODE_CHANGED, "Changed"},
    {COAP_RESPONSE_CODE_CONTENT, "Content"},
    {COAP_RESPONSE_CODE_CONTINUE, "Continue"},
    {COAP_RESPONSE_CODE_BAD_REQUEST, "Bad Request"},
    {COAP_RESPONSE_CODE_UNAUTHORIZED, "Unauthorized"},
    {COAP_RESPONSE_CODE_BAD_OPTION, "Bad Option"},
    {COAP_RESPONSE_CODE_FORBIDDEN, "Forbidden"},
    {COAP_RESPONSE_CODE_NOT_FOUND, "Not Found"},
    {COAP_RESPONSE_CODE_NOT_ALLOWED, "Method Not Allowed"},
    {COAP_RESPONSE_CODE_NOT_ACCEPTABLE, "Not Acceptable"},
    {COAP_RESPONSE_CODE_INCOMPLETE, "Request Entity Incomplete"},
    {COAP_RESPONSE_CODE_CONFLICT, "Conflict"},
    {COAP_RESPONSE_CODE_PRECONDITION_FAILED, "Precondition Failed"},
    {COAP_RESPONSE_CODE_REQUEST_TOO_LARGE, "Request Entity Too Large"},
    {COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT, "Unsupported Content-Format"},
    {COAP_RESPONSE_CODE_UNPROCESSABLE, "Unprocessable Entity"},
    {COAP_RESPONSE_CODE_TOO_MANY_REQUESTS, "Too Many Requests"},
    {COAP_RESPONSE_CODE_INTERNAL_ERROR, "Internal Server Error"},
    {COAP_RESPONSE_CODE_NOT_IMPLEMENTED, "Not Implemented"},
    {COAP_RESPONSE_CODE_BAD_GATEWAY, "Bad Gateway"},
    {COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE, "Service Unavailable"},
    {COAP_RESPONSE_CODE_GATEWAY_TIMEOUT, "Gateway Timeout"},
    {COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED, "Proxying Not Supported"},
    {COAP_RESPONSE_CODE_HOP_LIMIT_REACHED, "Hop Limit Reached"},
};

const char *
coap_response_phrase(unsigned char code) {
  for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
    if (phrases[i].code == (coap_pdu_code_t)code)
      return phrases[i].phrase;
  }
  return "";
}

const char *
coap_code_name(coap_pdu_code_t code, char text[8]) {
  static const char *const methods[] = {"EMPTY",  "GET",   "POST",  "PUT",
                                        "DELETE", "FETCH", "PATCH", "IPATCH"};
  static const char *const signals[] = {"CSM", "Ping", "Pong", "Release", "Abort"};

  if ((size_t)code < sizeof(methods) / sizeof(methods[0]))
    return methods[code];
  if (code >= COAP_SIGNALING_CODE_CSM && code <= COAP_SIGNALING_CODE_ABORT)
    return signals[code - COAP_SIGNALING_CODE_CSM];
  snprintf(text, 8, "%u.%02u", (unsigned int)code >> 5 & 7U, (unsigned int)code & 31U);
  return text;
}

const char *
coap_type_name(coap_pdu_type_t type) {
  static const char *const names[] = {"CON", "NON", "ACK", "RST"};

  return (size_t)type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}
