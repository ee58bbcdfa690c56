/* pdu_udp.c -- datagrams to messages and back. A message is taken whole or not at all. */
#include "wire/pdu_udp.h"

#include "wire/nibble.h"

enum { UDP_VERSION = 1, UDP_HEADER = 4 };

coap_wire_status_t
coap_wire_view_udp(const uint8_t *data, size_t length, size_t max_token, coap_message_view_t *view,
                   const char **why) {
  coap_reader_t r = coap_reader(data, length);
  uint8_t first = coap_read_u8(&r);
  uint8_t code = coap_read_u8(&r);
  uint16_t mid = coap_read_u16(&r);

  if (r.bad || first >> 6 != UDP_VERSION) {
    *why = r.bad ? "shorter than a header" : "unknown version";
    return COAP_WIRE_IGNORE;
  }
  view->type = (coap_pdu_type_t)(first >> 4 & 3);
  view->code = (coap_pdu_code_t)code;
  view->mid = mid;
  view->bytes = r.at;
  view->length = r.left;
  if (code == COAP_EMPTY_CODE && (r.left || first & 0x0f)) {
    *why = "Empty message with bytes after the message ID";
    return COAP_WIRE_MALFORMED;
  }
  return coap_view_body(view, first & 0x0f, max_token, why);
}

coap_wire_status_t
coap_wire_parse_udp(const uint8_t *data, size_t length, size_t max_token, coap_pdu_t **pdu_out,
                    const char **why) {
  coap_message_view_t view;
  coap_wire_status_t status = coap_wire_view_udp(data, length, max_token, &view, why);

  return coap_view_copy(&view, status, pdu_out, why);
}

static void
write_header(uint8_t header[UDP_HEADER], coap_pdu_type_t type, size_t token_length,
             coap_pdu_code_t code, coap_mid_t mid) {
  coap_writer_t w = coap_writer(header, UDP_HEADER);

  coap_write_u8(&w,
                (uint8_t)(UDP_VERSION << 6 | (unsigned int)type << 4 | coap_nibble(token_length)));
  coap_write_u8(&w, (uint8_t)code);
  coap_write_u16(&w, (uint16_t)mid);
}

const uint8_t *
coap_wire_encode_udp(coap_pdu_t *pdu, size_t *length) {
  uint8_t *start = coap_pdu_bytes(pdu) - UDP_HEADER;

  write_header(start, pdu->type, pdu->token_length, pdu->code, pdu->mid);
  *length = UDP_HEADER + pdu->used;
  return start;
}

void
coap_wire_empty_udp(uint8_t datagram[4], coap_pdu_type_t type, coap_mid_t mid) {
  write_header(datagram, type, 0, COAP_EMPTY_CODE, mid);
}
