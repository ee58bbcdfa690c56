/* ws_frame.h -- frames of the WebSocket protocol (RFC 6455 5), read as their bytes come and
 * written. CoAP travels in binary messages only (RFC 8323 4.2). */
#ifndef COAP_WIRE_WS_FRAME_H_
#define COAP_WIRE_WS_FRAME_H_

#include <stddef.h>
#include <stdint.h>

typedef enum coap_ws_opcode_t {
  COAP_WS_CONTINUATION = 0,
  COAP_WS_TEXT = 1,
  COAP_WS_BINARY = 2,
  COAP_WS_CLOSE = 8,
  COAP_WS_PING = 9,
  COAP_WS_PONG = 10
} coap_ws_opcode_t;

enum {
  COAP_WS_HEADER_MAX = 14,
  COAP_WS_CONTROL_MAX = 125, /* bytes of payload that a control frame may have (RFC 6455 5.5) */
  COAP_WS_KEY_SIZE = 4
};

/* Why a connection ends (RFC 6455 7.4.1). */
typedef enum coap_ws_close_code_t {
  COAP_WS_CLOSE_NONE = 0,
  COAP_WS_CLOSE_NORMAL = 1000,
  COAP_WS_CLOSE_GOING_AWAY = 1001,
  COAP_WS_CLOSE_PROTOCOL = 1002,
  COAP_WS_CLOSE_UNACCEPTABLE = 1003, /* a kind of data that is not taken: text */
  COAP_WS_CLOSE_NO_CODE = 1005,      /* never on the wire: the Close frame had none */
  COAP_WS_CLOSE_BAD_DATA = 1007,
  COAP_WS_CLOSE_TOO_BIG = 1009,
  COAP_WS_CLOSE_INTERNAL = 1011
} coap_ws_close_code_t;

typedef enum coap_ws_step_t {
  COAP_WS_MORE,    /* all bytes are used up */
  COAP_WS_FRAME,   /* a header is complete: opcode, fin and length tell about the frame */
  COAP_WS_PAYLOAD, /* piece: the next bytes of its payload, unmasked */
  COAP_WS_END,     /* the frame is complete; with fin a data message is, too */
  COAP_WS_BROKEN   /* close_code and why tell; nothing more will be read */
} coap_ws_step_t;

typedef struct coap_ws_reader_t {
  /* Of the frame at hand. */
  coap_ws_opcode_t opcode; /* CONTINUATION only for what continues a message */
  int fin;
  uint64_t length;
  uint8_t *piece; /* in the caller's input */
  size_t piece_length;
  /* When BROKEN: how to close, and the reason in words. */
  coap_ws_close_code_t close_code;
  const char *why;
  /* The reader's own. */
  int masked;           /* frames must be, else must not be */
  uint64_t max_message; /* bytes of payload of all frames of a data message */
  uint64_t message;     /* so far */
  int in_message;       /* a data message is to be continued */
  uint64_t left;        /* payload bytes of the frame to come */
  int in_frame;
  uint8_t header[COAP_WS_HEADER_MAX];
  size_t header_used;
  uint8_t key[COAP_WS_KEY_SIZE];
} coap_ws_reader_t;

typedef struct coap_ws_input_t {
  uint8_t *at;
  size_t left;
} coap_ws_input_t;

/* Reads the frames of a client (`masked` 1) or of a server (0): RFC 6455 5.1. A data message of
 * more than `max_message` bytes breaks the connection as soon as a header announces it. */
void coap_ws_reader_init(coap_ws_reader_t *reader, int masked, uint64_t max_message);

/* The next step, taking from `input` what it needs; payload is unmasked where it lies. Call it
 * until it says MORE or BROKEN. However the bytes are cut into inputs, the steps are the same but
 * for where pieces end. */
coap_ws_step_t coap_ws_read(coap_ws_reader_t *reader, coap_ws_input_t *input);

/* Writes the header of a frame with `length` bytes of payload; `key` is NULL for an unmasked one.
 * Gives its size. */
size_t coap_ws_write_header(uint8_t to[COAP_WS_HEADER_MAX], coap_ws_opcode_t opcode, int fin,
                            uint64_t length, const uint8_t key[COAP_WS_KEY_SIZE]);

/* Masks or unmasks `length` bytes that stand at `offset` of the payload (RFC 6455 5.3). */
void coap_ws_mask(uint8_t *data, size_t length, const uint8_t key[COAP_WS_KEY_SIZE],
                  uint64_t offset);

#endif /* COAP_WIRE_WS_FRAME_H_ */
