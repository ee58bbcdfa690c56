/* ws_http.c -- the opening handshake. A field is judged when its line is complete, what is missing
 * when the head is. */
#include "wire/ws_http.h"

#include "wire/buf.h"

#include <string.h>

typedef enum field_t {
  FIELD_ACCEPT,
  FIELD_BODY, /* what announces one */
  FIELD_CONNECTION,
  FIELD_EXTENSIONS,
  FIELD_HOST,
  FIELD_KEY,
  FIELD_PROTOCOL,
  FIELD_UPGRADE,
  FIELD_VERSION,
  FIELD_OTHER
} field_t;

#define BIT(field) (1U << (field))

static const struct {
  const char *name;
  field_t field;
} fields[] = {
    {"Sec-WebSocket-Accept", FIELD_ACCEPT},
    {"Content-Length", FIELD_BODY},
    {"Transfer-Encoding", FIELD_BODY},
    {"Connection", FIELD_CONNECTION},
    {"Sec-WebSocket-Extensions", FIELD_EXTENSIONS},
    {"Host", FIELD_HOST},
    {"Sec-WebSocket-Key", FIELD_KEY},
    {"Sec-WebSocket-Protocol", FIELD_PROTOCOL},
    {"Upgrade", FIELD_UPGRADE},
    {"Sec-WebSocket-Version", FIELD_VERSION},
};

/* Those of a request that may stand there once only: for Host RFC 9112 3.2, for the others
 * RFC 6455 11.3. */
static const unsigned int single_in_request = BIT(FIELD_HOST) | BIT(FIELD_KEY) | BIT(FIELD_VERSION);
static const unsigned int single_in_answer = BIT(FIELD_ACCEPT) | BIT(FIELD_PROTOCOL);

static field_t
find_field(coap_http_text_t name) {
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
    if (coap_http_is_nocase(name, fields[i].name))
      return fields[i].field;
  }
  return FIELD_OTHER;
}

static void
init(coap_ws_handshake_t *h, int is_server) {
  memset(h, 0, sizeof(*h));
  coap_http_head_init(&h->head);
  h->is_server = is_server;
}

void
coap_ws_handshake_server(coap_ws_handshake_t *handshake) {
  init(handshake, 1);
}

void
coap_ws_handshake_client(coap_ws_handshake_t *handshake, const uint8_t nonce[COAP_WS_NONCE_SIZE]) {
  char key[COAP_WS_KEY_TEXT + 1];

  init(handshake, 0);
  coap_ws_make_key(nonce, key);
  coap_ws_make_accept(key, handshake->accept);
}

void
coap_ws_handshake_clear(coap_ws_handshake_t *handshake) {
  coap_http_head_clear(&handshake->head);
}

static coap_wire_status_t
fail(coap_ws_handshake_t *h, int status, const char *why) {
  h->status = status;
  h->why = why;
  return COAP_WIRE_MALFORMED;
}

/* A server names the fault; a client keeps the answer's status. */
static coap_wire_status_t
bad(coap_ws_handshake_t *h, const char *why) {
  return fail(h, h->is_server ? 400 : h->status, why);
}

/* RFC 9110 4.2.1, 4.2.4: a host there must be; user information is not to be taken. */
static int
is_authority(const char *s, size_t length) {
  return length > 0 && s[0] != ':' && !memchr(s, '@', length);
}

/* The path of a request target, which a server takes as a whole URI, too (RFC 9112 3.2.2). */
static coap_http_text_t
target_path(coap_http_text_t target) {
  static const char scheme[] = "http://";
  const size_t length = sizeof(scheme) - 1;
  coap_http_text_t start = {target.s, target.length < length ? target.length : length};
  const char *slash;

  if (!coap_http_is_nocase(start, scheme))
    return target;
  slash = memchr(target.s + length, '/', target.length - length);
  if (!slash || !is_authority(target.s + length, (size_t)(slash - target.s) - length))
    return (coap_http_text_t){"", 0};
  return (coap_http_text_t){slash, target.length - (size_t)(slash - target.s)};
}

