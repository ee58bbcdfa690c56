/* load_message.c -- the bytes of requests and responses (RFC 7252 3, RFC 8323 3.2). */
#include "load_message.h"

#include <string.h>

enum { HEAD_UDP = 4, LENGTH_8 = 13, LENGTH_16 = 14, LENGTH_32 = 15, PAYLOAD_MARKER = 0xff };
enum { SZX_1024 = 6, CODE_CSM = 0xe1 };

int
load_template_options(load_template_t *template, const coap_optlist_t *list) {
  for (; list; list = list->next) {
    size_t room = sizeof(template->options) - template->options_length;
    size_t added =
        coap_opt_encode(template->options + template->options_length, room,
                        (uint16_t)(list->number - template->last_option), list->data, list->length);

    if (!added)
      return 0;
    template->options_length += added;
    template->last_option = list->number;
  }
  return 1;
}

/* Block2 comes after all that a URI is made of. */
static size_t
write_block(const load_template_t *template, uint8_t *out, uint32_t number) {
  uint8_t value[4];
  unsigned int length = coap_encode_var_safe(value, sizeof(value), number << 4 | SZX_1024);

  return coap_opt_encode(out, 8, (uint16_t)(COAP_OPTION_BLOCK2 - template->last_option), value,
                         length);
}

/* Token, options and payload. */
static size_t
write_rest(const load_template_t *template, uint8_t *out, const uint8_t token[LOAD_TOKEN],
           uint32_t block) {
  uint8_t *at = out;

  memcpy(at, token, LOAD_TOKEN);
  at += LOAD_TOKEN;
  memcpy(at, template->options, template->options_length);
  at += template->options_length;
  if (block != LOAD_NO_BLOCK)
    at += write_block(template, at, block);
  if (template->payload_length) {
    *at++ = PAYLOAD_MARKER;
    memcpy(at, template->payload, template->payload_length);
    at += template->payload_length;
  }
  return (size_t)(at - out);
}

/* The length counts what comes after the token. */
static size_t
write_stream_head(uint8_t *out, size_t length, coap_pdu_code_t code) {
  size_t at = 1;

  if (length < LENGTH_8) {
    out[0] = (uint8_t)(length << 4 | LOAD_TOKEN);
  } else if (length < 256 + LENGTH_8) {
    out[0] = LENGTH_8 << 4 | LOAD_TOKEN;
    out[at++] = (uint8_t)(length - LENGTH_8);
  } else {
    out[0] = LENGTH_16 << 4 | LOAD_TOKEN;
    length -= 256 + LENGTH_8;
    out[at++] = (uint8_t)(length >> 8);
    out[at++] = (uint8_t)length;
  }
  out[at++] = (uint8_t)code;
  return at;
}

size_t
load_template_write(const load_template_t *template, uint8_t *out, uint16_t mid,
                    const uint8_t token[LOAD_TOKEN], uint32_t block) {
  uint8_t rest[LOAD_MESSAGE_MAX];
  size_t length;
  size_t head;

  if (!template->is_reliable) {
    out[0] = (uint8_t)(1U << 6 | (unsigned int)template->type << 4 | LOAD_TOKEN);
    out[1] = (uint8_t) template->code;
    out[2] = (uint8_t)(mid >> 8);
    out[3] = (uint8_t)mid;
    return HEAD_UDP + write_rest(template, out + HEAD_UDP, token, block);
  }
  length = write_rest(template, rest, token, block);
  head = write_stream_head(out, length - LOAD_TOKEN, template->code);
  memcpy(out + head, rest, length);
  return head + length;
}

int
load_reply_read(load_reply_t *reply, const uint8_t *data, size_t length) {
  size_t token;

  if (length < HEAD_UDP || data[0] >> 6 != 1)
    return 0;
  token = data[0] & 0xfU;
  if (length < HEAD_UDP + token)
    return 0;
  reply->type = (coap_pdu_type_t)(data[0] >> 4 & 3);
  reply->code = data[1];
  reply->mid = (uint16_t)(data[2] << 8 | data[3]);
  reply->token = token == LOAD_TOKEN ? data + HEAD_UDP : NULL;
  reply->options = data + HEAD_UDP + token;
  reply->length = length - HEAD_UDP - token;
  return 1;
}

size_t
load_reply_read_stream(load_reply_t *reply, const uint8_t *data, size_t length) {
  static const size_t base[] = {[LENGTH_8] = 13, [LENGTH_16] = 269, [LENGTH_32] = 65805};
  size_t kind;
  size_t more;
  size_t token;
  size_t body;
  size_t at = 1;

  if (!length)
    return 0;
  kind = data[0] >> 4;
  token = data[0] & 0xfU;
  more = kind < LENGTH_8 ? 0 : (size_t)1 << (kind - LENGTH_8);
  if (length < 2 + more)
    return 0;
  body = more ? 0 : kind;
  for (size_t i = 0; i < more; i++)
    body = body << 8 | data[at++];
  body += more ? base[kind] : 0;
  reply->code = data[at++];
  if (length - at < token + body)
    return 0;
  reply->type = COAP_MESSAGE_NON;
  reply->mid = 0;
  reply->token = token == LOAD_TOKEN ? data + at : NULL;
  reply->options = data + at + token;
  reply->length = body;
  return at + token + body;
}

int
load_reply_block(const load_reply_t *reply, uint32_t *number, int *more, size_t *payload) {
  const uint8_t *at = reply->options;
  size_t left = reply->length;
  unsigned int option = 0;
  int found = 0;

  while (left && *at != PAYLOAD_MARKER) {
    coap_option_t read;
    size_t taken = coap_opt_parse(at, left, &read);

    if (!taken)
      return 0;
    option += read.delta;
    if (option == COAP_OPTION_BLOCK2) {
      unsigned int value = coap_decode_var_bytes(read.value, read.length);

      *number = value >> 4;
      *more = value >> 3 & 1;
      found = 1;
    }
    at += taken;
    left -= taken;
  }
  *payload = left ? left - 1 : 0;
  return found;
}

size_t
load_csm_write(uint8_t *out) {
  out[0] = 0;
  out[1] = CODE_CSM;
  return 2;
}

size_t
load_ack_write(uint8_t *out, uint16_t mid) {
  out[0] = (uint8_t)(1U << 6 | (unsigned int)COAP_MESSAGE_ACK << 4);
  out[1] = 0;
  out[2] = (uint8_t)(mid >> 8);
  out[3] = (uint8_t)mid;
  return HEAD_UDP;
}
