/* pdu_udp.c -- datagrams to messages and back. A message is taken whole or not at all. */
#include "wire/pdu_udp.h"

#include "wire/buf.h"

enum { UDP_VERSION = 1, UDP_HEADER = 4 };

static size_t
token_nibble(size_t length) {
  return length < 13 ? length : length < 269 ? 13 : 14;
}

/* The token's length from the header's nibble and what follows the header (RFC 8974 2.1). Once
 * extended lengths are in use, none of them is a format error: a request whose token is too long
 * gets an error response from above, never a Reset (RFC 8974 2.2.2). */
static size_t
read_token_length(coap_reader_t *r, unsigned int nibble, size_t max_token) {
  size_t length = nibble;

  if (nibble == 13)
    length = (size_t)coap_read_u8(r) + 13;
  else if (nibble == 14)
    length = (size_t)coap_read_u16(r) + 269;
  if (nibble == 15 || (length > COAP_TOKEN_DEFAULT_MAX && max_token <= COAP_TOKEN_DEFAULT_MAX))
    r->bad = 1;
  return length;
}

/* Walks the options; returns the offset of the payload from `r`'s start, 0 for none. What is wrong
 * is in *why. */
static const char *
check_options(coap_reader_t r, size_t *payload_at, uint16_t *max_opt) {
  size_t total = r.left;
  unsigned int number = 0;

  *payload_at = 0;
  while (r.left) {
    coap_option_t option;
    size_t size;

    if (*r.at == 0xff) {
      if (r.left == 1)
        return "payload marker without payload";
      *payload_at = total - r.left + 1;
      break;
    }
    size = coap_opt_parse(r.at, r.left, &option);
    if (!size)
      return "option head or length is wrong";
    number += option.delta;
    if (number > COAP_MAX_OPT)
      return "option number past 65535";
    coap_read_bytes(&r, size);
  }
  *max_opt = (uint16_t)number;
  return NULL;
}

/* Puts what follows the header into `pdu`. NULL, or what is wrong with it; "" for want of memory.
 */
static const char *
take_body(coap_pdu_t *pdu, coap_reader_t r, unsigned int token_nibble_value, size_t max_token) {
  const uint8_t *start = r.at;
  size_t total = r.left;
  size_t token_length = read_token_length(&r, token_nibble_value, max_token);
  size_t token_offset = total - r.left;
  size_t payload_at;
  const char *why;

  if (r.bad)
    return "token length is reserved or not accepted";
  if (!coap_read_bytes(&r, token_length))
    return "token runs past the end";
  why = check_options(r, &payload_at, &pdu->max_opt);
  if (why)
    return why;
  if (pdu->code == COAP_EMPTY_CODE && total)
    return "Empty message with bytes after the message ID";
  if (!coap_pdu_reserve(pdu, total))
    return "";
  if (total)
    memcpy(coap_pdu_bytes(pdu), start, total);
  pdu->used = total;
  pdu->token_offset = token_offset;
  pdu->token_length = token_length;
  pdu->data_offset = payload_at ? token_offset + token_length + payload_at : 0;
  return NULL;
}

coap_wire_status_t
coap_wire_parse_udp(const uint8_t *data, size_t length, size_t max_token, coap_pdu_t **pdu_out,
                    const char **why) {
  coap_reader_t r = coap_reader(data, length);
  uint8_t first = coap_read_u8(&r);
  uint8_t code = coap_read_u8(&r);
  uint16_t mid = coap_read_u16(&r);
  coap_pdu_t *pdu;

  *pdu_out = NULL;
  if (r.bad || first >> 6 != UDP_VERSION) {
    *why = r.bad ? "shorter than a header" : "unknown version";
    return COAP_WIRE_IGNORE;
  }
  pdu = coap_pdu_init((coap_pdu_type_t)(first >> 4 & 3), (coap_pdu_code_t)code, mid, r.left);
  *why = pdu ? take_body(pdu, r, first & 0x0f, max_token) : "";
  if (*why && !**why) {
    coap_delete_pdu(pdu);
    return COAP_WIRE_NO_MEMORY;
  }
  *pdu_out = pdu;
  if (!*why)
    return COAP_WIRE_OK;
  coap_pdu_clear(pdu);
  return COAP_WIRE_MALFORMED;
}

static void
write_header(uint8_t header[UDP_HEADER], coap_pdu_type_t type, size_t token_length,
             coap_pdu_code_t code, coap_mid_t mid) {
  coap_writer_t w = coap_writer(header, UDP_HEADER);

  coap_write_u8(&w,
                (uint8_t)(UDP_VERSION << 6 | (unsigned int)type << 4 | token_nibble(token_length)));
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

int
coap_pdu_parse(coap_proto_t proto, const uint8_t *data, size_t length, coap_pdu_t *pdu) {
  coap_pdu_t *parsed = NULL;
  coap_pdu_t swap;
  const char *why;
  int ok;

  if (!pdu || !data || (proto != COAP_PROTO_UDP && proto != COAP_PROTO_DTLS))
    return 0;
  ok = coap_wire_parse_udp(data, length, COAP_TOKEN_EXT_MAX, &parsed, &why) == COAP_WIRE_OK;
  if (ok) {
    swap = *pdu;
    *pdu = *parsed;
    pdu->max_size = swap.max_size > pdu->max_size ? swap.max_size : pdu->max_size;
    *parsed = swap;
  }
  coap_delete_pdu(parsed);
  return ok;
}
