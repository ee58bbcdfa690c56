/* oscore_message.h -- messages into OSCORE messages and back (RFC 8613 4, 5, 8). */
#ifndef COAP_SECURE_OSCORE_MESSAGE_H_
#define COAP_SECURE_OSCORE_MESSAGE_H_

#include "secure/oscore_context.h"

typedef enum coap_oscore_status_t {
  COAP_OSCORE_OK,
  COAP_OSCORE_MALFORMED,  /* option, or what was encrypted, cannot be read */
  COAP_OSCORE_NO_CONTEXT, /* the kid is nobody's */
  COAP_OSCORE_REPLAYED,
  COAP_OSCORE_FORGED, /* the tag does not fit */
  COAP_OSCORE_NO_NUMBER,
  COAP_OSCORE_UNSUITABLE, /* cannot be protected: it has an OSCORE option already, say */
  COAP_OSCORE_NO_MEMORY
} coap_oscore_status_t;

/* Bytes that a message may grow by: OSCORE option, inner code, marker, tag, re-encoded deltas. */
enum { COAP_OSCORE_GROWTH = 255 + 3 + 1 + 1 + COAP_OSCORE_TAG_MAX + 16 };

/* The request that a message is, or answers (RFC 8613 8: the association with the token). */
typedef struct coap_oscore_binding_t {
  coap_oscore_id_t kid;
  uint8_t piv_length;
  uint8_t piv[COAP_OSCORE_PIV_MAX];
} coap_oscore_binding_t;

/* The binding's parts as byte strings, lent. */
coap_bin_const_t coap_oscore_binding_kid(const coap_oscore_binding_t *binding);
coap_bin_const_t coap_oscore_binding_piv(const coap_oscore_binding_t *binding);

/* What is authenticated along; its length, 0 when `room` is too small (RFC 8613 5.4). */
size_t coap_oscore_aad(const coap_oscore_context_t *context, const coap_oscore_binding_t *binding,
                       uint8_t *to, size_t room);

/* Protects a request under a new sequence number. Gives `*sealed` to be deleted by the caller, and
 * fills `binding`. */
coap_oscore_status_t coap_oscore_seal_request(coap_oscore_context_t *context,
                                              const coap_pdu_t *plain,
                                              coap_oscore_binding_t *binding, coap_pdu_t **sealed);

/* Protects a response to the request `binding`: under a sequence number of its own, or (once for a
 * request) under the request's. */
coap_oscore_status_t coap_oscore_seal_response(coap_oscore_context_t *context,
                                               const coap_oscore_binding_t *binding, int own_number,
                                               const coap_pdu_t *plain, coap_pdu_t **sealed);

/* Reads the OSCORE option of a message that has one. 1 or 0. */
int coap_oscore_message_option(const coap_pdu_t *received, coap_oscore_option_t *option);

/* Verifies a request from `recipient` whose option has a kid and a Partial IV; its replay window is
 * neither asked nor told. Gives `*plain` to be deleted by the caller, and fills `binding`. */
coap_oscore_status_t coap_oscore_open_request(const coap_oscore_context_t *context,
                                              const coap_oscore_recipient_t *recipient,
                                              const coap_oscore_option_t *option,
                                              const coap_pdu_t *received,
                                              coap_oscore_binding_t *binding, coap_pdu_t **plain);

/* Verifies a response to our request `binding`. An Observe option in it then has a value that grows
 * with the Partial IV, 0 without one (RFC 8613 4.1.3.5.2). Gives `*plain`. */
coap_oscore_status_t coap_oscore_open_response(const coap_oscore_context_t *context,
                                               const coap_oscore_recipient_t *recipient,
                                               const coap_oscore_binding_t *binding,
                                               const coap_oscore_option_t *option,
                                               const coap_pdu_t *received, coap_pdu_t **plain);

#endif /* COAP_SECURE_OSCORE_MESSAGE_H_ */
