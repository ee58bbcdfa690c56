/* pdu_tcp.c -- streams to messages and back. */
#include "wire/pdu_tcp.h"

#include "wire/nibble.h"

/* RFC 8323 3.2: from which length on one, two and four bytes follow the Len nibble. */
enum { LEN_1 = 13, LEN_2 = 269, LEN_4 = 65805 };

/* Len, of options and payload together: the nibble and what it announces. */
static uint64_t
read_length(coap_reader_t *r, unsigned int nibble) {
  if (nibble == 13)
    return (uint64_t)coap_read_u8(r) + LEN_1;
  if (nibble == 14)
    return (uint64_t)coap_read_u16(r) + LEN_2;
  if (nibble == 15)
    return (uint64_t)coap_read_u32(r) + LEN_4;
  return nibble;
}

coap_wire_status_t
coap_wire_tcp_size(const uint8_t *data, size_t length, size_t max_token, uint64_t *total) {
  coap_reader_t r = coap_reader(data, length);
  unsigned int first = coap_read_u8(&r);
  unsigned int tkl = first & 0x0f;
  uint64_t body;
  size_t token;

  if (r.bad)
    return COAP_WIRE_MORE;
  /* Told by the first byte alone, so that nothing more is waited for. */
  if (tkl == 15 || (tkl > COAP_TOKEN_DEFAULT_MAX && max_token <= COAP_TOKEN_DEFAULT_MAX))
    return COAP_WIRE_MALFORMED;
  body = read_length(&r, first >> 4);
  coap_read_u8(&r);
  token = coap_read_token_length(&r, tkl, max_token);
  if (r.bad)
    return COAP_WIRE_MORE;
  *total = (uint64_t)(length - r.left) + token + body;
  return COAP_WIRE_OK;
}

static coap_wire_status_t
malformed(const char **why, const char *what) {
  *why = what;
  return COAP_WIRE_MALFORMED;
}

/* Code and body, once Len has been dealt with. */
static coap_wire_status_t
view_message(coap_reader_t r, unsigned int tkl, size_t max_token, coap_message_view_t *view,
             const char **why) {
  uint8_t code = coap_read_u8(&r);

  if (r.bad)
    return malformed(why, "shorter than a header");
  view->type = COAP_MESSAGE_CON;
  view->code = (coap_pdu_code_t)code;
  view->mid = 0;
  view->bytes = r.at;
  view->length = r.left;
  return coap_view_body(view, tkl, max_token, why);
}

coap_wire_status_t
coap_wire_view_tcp(const uint8_t *data, size_t length, size_t max_token, coap_message_view_t *view,
                   const char **why) {
  coap_reader_t r = coap_reader(data, length);
  unsigned int first = coap_read_u8(&r);
  uint64_t total = 0;

  view->bytes = NULL;
  read_length(&r, first >> 4);
  switch (coap_wire_tcp_size(data, length, max_token, &total)) {
  case COAP_WIRE_OK:
    if (total != length)
      return malformed(why, "length is not that of the message");
    break;
  case COAP_WIRE_MORE:
    return malformed(why, "shorter than a header");
  default: /* the token's length, which is looked at again with the code known */
    break;
  }
  return view_message(r, first & 0x0f, max_token, view, why);
}

coap_wire_status_t
coap_wire_view_ws(const uint8_t *data, size_t length, size_t max_token, coap_message_view_t *view,
                  const char **why) {
  coap_reader_t r = coap_reader(data, length);
  unsigned int first = coap_read_u8(&r);

  view->bytes = NULL;
  if (first >> 4)
    return malformed(why, "Len is not 0");
  return view_message(r, first & 0x0f, max_token, view, why);
}

coap_wire_status_t
coap_wire_parse_tcp(const uint8_t *data, size_t length, size_t max_token, coap_pdu_t **pdu_out,
                    const char **why) {
  coap_message_view_t view;
  coap_wire_status_t status = coap_wire_view_tcp(data, length, max_token, &view, why);

  return coap_view_copy(&view, status, pdu_out, why);
}

coap_wire_status_t
coap_wire_parse_ws(const uint8_t *data, size_t length, size_t max_token, coap_pdu_t **pdu_out,
                   const char **why) {
  coap_message_view_t view;
  coap_wire_status_t status = coap_wire_view_ws(data, length, max_token, &view, why);

  return coap_view_copy(&view, status, pdu_out, why);
}

/* Code and what is before it, right in front of the body. */
static const uint8_t *
put_header(coap_pdu_t *pdu, const uint8_t *header, size_t size, size_t *length) {
  uint8_t *start = coap_pdu_bytes(pdu) - size - 1;

  memcpy(start, header, size);
  start[size] = (uint8_t)pdu->code;
  *length = size + 1 + pdu->used;
  return start;
}

const uint8_t *
coap_wire_encode_tcp(coap_pdu_t *pdu, size_t *length) {
  size_t body = pdu->used - coap_pdu_options_start(pdu);
  uint8_t tkl = coap_nibble(pdu->token_length);
  uint8_t header[5];
  coap_writer_t w = coap_writer(header, sizeof(header));

  if (body < LEN_1) {
    coap_write_u8(&w, (uint8_t)(body << 4 | tkl));
  } else if (body < LEN_2) {
    coap_write_u8(&w, 13 << 4 | tkl);
    coap_write_u8(&w, (uint8_t)(body - LEN_1));
  } else if (body < LEN_4) {
    coap_write_u8(&w, 14 << 4 | tkl);
    coap_write_u16(&w, (uint16_t)(body - LEN_2));
  } else {
    coap_write_u8(&w, 15 << 4 | tkl);
    coap_write_u32(&w, (uint32_t)(body - LEN_4));
  }
  return put_header(pdu, header, w.used, length);
}

const uint8_t *
coap_wire_encode_ws(coap_pdu_t *pdu, size_t *length) {
  uint8_t tkl = coap_nibble(pdu->token_length);

  return put_header(pdu, &tkl, 1, length);
}
