/* frame_reader.c -- see frame_reader.h. */
#include "world/frame_reader.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>
#include <strings.h>

int
ws_frame_header(struct ws_frame *f, const uint8_t *data, size_t len) {
  unsigned int extra = 0;
  unsigned int i;

  memset(f, 0, sizeof(*f));
  if (len < 2)
    return 0;
  f->fin = data[0] >> 7;
  f->rsv = data[0] >> 4 & 7U;
  f->opcode = data[0] & 15U;
  f->masked = data[1] >> 7;
  f->length = data[1] & 127U;
  extra = f->length == 126 ? 2 : f->length == 127 ? 8 : 0;
  f->header = 2 + extra + (f->masked ? 4 : 0);
  if (len < f->header)
    return 0;
  if (extra > 0) {
    f->length = 0;
    for (i = 0; i < extra; i++)
      f->length = f->length << 8 | data[2 + i];
    f->long_form = (extra == 2 && f->length < 126) ||
                   (extra == 8 && (f->length < 65536 || f->length >> 63 != 0));
  }
  if (f->masked)
    memcpy(f->key, data + 2 + extra, 4);
  return 1;
}

const char *
ws_frame_wrong(const struct ws_frame *f, int masked, int in_message) {
  if (f->rsv != 0)
    return "reserved bits (RFC 6455 5.2)";
  if (f->opcode > WS_PONG || (f->opcode > WS_BIN && f->opcode < WS_CLOSE))
    return "reserved opcode (RFC 6455 5.2)";
  if (f->masked != masked)
    return "masking (RFC 6455 5.1)";
  if (f->long_form)
    return "length form (RFC 6455 5.2)";
  if (f->opcode >= WS_CLOSE)
    return !f->fin           ? "control frame in fragments (RFC 6455 5.5)"
           : f->length > 125 ? "long control frame (RFC 6455 5.5)"
                             : NULL;
  if ((f->opcode == WS_CONT) != (in_message != 0))
    return "order of fragments (RFC 6455 5.4)";
  if (f->opcode == WS_TEXT)
    return "text (RFC 8323 4.2)";
  return NULL;
}

void
ws_unmask(const struct ws_frame *f, uint8_t *to, const uint8_t *from, size_t len) {
  size_t i;

  for (i = 0; i < len; i++)
    to[i] = from[i] ^ (f->masked ? f->key[i & 3U] : 0);
}

size_t
ws_frame_write(const struct ws_frame *f, unsigned int form, const uint8_t *payload, size_t len,
               uint8_t *out, size_t size) {
  unsigned int extra = form == 2 || f->length > 65535 ? 8 : form == 1 || f->length > 125 ? 2 : 0;
  size_t need = 2 + extra + (f->masked ? 4 : 0) + len;
  unsigned int i;

  if (need > size)
    return need;
  *out++ = (uint8_t)(f->fin << 7 | (f->rsv & 7U) << 4 | (f->opcode & 15U));
  *out++ = (uint8_t)((f->masked ? 0x80U : 0) | (extra == 8   ? 127U
                                                : extra == 2 ? 126U
                                                             : (unsigned int)f->length));
  for (i = extra; i-- > 0;)
    *out++ = (uint8_t)(f->length >> 8 * i);
  if (f->masked) {
    memcpy(out, f->key, 4);
    out += 4;
  }
  ws_unmask(f, out, payload, len);
  return need;
}

size_t
ws_head_length(const uint8_t *data, size_t len) {
  size_t i;

  for (i = 4; i <= len; i++) {
    if (memcmp(data + i - 4, "\r\n\r\n", 4) == 0)
      return i;
  }
  return 0;
}

int
ws_accept_for(const uint8_t *head, size_t len, char accept[29]) {
  static const char field[] = "\r\nSec-WebSocket-Key:";
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  struct sha1_ctx ctx;
  uint8_t digest[SHA1_DIGEST_SIZE];
  size_t n = sizeof(field) - 1;
  size_t i;

  for (i = 0; i + n + 25 < len; i++) {
    if (strncasecmp((const char *)head + i, field, n) != 0)
      continue;
    i += n;
    while (head[i] == ' ' && i + 25 < len)
      i++;
    sha1_init(&ctx);
    sha1_update(&ctx, 24, head + i);
    sha1_update(&ctx, sizeof(guid) - 1, (const uint8_t *)guid);
    sha1_digest(&ctx, sizeof(digest), digest);
    base64_encode_raw(accept, sizeof(digest), digest);
    accept[28] = '\0';
    return 1;
  }
  return 0;
}