static coap_wire_status_t
take_request_line(coap_ws_handshake_t *h, coap_http_text_t line) {
  coap_http_text_t rest = line;
  coap_http_text_t method = coap_http_cut(&rest, ' ');
  coap_http_text_t target = coap_http_cut(&rest, ' ');

  if (!coap_http_is(method, "GET"))
    return bad(h, "method is not GET");
  if (!coap_http_is(rest, "HTTP/1.1"))
    return bad(h, "version is not HTTP/1.1");
  if (!coap_http_is(target_path(target), COAP_WS_PATH))
    h->wrong |= BIT(FIELD_OTHER);
  return COAP_WIRE_MORE;
}

static int
is_digit(char c) {
  return c >= '0' && c <= '9';
}

static coap_wire_status_t
take_status_line(coap_ws_handshake_t *h, coap_http_text_t line) {
  coap_http_text_t rest = line;
  coap_http_text_t version = coap_http_cut(&rest, ' ');
  coap_http_text_t code = coap_http_cut(&rest, ' ');

  if (!coap_http_is(version, "HTTP/1.1") || code.length != 3 || !is_digit(code.s[0]) ||
      !is_digit(code.s[1]) || !is_digit(code.s[2]))
    return fail(h, 0, "no status line of HTTP/1.1");
  h->status = (code.s[0] - '0') * 100 + (code.s[1] - '0') * 10 + (code.s[2] - '0');
  if (h->status != 101)
    return fail(h, h->status, "server does not switch protocols");
  return COAP_WIRE_MORE;
}

/* Whether a field that only has to be there once in the right form is so. */
static int
is_right(coap_ws_handshake_t *h, field_t field, coap_http_text_t value) {
  switch (field) {
  case FIELD_ACCEPT:
    return coap_http_is(value, h->accept);
  case FIELD_BODY:
    return coap_http_is(value, "0");
  case FIELD_CONNECTION:
    return coap_http_list_has(value, "upgrade", coap_http_is_nocase);
  case FIELD_HOST:
    return value.length > 0;
  case FIELD_KEY:
    return coap_ws_key_is_valid(value.s, value.length);
  case FIELD_PROTOCOL:
    return h->is_server ? coap_http_list_has(value, COAP_WS_SUBPROTOCOL, coap_http_is)
                        : coap_http_is(value, COAP_WS_SUBPROTOCOL);
  case FIELD_UPGRADE: /* RFC 6455 4.1: an answer names this and nothing else */
    return h->is_server ? coap_http_list_has(value, "websocket", coap_http_is_nocase)
                        : coap_http_is_nocase(value, "websocket");
  case FIELD_VERSION:
    return coap_http_is(value, "13");
  case FIELD_EXTENSIONS: /* none are asked for, so none can be granted (RFC 6455 4.1) */
    return h->is_server;
  case FIELD_OTHER:
    break;
  }
  return 1;
}

static coap_wire_status_t
take_field(coap_ws_handshake_t *h, coap_http_text_t line) {
  unsigned int single = h->is_server ? single_in_request : single_in_answer;
  /* Of these one line of several with what is wanted is enough. */
  const unsigned int lists =
      BIT(FIELD_CONNECTION) | (h->is_server ? BIT(FIELD_UPGRADE) | BIT(FIELD_PROTOCOL) : 0U);
  coap_http_text_t name;
  coap_http_text_t value;
  field_t field;

  if (!coap_http_split_field(line, &name, &value))
    return bad(h, "a line is no header field");
  field = find_field(name);
  if (h->seen & single & BIT(field))
    return bad(h, "a header field is there twice");
  if (field == FIELD_KEY && h->is_server && is_right(h, field, value))
    coap_ws_make_accept(value.s, h->accept);
  if (!is_right(h, field, value)) {
    if (!(h->seen & lists & BIT(field)))
      h->wrong |= BIT(field);
  } else if (lists & BIT(field)) {
    h->wrong &= ~BIT(field);
  }
  h->seen |= BIT(field);
  return COAP_WIRE_MORE;
}

/* There, and as it must be. */
static int
has(const coap_ws_handshake_t *h, field_t field) {
  return (h->seen & ~h->wrong & BIT(field)) != 0;
}

static coap_wire_status_t
judge_request(coap_ws_handshake_t *h) {
  if (!has(h, FIELD_HOST))
    return fail(h, 400, "Host is missing or empty");
  if (h->wrong & BIT(FIELD_BODY))
    return fail(h, 400, "request with a body");
  if (h->wrong & BIT(FIELD_OTHER))
    return fail(h, 404, "path is not " COAP_WS_PATH);
  if (!has(h, FIELD_UPGRADE) || !has(h, FIELD_CONNECTION))
    return fail(h, 426, "no upgrade to WebSocket wanted");
  if (!has(h, FIELD_VERSION))
    return fail(h, 426, "WebSocket version is not 13");
  if (!has(h, FIELD_KEY))
    return fail(h, 400, "Sec-WebSocket-Key is missing or wrong");
  if (!has(h, FIELD_PROTOCOL))
    return fail(h, 400, "subprotocol coap is not offered");
  h->status = 101;
  return COAP_WIRE_OK;
}

