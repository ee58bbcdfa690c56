/* frame_agreement.h -- the library's readers of streams against the harness's own, and against
 * themselves when the same bytes come in other pieces. */
#ifndef FUZZ_ORACLE_FRAME_AGREEMENT_H_
#define FUZZ_ORACLE_FRAME_AGREEMENT_H_

#include <stddef.h>
#include <stdint.h>

/* Takes `data` for a stream of CoAP messages (RFC 8323 3.2). Returns the messages that both saw. */
unsigned int frame_agreement_tcp(const uint8_t *data, size_t len);

/* ... for WebSocket frames of a client (`masked`) or a server, read in pieces of `chunk` bytes. */
unsigned int frame_agreement_ws(const uint8_t *data, size_t len, int masked, size_t chunk);

/* ... for the head of an opening handshake: read at once and in pieces. */
void frame_agreement_http(const uint8_t *data, size_t len, int is_server, size_t chunk);

#endif /* FUZZ_ORACLE_FRAME_AGREEMENT_H_ */
