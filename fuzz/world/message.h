/* message.h -- CoAP messages as the harness reads and writes them.
 *
 * Written from RFC 7252 3, RFC 8323 3.2 and 4.2 and RFC 8974 2, sharing nothing with lib/wire, so
 * that a mistake there does not hide itself. */
#ifndef FUZZ_WORLD_MESSAGE_H_
#define FUZZ_WORLD_MESSAGE_H_

#include <stddef.h>
#include <stdint.h>

#define MSG_OPTIONS_MAX 128U
#define MSG_TOKEN_MAX   65804U /* RFC 8974 2.1: 269 + 65535 */
#define MSG_HEADER_SIZE 4U

enum { TYPE_CON, TYPE_NON, TYPE_ACK, TYPE_RST };

struct msg_option {
  uint16_t number;
  uint16_t length;
  const uint8_t *value;
};

struct msg {
  uint8_t version;
  uint8_t type;
  uint8_t code;
  uint16_t mid;
  const uint8_t *token;
  uint32_t token_length;
  unsigned int n_options;
  struct msg_option options[MSG_OPTIONS_MAX];
  const uint8_t *payload;
  size_t payload_length;
};

/* Reads one datagram. NULL when it is well formed, else what is wrong, with the section; header
 * fields that could be read are filled in either way. Pointers point into `data`. */
const char *msg_parse(struct msg *m, const uint8_t *data, size_t len);

/* Writes `m`, its options stably sorted by number. Returns the length needed; `out` is complete
 * when that is at most `size`. */
size_t msg_write(const struct msg *m, uint8_t *out, size_t size);

/* Length of the first message of a stream, from its beginning (RFC 8323 3.2): 1 and *total, 0 when
 * more bytes are needed, -1 when there can be no message (token length 15). */
int msg_tcp_size(const uint8_t *data, size_t len, uint64_t *total);

/* As msg_parse(), of one whole message of a stream, or of a WebSocket message (RFC 8323 4.2). */
const char *msg_parse_tcp(struct msg *m, const uint8_t *data, size_t len);
const char *msg_parse_ws(struct msg *m, const uint8_t *data, size_t len);

/* As msg_write(); the length that the header of a stream's message tells is `longer` than true. */
size_t msg_write_tcp(const struct msg *m, uint32_t longer, uint8_t *out, size_t size);
size_t msg_write_ws(const struct msg *m, uint8_t *out, size_t size);

/* RFC 7252 3: class of a code. */
static inline unsigned int
msg_class(uint8_t code) {
  return code >> 5;
}

static inline int
msg_is_request(uint8_t code) {
  return msg_class(code) == 0 && code != 0;
}

static inline int
msg_is_signal(uint8_t code) {
  return msg_class(code) == 7;
}

static inline int
msg_is_response(uint8_t code) {
  return msg_class(code) >= 2 && msg_class(code) <= 5;
}

/* First option with that number, or NULL. */
const struct msg_option *msg_option(const struct msg *m, uint16_t number);

#endif /* FUZZ_WORLD_MESSAGE_H_ */