static coap_wire_status_t
judge_answer(coap_ws_handshake_t *h) {
  if (!has(h, FIELD_UPGRADE) || !has(h, FIELD_CONNECTION))
    return bad(h, "answer does not upgrade to WebSocket");
  if (!has(h, FIELD_ACCEPT))
    return bad(h, "Sec-WebSocket-Accept is missing or wrong");
  if (h->wrong & BIT(FIELD_EXTENSIONS))
    return bad(h, "extension that nobody asked for");
  if (!has(h, FIELD_PROTOCOL))
    return bad(h, "subprotocol coap is not chosen");
  return COAP_WIRE_OK;
}

static coap_wire_status_t
take_line(coap_ws_handshake_t *h, coap_http_text_t line) {
  if (!h->at++)
    return h->is_server ? take_request_line(h, line) : take_status_line(h, line);
  if (line.length)
    return take_field(h, line);
  return h->is_server ? judge_request(h) : judge_answer(h);
}

coap_wire_status_t
coap_ws_handshake_read(coap_ws_handshake_t *handshake, const uint8_t *data, size_t length,
                       size_t *used) {
  coap_wire_status_t status = COAP_WIRE_MORE;
  size_t taken;

  *used = 0;
  while (status == COAP_WIRE_MORE && *used < length) {
    coap_http_text_t line = {NULL, 0};

    status = coap_http_read_line(&handshake->head, data + *used, length - *used, &taken, &line);
    *used += taken;
    if (status == COAP_WIRE_OK)
      status = take_line(handshake, line);
    else if (status == COAP_WIRE_MALFORMED)
      bad(handshake, "head is too long or has wrong characters");
  }
  return status;
}

static void
put(coap_writer_t *w, const char *text) {
  coap_write_bytes(w, text, strlen(text));
}

static int
host_is_fine(const char *host) {
  size_t length = strlen(host);

  if (!length || length > COAP_WS_HOST_MAX)
    return 0;
  for (size_t i = 0; i < length; i++) {
    if (host[i] <= ' ' || host[i] > '~')
      return 0;
  }
  return 1;
}

size_t
coap_ws_write_request(char to[COAP_WS_REQUEST_MAX], const char *host,
                      const uint8_t nonce[COAP_WS_NONCE_SIZE]) {
  coap_writer_t w = coap_writer((uint8_t *)to, COAP_WS_REQUEST_MAX);
  char key[COAP_WS_KEY_TEXT + 1];

  if (!host_is_fine(host))
    return 0;
  coap_ws_make_key(nonce, key);
  put(&w, "GET " COAP_WS_PATH " HTTP/1.1\r\nHost: ");
  put(&w, host);
  put(&w, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
  put(&w, key);
  put(&w,
      "\r\nSec-WebSocket-Protocol: " COAP_WS_SUBPROTOCOL "\r\nSec-WebSocket-Version: 13\r\n\r\n");
  return w.bad ? 0 : w.used;
}

size_t
coap_ws_write_response(char to[COAP_WS_RESPONSE_MAX], const coap_ws_handshake_t *handshake) {
  coap_writer_t w = coap_writer((uint8_t *)to, COAP_WS_RESPONSE_MAX);

  if (handshake->status == 101) {
    put(&w, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: ");
    put(&w, handshake->accept);
    put(&w, "\r\nSec-WebSocket-Protocol: " COAP_WS_SUBPROTOCOL "\r\n\r\n");
    return w.used;
  }
  if (handshake->status == 404)
    put(&w, "HTTP/1.1 404 Not Found\r\n");
  else if (handshake->status == 426)
    put(&w, "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  else
    put(&w, "HTTP/1.1 400 Bad Request\r\n");
  put(&w, handshake->status == 426 ? "Connection: Upgrade, close\r\n" : "Connection: close\r\n");
  put(&w, "Content-Length: 0\r\n\r\n");
  return w.used;
}
