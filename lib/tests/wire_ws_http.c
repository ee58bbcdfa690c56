/* wire_ws_http.c -- the opening handshake: RFC 6455 1.3 and 4, RFC 8323 8.2, strictly and in every
 * cut. */
#include "test.h"

#include "seams/memory.h"
#include "wire/ws_http.h"

static const uint8_t nonce[] = "the sample nonce"; /* RFC 6455 1.3 */

#define START   "GET /.well-known/coap HTTP/1.1\r\n"
#define HOST    "Host: example.org\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECT "Connection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define PROTO   "Sec-WebSocket-Protocol: coap\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define END     "\r\n"
#define REST    HOST UPGRADE CONNECT KEY PROTO VERSION

#define ANSWER "HTTP/1.1 101 Switching Protocols\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static coap_wire_status_t
read_in_two(coap_ws_handshake_t *h, const char *text, size_t cut, size_t *used) {
  size_t length = strlen(text);
  coap_wire_status_t status = COAP_WIRE_MORE;
  size_t taken;

  *used = 0;
  if (cut > length) { /* one at a time */
    while (status == COAP_WIRE_MORE && *used < length) {
      status = coap_ws_handshake_read(h, (const uint8_t *)text + *used, 1, &taken);
      *used += taken;
    }
    return status;
  }
  status = coap_ws_handshake_read(h, (const uint8_t *)text, cut, used);
  if (status != COAP_WIRE_MORE)
    return status;
  assert_int_equal(*used, cut);
  status = coap_ws_handshake_read(h, (const uint8_t *)text + cut, length - cut, &taken);
  *used += taken;
  return status;
}

typedef struct sample_t {
  const char *what;
  const char *text;
  coap_wire_status_t status;
  int http; /* h.status */
} sample_t;

