/* frame_agreement.c -- see frame_agreement.h. */
#include "oracle/frame_agreement.h"
#include "oracle/oracle.h"
#include "oracle/parser_agreement.h"
#include "oracle/upgrade_reader.h"
#include "world/frame_reader.h"

#include "wire/pdu_tcp.h"
#include "wire/ws_close.h"
#include "wire/ws_frame.h"
#include "wire/ws_http.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 70000U

static const char name[] = "frame-agreement";

static void
differ(const char *section, const char *what) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  oracle_violated(name, section, &o, "the two readers see another %s", what);
}

/* How long the message is, told by each prefix of it: either nothing yet or always the same. */
static void
check_prefixes(const uint8_t *data, size_t len, uint64_t total) {
  size_t n;

  for (n = 0; n < len && n < 12; n++) {
    uint64_t early = 0;
    coap_wire_status_t status = coap_wire_tcp_size(data, n, COAP_TOKEN_EXT_MAX, &early);

    if (status != COAP_WIRE_MORE && (status != COAP_WIRE_OK || early != total))
      differ("RFC 8323 3.2", "length in the message's beginning");
  }
}

/* What was read is written as the same bytes: there is one form only. */
static void
check_encoding(const uint8_t *data, size_t len) {
  coap_pdu_t *pdu = NULL;
  const char *why;
  const uint8_t *again;
  size_t size = 0;

  if (coap_wire_parse_tcp(data, len, COAP_TOKEN_EXT_MAX, &pdu, &why) == COAP_WIRE_OK) {
    again = coap_wire_encode_tcp(pdu, &size);
    if (size != len || memcmp(again, data, len) != 0)
      differ("RFC 8323 3.2", "message when it is written again");
  }
  coap_delete_pdu(pdu);
}

unsigned int
frame_agreement_tcp(const uint8_t *data, size_t len) {
  unsigned int messages = 0;

  for (;;) {
    uint64_t ours = 0;
    uint64_t theirs = 0;
    int known = msg_tcp_size(data, len, &ours);
    coap_wire_status_t status = coap_wire_tcp_size(data, len, COAP_TOKEN_EXT_MAX, &theirs);

    if ((known == 1) != (status == COAP_WIRE_OK) || (known == 0) != (status == COAP_WIRE_MORE) ||
        ours != theirs)
      differ("RFC 8323 3.2", "length of a message");
    if (known != 1)
      return messages;
    check_prefixes(data, len, theirs);
    if (theirs > len)
      return messages;
    if (parser_agreement_tcp(data, (size_t)theirs))
      check_encoding(data, (size_t)theirs);
    messages++;
    data += theirs;
    len -= (size_t)theirs;
  }
}

/* What a reader saw of a stream. */
struct seen {
  unsigned int frames; /* complete */
  uint64_t hash;       /* of headers and payloads */
  int broken;
};

static void
see(struct seen *s, uint64_t word) {
  s->hash = (s->hash ^ word) * UINT64_C(0x9fb21c651e98df25);
  s->hash ^= s->hash >> 29;
}

static uint64_t
header_word(unsigned int opcode, unsigned int fin, uint64_t length) {
  return length << 8 | opcode << 1 | fin;
}

/* The harness's reader, on all bytes at once. */
static struct seen
read_ours(const uint8_t *data, size_t len, int masked) {
  struct seen s = {0, 0, 0};
  uint64_t message = 0;
  int in_message = 0;
  struct ws_frame f;

  while (ws_frame_header(&f, data, len)) {
    size_t i;

    if (ws_frame_wrong(&f, masked, in_message) != NULL) {
      s.broken = 1;
      return s;
    }
    if (f.opcode < WS_CLOSE) {
      message = (f.opcode == WS_CONT ? message : 0) + f.length;
      in_message = !f.fin;
      if (message > MESSAGE_MAX) {
        s.broken = 1;
        return s;
      }
    }
    data += f.header;
    len -= f.header;
    see(&s, header_word(f.opcode, f.fin, f.length));
    for (i = 0; i < f.length && i < len; i++) {
      uint8_t byte;
      struct ws_frame shifted = f;

      shifted.key[0] = f.key[i & 3U];
      ws_unmask(&shifted, &byte, data + i, 1);
      see(&s, byte);
    }
    data += i;
    len -= i;
    if (i < f.length)
      return s;
    s.frames++;
  }
  /* Two bytes tell most of what is wrong with a header that is not complete; that it is text only
   * counts when it is. */
  if (f.opcode == WS_TEXT)
    f.opcode = WS_BIN;
  if (len >= 2 && ws_frame_wrong(&f, masked, in_message) != NULL)
    s.broken = 1;
  return s;
}

