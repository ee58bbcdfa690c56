/* bytes.h -- a queue of bytes that grows as they come. */
#ifndef COAP_SESSION_BYTES_H_
#define COAP_SESSION_BYTES_H_

#include <stddef.h>
#include <stdint.h>

typedef struct coap_bytes_t {
  uint8_t *data;
  size_t at; /* what is before has been used */
  size_t end;
  size_t room;
} coap_bytes_t;

/* Gives the memory back; zeroed memory is an empty queue. */
void coap_bytes_clear(coap_bytes_t *bytes);

size_t coap_bytes_left(const coap_bytes_t *bytes);

/* Adds at the end. 1, or 0 when out of memory: nothing is added. */
int coap_bytes_add(coap_bytes_t *bytes, const uint8_t *data, size_t length);

/* Takes away at the front; an empty queue holds no memory. */
void coap_bytes_use(coap_bytes_t *bytes, size_t length);

#endif /* COAP_SESSION_BYTES_H_ */
