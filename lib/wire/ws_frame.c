/* ws_frame.c -- RFC 6455 section 5, byte by byte where need be. */
#include "wire/ws_frame.h"

#include "wire/buf.h"

enum {
  FIN = 0x80,
  RESERVED = 0x70,
  OPCODE = 0x0f,
  CONTROL = 0x08, /* in an opcode: a control frame */
  MASKED = 0x80,
  LENGTH = 0x7f,
  LENGTH_16 = 126, /* the length is in the next two bytes */
  LENGTH_64 = 127  /* in the next eight */
};

void
coap_ws_reader_init(coap_ws_reader_t *reader, int masked, uint64_t max_message) {
  memset(reader, 0, sizeof(*reader));
  reader->masked = masked;
  reader->max_message = max_message;
}

void
coap_ws_mask(uint8_t *data, size_t length, const uint8_t key[COAP_WS_KEY_SIZE], uint64_t offset) {
  for (size_t i = 0; i < length; i++)
    data[i] ^= key[(offset + i) % COAP_WS_KEY_SIZE];
}

static coap_ws_step_t
broken(coap_ws_reader_t *reader, coap_ws_close_code_t code, const char *why) {
  reader->close_code = code;
  reader->why = why;
  return COAP_WS_BROKEN;
}

/* Of the bytes that every header has. */
static size_t
length_size(uint8_t second) {
  return (second & LENGTH) == LENGTH_16 ? 2 : (second & LENGTH) == LENGTH_64 ? 8 : 0;
}

static size_t
header_size(uint8_t second) {
  return 2 + length_size(second) + (second & MASKED ? (size_t)COAP_WS_KEY_SIZE : 0);
}

/* What the first two bytes must be like. NULL, or what is wrong. */
static const char *
check_start(const coap_ws_reader_t *reader) {
  uint8_t first = reader->header[0];
  uint8_t second = reader->header[1];
  uint8_t opcode = first & OPCODE;

  if (first & RESERVED)
    return "reserved bit set";
  if (opcode > COAP_WS_PONG || (opcode > COAP_WS_BINARY && opcode < COAP_WS_CLOSE))
    return "reserved opcode";
  if (!(second & MASKED) != !reader->masked)
    return reader->masked ? "frame of a client without mask" : "frame of a server with mask";
  if (opcode & CONTROL) {
    if (!(first & FIN))
      return "control frame in fragments";
    if ((second & LENGTH) > COAP_WS_CONTROL_MAX)
      return "control frame of more than 125 bytes";
    return NULL;
  }
  if (opcode == COAP_WS_CONTINUATION && !reader->in_message)
    return "continuation of nothing";
  if (opcode != COAP_WS_CONTINUATION && reader->in_message)
    return "new message inside another";
  return NULL;
}

/* Length and key, once the header is complete. NULL, or what is wrong. */
static const char *
take_header(coap_ws_reader_t *reader) {
  coap_reader_t r = coap_reader(reader->header, reader->header_used);
  uint8_t first = coap_read_u8(&r);
  uint8_t second = coap_read_u8(&r);
  size_t size = length_size(second);

  reader->opcode = (coap_ws_opcode_t)(first & OPCODE);
  reader->fin = (first & FIN) != 0;
  reader->length = size == 2   ? coap_read_u16(&r)
                   : size == 8 ? coap_read_u64(&r)
                               : (uint64_t)(second & LENGTH);
  /* RFC 6455 5.2: the shortest form; the top bit of the longest is 0. */
  if (reader->length >> 63 || (size == 2 && reader->length < LENGTH_16) ||
      (size == 8 && reader->length <= UINT16_MAX))
    return "length is not in its shortest form";
  if (second & MASKED)
    memcpy(reader->key, coap_read_bytes(&r, COAP_WS_KEY_SIZE), COAP_WS_KEY_SIZE);
  reader->left = reader->length;
  return NULL;
}

static coap_ws_step_t
begin_frame(coap_ws_reader_t *reader) {
  const char *why = take_header(reader);

  if (why)
    return broken(reader, COAP_WS_CLOSE_PROTOCOL, why);
  if (reader->opcode == COAP_WS_TEXT)
    return broken(reader, COAP_WS_CLOSE_UNACCEPTABLE, "text message");
  if (!(reader->opcode & CONTROL)) {
    if (reader->opcode != COAP_WS_CONTINUATION)
      reader->message = 0;
    if (reader->length > reader->max_message - reader->message)
      return broken(reader, COAP_WS_CLOSE_TOO_BIG, "message is too long");
    reader->message += reader->length;
    reader->in_message = !reader->fin;
  }
  reader->in_frame = 1;
  return COAP_WS_FRAME;
}

static coap_ws_step_t
read_header(coap_ws_reader_t *reader, coap_ws_input_t *input) {
  while (input->left) {
    const char *why;

    reader->header[reader->header_used++] = *input->at++;
    input->left--;
    if (reader->header_used < 2)
      continue;
    why = reader->header_used == 2 ? check_start(reader) : NULL;
    if (why)
      return broken(reader, COAP_WS_CLOSE_PROTOCOL, why);
    if (reader->header_used == header_size(reader->header[1]))
      return begin_frame(reader);
  }
  return COAP_WS_MORE;
}

coap_ws_step_t
coap_ws_read(coap_ws_reader_t *reader, coap_ws_input_t *input) {
  reader->piece = NULL;
  reader->piece_length = 0;
  if (reader->close_code)
    return COAP_WS_BROKEN;
  if (!reader->in_frame)
    return read_header(reader, input);
  if (!reader->left) {
    reader->in_frame = 0;
    reader->header_used = 0;
    return COAP_WS_END;
  }
  if (!input->left)
    return COAP_WS_MORE;
  reader->piece = input->at;
  reader->piece_length = input->left < reader->left ? input->left : (size_t)reader->left;
  if (reader->masked)
    coap_ws_mask(reader->piece, reader->piece_length, reader->key, reader->length - reader->left);
  reader->left -= reader->piece_length;
  input->at += reader->piece_length;
  input->left -= reader->piece_length;
  return COAP_WS_PAYLOAD;
}

size_t
coap_ws_write_header(uint8_t to[COAP_WS_HEADER_MAX], coap_ws_opcode_t opcode, int fin,
                     uint64_t length, const uint8_t key[COAP_WS_KEY_SIZE]) {
  coap_writer_t w = coap_writer(to, COAP_WS_HEADER_MAX);
  unsigned int masked = key ? MASKED : 0;

  coap_write_u8(&w, (uint8_t)((fin ? FIN : 0) | (unsigned int)opcode));
  if (length < LENGTH_16) {
    coap_write_u8(&w, (uint8_t)(masked | length));
  } else if (length <= UINT16_MAX) {
    coap_write_u8(&w, (uint8_t)(masked | LENGTH_16));
    coap_write_u16(&w, (uint16_t)length);
  } else {
    coap_write_u8(&w, (uint8_t)(masked | LENGTH_64));
    coap_write_u64(&w, length);
  }
  if (key)
    coap_write_bytes(&w, key, COAP_WS_KEY_SIZE);
  return w.used;
}
