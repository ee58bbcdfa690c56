/* tls_fragments.h -- pieces of handshake messages in records that nothing protects yet (RFC 6347
 * 4.2.2, 4.2.3), which anybody can send who knows the address. GnuTLS puts them together by the
 * type alone: up to 3.8.12 it writes past its buffer when two messages of one type have different
 * lengths (CVE-2026-33846), and 3.7 reads past another one for a piece of no bytes. So a back end
 * is given only what fits together. */
#ifndef COAP_SECURE_TLS_FRAGMENTS_H_
#define COAP_SECURE_TLS_FRAGMENTS_H_

#include <stddef.h>
#include <stdint.h>

/* More types of message than either side sends in one handshake. */
enum { COAP_TLS_FRAGMENTS_TYPES = 12 };

/* What one handshake has shown. Zeroed: nothing yet. */
typedef struct coap_tls_fragments_t {
  uint32_t lengths[COAP_TLS_FRAGMENTS_TYPES]; /* of the message, the same in each of its pieces */
  uint8_t types[COAP_TLS_FRAGMENTS_TYPES];
  uint8_t count;
} coap_tls_fragments_t;

/* 1 when each piece in the datagram lies within its message, has bytes unless the message has none,
 * and is of a message as long as others of its type; 0: not for the back end (4.1.2.7). */
int coap_tls_fragments_fit(coap_tls_fragments_t *fragments, const uint8_t *data, size_t length);

#endif /* COAP_SECURE_TLS_FRAGMENTS_H_ */
