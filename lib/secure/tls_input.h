/* tls_input.h -- what has come for a library: bytes of a connection, or the records of a datagram
 * (RFC 6347 4.1), which it is given one at a time, since libraries stumble over what is none. */
#ifndef COAP_SECURE_TLS_INPUT_H_
#define COAP_SECURE_TLS_INPUT_H_

#include <stddef.h>
#include <stdint.h>

enum { COAP_TLS_RECORD_EPOCH = 3, COAP_TLS_RECORD_LENGTH = 11, COAP_TLS_RECORD_HEADER = 13 };

typedef struct coap_tls_input_t {
  const uint8_t *at; /* borrowed */
  size_t left;
} coap_tls_input_t;

/* The size of the datagram's next record, its header counted; 0 when there is no whole one, which
 * counts for nothing (RFC 6347 4.1.2.7). */
size_t coap_tls_input_record(const coap_tls_input_t *input);

/* There is nothing any more. How much there was. */
size_t coap_tls_input_forget(coap_tls_input_t *input);

/* Leaves out bytes. */
void coap_tls_input_skip(coap_tls_input_t *input, size_t length);

/* The next bytes to be had together, at most `room` of them: what of a record does not fit is lost.
 * 0: there are none, and what is left is no record. */
size_t coap_tls_input_take(coap_tls_input_t *input, int is_datagram, void *to, size_t room);

#endif /* COAP_SECURE_TLS_INPUT_H_ */
