/* frame_reader.h -- WebSocket as the harness reads and writes it, from RFC 6455, sharing nothing
 * with lib/wire. It reads from a buffer that holds all that came so far; a message is taken whole.
 */
#ifndef FUZZ_WORLD_FRAME_READER_H_
#define FUZZ_WORLD_FRAME_READER_H_

#include <stddef.h>
#include <stdint.h>

enum { WS_CONT = 0, WS_TEXT = 1, WS_BIN = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

struct ws_frame {
  unsigned int fin, rsv, opcode;
  int masked;
  int long_form; /* the length is not in its shortest form */
  uint64_t length;
  uint8_t key[4];
  size_t header; /* bytes */
};

/* Reads a frame's header. 1, or 0 when more bytes are needed. */
int ws_frame_header(struct ws_frame *f, const uint8_t *data, size_t len);

/* What is wrong with the frame where client (`masked` 1) or server (0) sends, inside a fragmented
 * message or not; NULL when nothing is. */
const char *ws_frame_wrong(const struct ws_frame *f, int masked, int in_message);

void ws_unmask(const struct ws_frame *f, uint8_t *to, const uint8_t *from, size_t len);

/* Writes header and payload, masked where f->masked; the header's length is f->length (not `len`),
 * in `form` 0 the shortest, 1 with 16 bits, 2 with 64. Gives the size; complete when at most
 * `size`. */
size_t ws_frame_write(const struct ws_frame *f, unsigned int form, const uint8_t *payload,
                      size_t len, uint8_t *out, size_t size);

/* Bytes of an HTTP head with its empty line, 0 when that is still to come. */
size_t ws_head_length(const uint8_t *data, size_t len);

/* The answer (28 characters and NUL) to the key in a request's head; 0 when it has none. */
int ws_accept_for(const uint8_t *head, size_t len, char accept[29]);

#endif /* FUZZ_WORLD_FRAME_READER_H_ */
