/* reader_test.c -- the harness's own readers of URIs and upgrades see what the RFCs' examples say.
 */
#include "oracle/upgrade_reader.h"
#include "oracle/uri_agreement.h"
#include "oracle/uri_reader.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct uri_span
span(const char *text) {
  struct uri_span s = {(const uint8_t *)text, strlen(text)};

  return s;
}

static void
assert_span(struct uri_span got, const char *wanted) {
  if (wanted == NULL) {
    assert_null(got.p);
    return;
  }
  assert_non_null(got.p);
  assert_int_equal(got.n, strlen(wanted));
  assert_memory_equal(got.p, wanted, got.n);
}

/* RFC 3986 1.1.2 and appendix B. */
static void
uris_are_cut_in_parts(void **state) {
  struct uri_split u;
  struct uri_span text = span("http://www.ics.uci.edu:80/pub/ietf/uri/?a=b#Related");

  (void)state;
  uri_read(text.p, text.n, &u);
  assert_span(u.scheme, "http");
  assert_span(u.host, "www.ics.uci.edu");
  assert_span(u.port, "80");
  assert_span(u.path, "/pub/ietf/uri/");
  assert_span(u.query, "a=b");
  assert_span(u.fragment, "Related");
  text = span("ldap://[2001:db8::7]/c=GB?objectClass?one");
  uri_read(text.p, text.n, &u);
  assert_span(u.host, "2001:db8::7");
  assert_span(u.port, NULL);
  assert_span(u.query, "objectClass?one");
  assert_true(uri_is_strict(&u));
  text = span("mailto:John.Doe@example.com");
  uri_read(text.p, text.n, &u);
  assert_false(u.has_authority);
  assert_span(u.path, "John.Doe@example.com");
}

static void
strictness(void **state) {
  static const char *const wrong[] = {
      "coap:///x",      "coap://h:65536/", "coap://h:1x/",   "coap://u@h/",  "coap://[::1/",
      "coap://[::1]x/", "coap://h/a b",    "coap://h/%4",    "coap://h/%zz", "coap://h/x#y",
      "coap://[1]/",    "coap:h",          "coap://h/?\"a\""};
  static const char *const right[] = {"coap://h", "coap://h:/", "coap://[::1]:1?q",
                                      "coap://h/%2F;a=b"};
  struct uri_split u;
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    uri_read((const uint8_t *)wrong[i], strlen(wrong[i]), &u);
    if (uri_is_strict(&u))
      fail_msg("%s", wrong[i]);
  }
  for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
    uri_read((const uint8_t *)right[i], strlen(right[i]), &u);
    if (!uri_is_strict(&u))
      fail_msg("%s", right[i]);
  }
}

/* `wanted`: the segments with '|' behind each. */
static void
assert_segments(const char *text, int is_query, const char *wanted) {
  static struct uri_segments s;
  char got[100] = "";
  unsigned int i;

  if (is_query)
    uri_query_segments(span(text), &s);
  else
    uri_path_segments(span(text), &s);
  assert_int_equal(s.broken, wanted == NULL);
  if (wanted == NULL)
    return;
  for (i = 0; i < s.n; i++) {
    strncat(got, (const char *)s.bytes + s.start[i], s.length[i]);
    strcat(got, "|");
  }
  assert_string_equal(got, wanted);
}

/* RFC 3986 5.2.4 and 5.4, RFC 7252 6.4. */
static void
paths_and_queries_are_cut(void **state) {
  char long_segment[300];

  (void)state;
  assert_segments("", 0, "");
  assert_segments("/", 0, "||");
  assert_segments("a/b/c/./../../g", 0, "a|g|");
  assert_segments("b/c/..", 0, "b||");
  assert_segments("../../g", 0, "g|");
  assert_segments("b/c/g;x=1/../y", 0, "b|c|y|");
  assert_segments("..", 0, "");
  assert_segments("a/..", 0, "");
  assert_segments("a//..", 0, "a||");
  assert_segments("%2E/%2e%2E/x%2Fy/.%2e./", 0, "x/y|...||");
  assert_segments("%7Esensors/%E3%81%93", 0, "~sensors|\xe3\x81\x93|");
  assert_segments("a/%4", 0, NULL);
  assert_segments("%zz/..", 0, NULL);
  assert_segments("a=1&b=2&", 1, "a=1|b=2||");
  assert_segments("a/../b&%26", 1, "a/../b|&|");
  assert_segments("", 1, "");
  memset(long_segment, 'a', sizeof(long_segment));
  long_segment[256] = '\0';
  assert_segments(long_segment, 0, NULL);
}

/* RFC 7252 6.3: three ways to say one thing. */
static void
the_library_agrees(void **state) {
  static const char *const uris[] = {
      "coap://example.com:5683/~sensors/temp.xml", "coap://EXAMPLE.com/%7Esensors/temp.xml",
      "coap://EXAMPLE.com:/%7esensors/temp.xml", "coap+ws://[::1]/a/../b?c&d", "/x"};
  const struct uri_use use = {1, 2, 0};
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
    assert_int_equal(uri_agreement((const uint8_t *)uris[i], strlen(uris[i]), 0, &use), 1);
  assert_int_equal(uri_agreement((const uint8_t *)"http://h/", 9, 0, &use), 0);
  assert_int_equal(uri_agreement((const uint8_t *)"http://h/", 9, 1, &use), 1);
}

static enum upgrade_verdict
verdict(const char *start, const char *more) {
  static const char rest[] = "Host: server.example.com\r\nUpgrade: websocket\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n";
  char head[1000];

  snprintf(head, sizeof(head), "%s\r\n%s%s\r\n", start, rest, more);
  return upgrade_request((const uint8_t *)head, strlen(head));
}

#define GET     "GET /.well-known/coap HTTP/1.1"
#define CONNECT "Connection: Upgrade\r\n"
#define COAP    "Sec-WebSocket-Protocol: coap\r\n"

/* RFC 6455 4.2.1, RFC 8323 8.2. */
static void
requests_for_upgrades_are_judged(void **state) {
  (void)state;
  assert_int_equal(verdict(GET, CONNECT COAP), UPGRADE_RIGHT);
  assert_int_equal(verdict(GET, CONNECT COAP "X: y\r\n"), UPGRADE_RIGHT);
  assert_int_equal(verdict(GET, "connection:a,\tupgrade\r\n" COAP), UPGRADE_OPEN);
  assert_int_equal(verdict("GET http://h/.well-known/coap HTTP/1.1", CONNECT COAP), UPGRADE_OPEN);
  assert_int_equal(verdict(GET, CONNECT COAP "Content-Length: 1\r\n"), UPGRADE_OPEN);
  assert_int_equal(verdict("POST /.well-known/coap HTTP/1.1", CONNECT COAP), UPGRADE_WRONG);
  assert_int_equal(verdict("GET /chat HTTP/1.1", CONNECT COAP), UPGRADE_WRONG);
  assert_int_equal(verdict("GET /.well-known/coap HTTP/1.0", CONNECT COAP), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, COAP), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, CONNECT), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, CONNECT COAP "Host: twice\r\n"), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, CONNECT COAP " folded\r\n"), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, CONNECT COAP "X: \n\r\n"), UPGRADE_WRONG);
  assert_int_equal(verdict(GET, CONNECT COAP "no field\r\n"), UPGRADE_WRONG);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uris_are_cut_in_parts),
      cmocka_unit_test(strictness),
      cmocka_unit_test(paths_and_queries_are_cut),
      cmocka_unit_test(the_library_agrees),
      cmocka_unit_test(requests_for_upgrades_are_judged),
  };

  return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
