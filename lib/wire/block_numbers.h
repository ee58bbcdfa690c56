/* block_numbers.h -- the payload of a 4.08 that names missing blocks: a CBOR sequence of unsigned
 * integers (RFC 9177 5, RFC 8742). */
#ifndef COAP_WIRE_BLOCK_NUMBERS_H_
#define COAP_WIRE_BLOCK_NUMBERS_H_

#include <stddef.h>
#include <stdint.h>

/* Writes as many of the numbers as `room` bytes hold; the bytes used. */
size_t coap_block_numbers_write(uint8_t *to, size_t room, const uint32_t *numbers, size_t count);

/* Reads at most `max` numbers, the first ones. Their count, or -1: no sequence of unsigned
 * integers, none at all, not ascending (RFC 9177 5), or larger than a block number. */
int coap_block_numbers_read(const uint8_t *data, size_t length, uint32_t *numbers, size_t max);

#endif /* COAP_WIRE_BLOCK_NUMBERS_H_ */
