/* ws_close.c -- what Close frames say. */
#include "wire/ws_close.h"

#include "wire/buf.h"

int
coap_ws_close_code_is_valid(unsigned int code) {
  /* 1004, 1005, 1006 and 1015 are never sent; 1012 to 1014 were registered after RFC 6455; 3000 to
   * 4999 belong to libraries and applications. */
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/* The smallest and largest second byte tell overlong forms, surrogates and too large values. */
typedef struct utf8_lead_t {
  uint8_t first;
  uint8_t last;
  uint8_t tail; /* bytes that follow */
  uint8_t second_min;
  uint8_t second_max;
} utf8_lead_t;

static const utf8_lead_t utf8_leads[] = {
    {0x00, 0x7f, 0, 0x80, 0xbf}, {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static const utf8_lead_t *
find_lead(uint8_t byte) {
  for (size_t i = 0; i < sizeof(utf8_leads) / sizeof(utf8_leads[0]); i++) {
    if (byte >= utf8_leads[i].first && byte <= utf8_leads[i].last)
      return &utf8_leads[i];
  }
  return NULL;
}

int
coap_utf8_is_valid(const uint8_t *text, size_t length) {
  coap_reader_t r = coap_reader(text, length);

  while (r.left) {
    const utf8_lead_t *lead = find_lead(coap_read_u8(&r));
    const uint8_t *tail = lead ? coap_read_bytes(&r, lead->tail) : NULL;

    if (!lead || r.bad)
      return 0;
    for (size_t i = 0; i < lead->tail; i++) {
      uint8_t min = i ? 0x80 : lead->second_min;
      uint8_t max = i ? 0xbf : lead->second_max;

      if (tail[i] < min || tail[i] > max)
        return 0;
    }
  }
  return 1;
}

coap_ws_close_code_t
coap_ws_check_close(const uint8_t *payload, size_t length, unsigned int *code) {
  coap_reader_t r = coap_reader(payload, length);

  *code = COAP_WS_CLOSE_NO_CODE;
  if (!length)
    return COAP_WS_CLOSE_NONE;
  *code = coap_read_u16(&r);
  if (r.bad || !coap_ws_close_code_is_valid(*code))
    return COAP_WS_CLOSE_PROTOCOL;
  return coap_utf8_is_valid(r.at, r.left) ? COAP_WS_CLOSE_NONE : COAP_WS_CLOSE_BAD_DATA;
}