static const sample_t requests[] = {
    {"as in RFC 8323", START REST END, COAP_WIRE_OK, 101},
    {"not yet", START REST, COAP_WIRE_MORE, 0},
    {"letters of names and values",
     "GET /.well-known/coap HTTP/1.1\r\nhOST: x\r\nUPGRADE: WebSocket\r\n"
     "connection:upgrade\r\nSEC-WEBSOCKET-KEY:dGhlIHNhbXBsZSBub25jZQ==\t\r\n"
     "sec-websocket-protocol: \t coap \r\nsec-websocket-version:13\r\n\r\n",
     COAP_WIRE_OK, 101},
    {"Connection as a list",
     START HOST UPGRADE KEY PROTO VERSION "Connection: keep-alive, ,Upgrade\r\n" END, COAP_WIRE_OK,
     101},
    {"Connection in two lines",
     START HOST UPGRADE KEY PROTO VERSION
     "Connection: keep-alive\r\nConnection: Upgrade\r\nConnection: x\r\n" END,
     COAP_WIRE_OK, 101},
    {"protocols in a list",
     START HOST UPGRADE KEY CONNECT VERSION "Sec-WebSocket-Protocol: chat,coap\r\n" END,
     COAP_WIRE_OK, 101},
    {"protocols in two lines",
     START HOST UPGRADE KEY CONNECT VERSION "Sec-WebSocket-Protocol: chat\r\n" PROTO END,
     COAP_WIRE_OK, 101},
    {"extensions offered", START REST "Sec-WebSocket-Extensions: permessage-deflate\r\n" END,
     COAP_WIRE_OK, 101},
    {"other fields", START REST "Origin: http://example.org\r\nX-\xc3\xa4: \xc3\xa4\r\n" END,
     COAP_WIRE_MALFORMED, 400},
    {"other values", START REST "Origin: http://example.org\r\nX-Y: \xc3\xa4 : , \r\nZ:\r\n" END,
     COAP_WIRE_OK, 101},
    {"whole URI as target", "GET http://h/.well-known/coap HTTP/1.1\r\n" REST END, COAP_WIRE_OK,
     101},
    {"no body", START REST "Content-Length: 0\r\n" END, COAP_WIRE_OK, 101},
    {"body", START REST "Content-Length: 1\r\n" END, COAP_WIRE_MALFORMED, 400},
    {"chunked body", START REST "Transfer-Encoding: chunked\r\n" END, COAP_WIRE_MALFORMED, 400},
    {"method", "POST /.well-known/coap HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED, 400},
    {"method in small letters", "get /.well-known/coap HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED,
     400},
    {"HTTP/1.0", "GET /.well-known/coap HTTP/1.0\r\n" REST END, COAP_WIRE_MALFORMED, 400},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", COAP_WIRE_MALFORMED, 400},
    {"two spaces", "GET  /.well-known/coap HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED, 400},
    {"space at the line's end", "GET /.well-known/coap HTTP/1.1 \r\n" REST END, COAP_WIRE_MALFORMED,
     400},
    {"other path", "GET / HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED, 404},
    {"longer path", "GET /.well-known/coaps HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED, 404},
    {"URI without path", "GET http://h HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED, 404},
    {"URI without host", "GET http:///.well-known/coap HTTP/1.1\r\n" REST END, COAP_WIRE_MALFORMED,
     404},
    {"URI with a port for its host", "GET http://:1/.well-known/coap HTTP/1.1\r\n" REST END,
     COAP_WIRE_MALFORMED, 404},
    {"URI with a user", "GET http://u@h/.well-known/coap HTTP/1.1\r\n" REST END,
     COAP_WIRE_MALFORMED, 404},
    {"no Host", START UPGRADE CONNECT KEY PROTO VERSION END, COAP_WIRE_MALFORMED, 400},
    {"two Hosts", START REST HOST END, COAP_WIRE_MALFORMED, 400},
    {"no Upgrade", START HOST CONNECT KEY PROTO VERSION END, COAP_WIRE_MALFORMED, 426},
    {"Upgrade to something else", START HOST "Upgrade: h2c\r\n" CONNECT KEY PROTO VERSION END,
     COAP_WIRE_MALFORMED, 426},
    {"no Connection", START HOST UPGRADE KEY PROTO VERSION END, COAP_WIRE_MALFORMED, 426},
    {"Connection without upgrade",
     START HOST UPGRADE "Connection: upgrades\r\n" KEY PROTO VERSION END, COAP_WIRE_MALFORMED, 426},
    {"no version", START HOST UPGRADE CONNECT KEY PROTO END, COAP_WIRE_MALFORMED, 426},
    {"version 8", START HOST UPGRADE CONNECT KEY PROTO "Sec-WebSocket-Version: 8\r\n" END,
     COAP_WIRE_MALFORMED, 426},
    {"two versions", START REST VERSION END, COAP_WIRE_MALFORMED, 400},
    {"no key", START HOST UPGRADE CONNECT PROTO VERSION END, COAP_WIRE_MALFORMED, 400},
    {"two keys", START REST KEY END, COAP_WIRE_MALFORMED, 400},
    {"no subprotocol", START HOST UPGRADE CONNECT KEY VERSION END, COAP_WIRE_MALFORMED, 400},
    {"subprotocol in capitals",
     START HOST UPGRADE CONNECT KEY VERSION "Sec-WebSocket-Protocol: COAP\r\n" END,
     COAP_WIRE_MALFORMED, 400},
    {"subprotocol's beginning",
     START HOST UPGRADE CONNECT KEY VERSION "Sec-WebSocket-Protocol: coa, coap2\r\n" END,
     COAP_WIRE_MALFORMED, 400},
    {"folded line", START HOST " more\r\n" UPGRADE CONNECT KEY PROTO VERSION END,
     COAP_WIRE_MALFORMED, 400},
    {"space in front of the colon", START "Host : x\r\n" UPGRADE CONNECT KEY PROTO VERSION END,
     COAP_WIRE_MALFORMED, 400},
    {"no colon", START REST "Hello\r\n" END, COAP_WIRE_MALFORMED, 400},
    {"no name", START REST ": x\r\n" END, COAP_WIRE_MALFORMED, 400},
    {"LF alone", "GET /.well-known/coap HTTP/1.1\n" REST END, COAP_WIRE_MALFORMED, 400},
    {"CR alone", START "Host: a\rb\r\n" UPGRADE CONNECT KEY PROTO VERSION END, COAP_WIRE_MALFORMED,
     400},
    {"CR CR LF", START "Host: a\r\r\n", COAP_WIRE_MALFORMED, 400},
    {"control character", START "Host: a\x01\r\n", COAP_WIRE_MALFORMED, 400},
    {"DEL", START "Host: a\x7f\r\n", COAP_WIRE_MALFORMED, 400},
    {"empty line first", "\r\n" START REST END, COAP_WIRE_MALFORMED, 400},
    {"TLS instead", "\x16\x03\x01", COAP_WIRE_MALFORMED, 400},
};

static const sample_t answers[] = {
    {"as in RFC 8323", ANSWER UPGRADE CONNECT ACCEPT PROTO END, COAP_WIRE_OK, 101},
    {"no phrase", "HTTP/1.1 101\r\n" UPGRADE CONNECT ACCEPT PROTO END, COAP_WIRE_OK, 101},
    {"other fields", ANSWER UPGRADE CONNECT ACCEPT PROTO "Server: x\r\n" END, COAP_WIRE_OK, 101},
    {"not yet", ANSWER UPGRADE CONNECT ACCEPT PROTO, COAP_WIRE_MORE, 101},
    {"404", "HTTP/1.1 404 Not Found\r\n", COAP_WIRE_MALFORMED, 404},
    {"200", "HTTP/1.1 200 OK\r\n", COAP_WIRE_MALFORMED, 200},
    {"HTTP/1.0", "HTTP/1.0 101 x\r\n", COAP_WIRE_MALFORMED, 0},
    {"four digits", "HTTP/1.1 1010 x\r\n", COAP_WIRE_MALFORMED, 0},
    {"no digits", "HTTP/1.1 1a1 x\r\n", COAP_WIRE_MALFORMED, 0},
    {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", COAP_WIRE_MALFORMED, 0},
    {"no Upgrade", ANSWER CONNECT ACCEPT PROTO END, COAP_WIRE_MALFORMED, 101},
    {"Upgrade to more than was asked for",
     ANSWER "Upgrade: h2c, websocket\r\n" CONNECT ACCEPT PROTO END, COAP_WIRE_MALFORMED, 101},
    {"two Upgrades, one of them wrong", ANSWER UPGRADE "Upgrade: h2c\r\n" CONNECT ACCEPT PROTO END,
     COAP_WIRE_MALFORMED, 101},
    {"no Connection", ANSWER UPGRADE ACCEPT PROTO END, COAP_WIRE_MALFORMED, 101},
    {"no Accept", ANSWER UPGRADE CONNECT PROTO END, COAP_WIRE_MALFORMED, 101},
    {"wrong Accept",
     ANSWER UPGRADE CONNECT PROTO "Sec-WebSocket-Accept: t3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" END,
     COAP_WIRE_MALFORMED, 101},
    {"Accept in small letters",
     ANSWER UPGRADE CONNECT PROTO "Sec-WebSocket-Accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n" END,
     COAP_WIRE_MALFORMED, 101},
    {"two Accepts", ANSWER UPGRADE CONNECT ACCEPT ACCEPT PROTO END, COAP_WIRE_MALFORMED, 101},
    {"no subprotocol", ANSWER UPGRADE CONNECT ACCEPT END, COAP_WIRE_MALFORMED, 101},
    {"another subprotocol", ANSWER UPGRADE CONNECT ACCEPT "Sec-WebSocket-Protocol: mqtt\r\n" END,
     COAP_WIRE_MALFORMED, 101},
    {"two subprotocols", ANSWER UPGRADE CONNECT ACCEPT "Sec-WebSocket-Protocol: coap, x\r\n" END,
     COAP_WIRE_MALFORMED, 101},
    {"extension", ANSWER UPGRADE CONNECT ACCEPT PROTO "Sec-WebSocket-Extensions: x\r\n" END,
     COAP_WIRE_MALFORMED, 101},
};

static void
begin(coap_ws_handshake_t *h, int is_server) {
  if (is_server)
    coap_ws_handshake_server(h);
  else
    coap_ws_handshake_client(h, nonce);
}

static void
judge(const sample_t *samples, size_t count, int is_server) {
  for (size_t i = 0; i < count; i++) {
    const sample_t *s = &samples[i];
    size_t whole = 0;

    for (size_t cut = 0; cut <= strlen(s->text) + 1; cut++) {
      coap_ws_handshake_t h;
      size_t used;
      coap_wire_status_t status;

      begin(&h, is_server);
      status = read_in_two(&h, s->text, cut, &used);
      whole = cut ? whole : used;
      if (status != s->status || h.status != s->http || used != whole)
        fail_msg("%s, cut at %zu: %d, %d: %s", s->what, cut, (int)status, h.status, h.why);
      assert_int_equal(h.why != NULL, status == COAP_WIRE_MALFORMED);
      coap_ws_handshake_clear(&h);
    }
  }
}

static void
requests_are_judged_however_they_are_cut(void **state) {
  (void)state;
  judge(requests, COUNT_OF(requests), 1);
}

static void
answers_are_judged_however_they_are_cut(void **state) {
  (void)state;
  judge(answers, COUNT_OF(answers), 0);
}

static void
what_follows_the_head_is_left(void **state) {
  coap_ws_handshake_t h;
  size_t used;

  (void)state;
  coap_ws_handshake_server(&h);
  assert_int_equal(read_in_two(&h, START REST END "\x82", 0, &used), COAP_WIRE_OK);
  assert_int_equal(used, strlen(START REST END));
  coap_ws_handshake_clear(&h);
}

static void
both_sides_understand_each_other(void **state) {
  char request[COAP_WS_REQUEST_MAX + 1];
  char answer[COAP_WS_RESPONSE_MAX + 1];
  coap_ws_handshake_t server;
  coap_ws_handshake_t client;
  size_t used;

  (void)state;
  request[coap_ws_write_request(request, "example.org", nonce)] = '\0';
  assert_string_equal(request, START HOST UPGRADE CONNECT KEY PROTO VERSION END);
  coap_ws_handshake_server(&server);
  assert_int_equal(read_in_two(&server, request, 0, &used), COAP_WIRE_OK);
  answer[coap_ws_write_response(answer, &server)] = '\0';
  assert_string_equal(answer, ANSWER UPGRADE CONNECT ACCEPT PROTO END);
  coap_ws_handshake_client(&client, nonce);
  assert_int_equal(read_in_two(&client, answer, 0, &used), COAP_WIRE_OK);
  coap_ws_handshake_clear(&server);
  coap_ws_handshake_clear(&client);
}

static void
refusals_say_why(void **state) {
  static const struct {
    int status;
    const char *begin;
    const char *has;
  } table[] = {
      {400, "HTTP/1.1 400 ", "Connection: close\r\n"},
      {404, "HTTP/1.1 404 ", "Connection: close\r\n"},
      {426, "HTTP/1.1 426 ", "\r\nSec-WebSocket-Version: 13\r\n"},
      {426, "HTTP/1.1 426 ", "\r\nUpgrade: websocket\r\n"},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    coap_ws_handshake_t h = {.status = table[i].status};
    char answer[COAP_WS_RESPONSE_MAX + 1];
    size_t length = coap_ws_write_response(answer, &h);

    answer[length] = '\0';
    assert_memory_equal(answer, table[i].begin, strlen(table[i].begin));
    assert_non_null(strstr(answer, table[i].has));
    assert_non_null(strstr(answer, "Content-Length: 0\r\n"));
    assert_string_equal(answer + length - 4, "\r\n\r\n");
  }
}

static void
hosts_are_written_if_they_can_be(void **state) {
  char request[COAP_WS_REQUEST_MAX];
  char host[COAP_WS_HOST_MAX + 2];

  (void)state;
  memset(host, 'h', sizeof(host));
  host[COAP_WS_HOST_MAX + 1] = '\0';
  assert_int_equal(coap_ws_write_request(request, host, nonce), 0);
  host[COAP_WS_HOST_MAX] = '\0';
  assert_true(coap_ws_write_request(request, host, nonce) > COAP_WS_HOST_MAX);
  assert_true(coap_ws_write_request(request, "[::1]:8080", nonce) > 0);
  assert_int_equal(coap_ws_write_request(request, "", nonce), 0);
  assert_int_equal(coap_ws_write_request(request, "a\r\nb: c", nonce), 0);
  assert_int_equal(coap_ws_write_request(request, "a b", nonce), 0);
}

static void
keys_have_one_form(void **state) {
  static const struct {
    const char *text;
    int valid;
  } table[] = {
      {"dGhlIHNhbXBsZSBub25jZQ==", 1}, {"AAAAAAAAAAAAAAAAAAAAAA==", 1},
      {"dGhlIHNhbXBsZSBub25jZR==", 0}, {"dGhlIHNhbXBsZSBub25jZQ=", 0},
      {"dGhlIHNhbXBsZSBub25jZQ", 0},   {"dGhlIHNhbXBsZSBub25jZWE=", 0},
      {"dGhlIHNhbXBsZSBub25jZWFh", 0}, {"dGhlIHNhbXBsZSBub25jZ Q=", 0},
      {"dGhlIHNhbXBsZSBub25j====", 0}, {"dGhl-HNhbXBsZSBub25jZQ==", 0},
      {" dGhlIHNhbXBsZSBub25jZQ=", 0}, {"", 0},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    if (coap_ws_key_is_valid(table[i].text, strlen(table[i].text)) != table[i].valid)
      fail_msg("%s", table[i].text);
  }
}

/* A head of just the most bytes is read, one more is refused, whatever it is made of. */
static void
head_is_bounded(void **state) {
  (void)state;
  for (size_t extra = 0; extra <= 1; extra++) {
    size_t room = COAP_HTTP_HEAD_MAX + extra;
    char *text = malloc(room + 1);
    size_t fixed = strlen(START REST "X: \r\n" END);
    coap_ws_handshake_t h;
    size_t used;

    snprintf(text, room + 1, "%s%s%s%0*d\r\n\r\n", START, REST, "X: ", (int)(room - fixed), 0);
    assert_int_equal(strlen(text), room);
    coap_ws_handshake_server(&h);
    assert_int_equal(read_in_two(&h, text, 0, &used), extra ? COAP_WIRE_MALFORMED : COAP_WIRE_OK);
    coap_ws_handshake_clear(&h);
    free(text);
  }
}

static void
want_of_memory_is_told(void **state) {
  uint64_t nth = 0;
  coap_wire_status_t status;

  (void)state;
  do {
    struct coap_mem_sim_stats before;
    struct coap_mem_sim_stats after;
    coap_ws_handshake_t h;
    size_t used;

    coap_mem_sim_stats(&before);
    coap_mem_sim_fail(++nth, 0);
    coap_ws_handshake_server(&h);
    status = read_in_two(
        &h,
        START REST "X: ........................................................................."
                   ".............................................................\r\n" END,
        0, &used);
    coap_mem_sim_fail(0, 0);
    coap_ws_handshake_clear(&h);
    coap_mem_sim_stats(&after);
    assert_int_equal(after.live_bytes, before.live_bytes);
    assert_true(status == COAP_WIRE_OK || status == COAP_WIRE_NO_MEMORY);
  } while (status != COAP_WIRE_OK);
  assert_int_equal(nth, 3);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_judged_however_they_are_cut),
      cmocka_unit_test(answers_are_judged_however_they_are_cut),
      cmocka_unit_test(what_follows_the_head_is_left),
      cmocka_unit_test(both_sides_understand_each_other),
      cmocka_unit_test(refusals_say_why),
      cmocka_unit_test(hosts_are_written_if_they_can_be),
      cmocka_unit_test(keys_have_one_form),
      cmocka_unit_test(head_is_bounded),
      cmocka_unit_test(want_of_memory_is_told),
  };

  return cmocka_run_group_tests_name("wire_ws_http", tests, NULL, NULL);
}