static struct seen
read_library(const uint8_t *data, size_t len, int masked, size_t chunk) {
  struct seen s = {0, 0, 0};
  uint8_t *copy = malloc(len + 1);
  coap_ws_reader_t reader;
  size_t at;

  if (copy == NULL)
    abort();
  if (len > 0)
    memcpy(copy, data, len);
  coap_ws_reader_init(&reader, masked, MESSAGE_MAX);
  for (at = 0; at < len && !s.broken; at += chunk) {
    coap_ws_input_t input = {copy + at, len - at < chunk ? len - at : chunk};
    coap_ws_step_t step;

    while ((step = coap_ws_read(&reader, &input)) != COAP_WS_MORE) {
      size_t i;

      if (step == COAP_WS_BROKEN) {
        s.broken = 1;
        break;
      }
      if (step == COAP_WS_FRAME)
        see(&s, header_word((unsigned int)reader.opcode, (unsigned int)reader.fin, reader.length));
      for (i = 0; i < reader.piece_length; i++)
        see(&s, reader.piece[i]);
      s.frames += step == COAP_WS_END;
    }
  }
  free(copy);
  return s;
}

unsigned int
frame_agreement_ws(const uint8_t *data, size_t len, int masked, size_t chunk) {
  struct seen ours = read_ours(data, len, masked);
  struct seen whole = read_library(data, len, masked, len + 1);
  struct seen pieces = read_library(data, len, masked, chunk > 0 ? chunk : 1);

  if (whole.frames != pieces.frames || whole.hash != pieces.hash || whole.broken != pieces.broken)
    differ("RFC 6455 5", "stream of frames when it comes in other pieces");
  if (ours.frames != whole.frames || ours.hash != whole.hash)
    differ("RFC 6455 5.2", "stream of frames");
  if (ours.broken != whole.broken)
    differ("RFC 6455 5.2", "end of the stream of frames");
  return ours.frames;
}

/* What the head deserves is what it gets. */
static void
check_verdict(const uint8_t *data, size_t len, int is_server, coap_wire_status_t status) {
  size_t head = ws_head_length(data, len);
  enum upgrade_verdict verdict =
      is_server ? upgrade_request(data, head)
                : upgrade_answer(data, head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* RFC 6455 1.3 */);

  if (status == COAP_WIRE_OK && (head == 0 || verdict == UPGRADE_WRONG))
    differ("RFC 6455 4", "upgrade: it is none");
  if (status != COAP_WIRE_OK && head > 0 && verdict == UPGRADE_RIGHT)
    differ("RFC 6455 4", "upgrade: it is right");
}

static int
read_head(const uint8_t *data, size_t len, int is_server, size_t chunk, size_t *used) {
  static const uint8_t nonce[] = "the sample nonce"; /* RFC 6455 1.3 */
  coap_wire_status_t status = COAP_WIRE_MORE;
  coap_ws_handshake_t h;
  int result;

  if (is_server)
    coap_ws_handshake_server(&h);
  else
    coap_ws_handshake_client(&h, nonce);
  *used = 0;
  while (status == COAP_WIRE_MORE && *used < len) {
    size_t taken = 0;

    status =
        coap_ws_handshake_read(&h, data + *used, len - *used < chunk ? len - *used : chunk, &taken);
    *used += taken;
  }
  result = h.status * 16 + (int)status;
  check_verdict(data, len, is_server, status);
  if (status == COAP_WIRE_OK && ws_head_length(data, len) != *used)
    differ("RFC 9112 2.1", "end of the head");
  if (h.head.room > 2 * (size_t)COAP_HTTP_HEAD_MAX)
    differ("design: bounded memory", "bound of a line");
  coap_ws_handshake_clear(&h);
  return result;
}

void
frame_agreement_http(const uint8_t *data, size_t len, int is_server, size_t chunk) {
  size_t whole_used;
  size_t pieces_used;
  int whole = read_head(data, len, is_server, len + 1, &whole_used);
  int pieces = read_head(data, len, is_server, chunk > 0 ? chunk : 1, &pieces_used);

  if (whole != pieces || whole_used != pieces_used)
    differ("RFC 9112 2.1", "head when it comes in other pieces");
}
