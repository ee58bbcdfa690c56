/* wire_uri.c -- URIs to parts, to options and back (RFC 7252 6.4, 6.5). */
#include "test.h"

#include "wire/codes.h"
#include "wire/pdu_print.h"

#include <arpa/inet.h>

typedef struct uri_case_t {
  const char *uri;
  int ok;
  coap_uri_scheme_t scheme;
  const char *host;
  uint16_t port;
  const char *path;
  const char *query;
} uri_case_t;

static const uri_case_t cases[] = {
    {"coap://example.org/", 1, COAP_URI_SCHEME_COAP, "example.org", 5683, "", ""},
    {"coap://example.org", 1, COAP_URI_SCHEME_COAP, "example.org", 5683, "", ""},
    {"COAP://Example.org/a/b", 1, COAP_URI_SCHEME_COAP, "Example.org", 5683, "a/b", ""},
    {"coaps://h:1/p?q", 1, COAP_URI_SCHEME_COAPS, "h", 1, "p", "q"},
    {"coap+tcp://h/", 1, COAP_URI_SCHEME_COAP_TCP, "h", 5683, "", ""},
    {"coaps+tcp://h/", 1, COAP_URI_SCHEME_COAPS_TCP, "h", 5684, "", ""},
    {"coap+ws://h/", 1, COAP_URI_SCHEME_COAP_WS, "h", 80, "", ""},
    {"coaps+ws://h/", 1, COAP_URI_SCHEME_COAPS_WS, "h", 443, "", ""},
    {"coap://[2001:db8::2:1]:61616/x", 1, COAP_URI_SCHEME_COAP, "2001:db8::2:1", 61616, "x", ""},
    {"coap://h:/x?a=1&b=2", 1, COAP_URI_SCHEME_COAP, "h", 5683, "x", "a=1&b=2"},
    {"coap://h?q", 1, COAP_URI_SCHEME_COAP, "h", 5683, "", "q"},
    {"/a/b?c", 1, COAP_URI_SCHEME_COAP, "", 5683, "a/b", "c"},
    {"coap://h:65535/", 1, COAP_URI_SCHEME_COAP, "h", 65535, "", ""},
    {"coap://h:65536/", 0, 0, "", 0, "", ""},
    {"coap://h:12x/", 0, 0, "", 0, "", ""},
    {"coap:///x", 0, 0, "", 0, "", ""},
    {"coap://user@h/x", 0, 0, "", 0, "", ""},
    {"coap://[::1/x", 0, 0, "", 0, "", ""},
    {"coap://[::1]x/", 0, 0, "", 0, "", ""},
    {"coap://[]/", 0, 0, "", 0, "", ""},
    {"coap://[127.0.0.1]/", 0, 0, "", 0, "", ""},
    {"coap://[::1:2:3:4:5:6:7:8]/", 0, 0, "", 0, "", ""},
    {"coap://[fe80::1%]/", 0, 0, "", 0, "", ""},
    {"coap://[::1%25a/b]/x", 0, 0, "", 0, "", ""},
    {"coap://[::1%25a]b]/x", 0, 0, "", 0, "", ""},
    {"coap://[fe80::1%25eth0]/x", 1, COAP_URI_SCHEME_COAP, "fe80::1%25eth0", 5683, "x", ""},
    {"coap://a b/", 0, 0, "", 0, "", ""},
    {"coap://a\nb/", 0, 0, "", 0, "", ""},
    {"coap://a\xc3\xa4/", 0, 0, "", 0, "", ""},
    {"coap://[::1", 0, 0, "", 0, "", ""},
    {"coap://", 0, 0, "", 0, "", ""},
    {"coap:/", 0, 0, "", 0, "", ""},
    {"coap", 0, 0, "", 0, "", ""},
    {"?q", 0, 0, "", 0, "", ""},
    {"/", 1, COAP_URI_SCHEME_COAP, "", 5683, "", ""},
    {"coap://h/?", 1, COAP_URI_SCHEME_COAP, "h", 5683, "", ""},
    {"coap://h:99", 1, COAP_URI_SCHEME_COAP, "h", 99, "", ""},
    {"coap://h:999999999999999999999/", 0, 0, "", 0, "", ""},
    {"coap://h/x#fragment", 0, 0, "", 0, "", ""},
    {"coap:/h/x", 0, 0, "", 0, "", ""},
    {"http://h/x", 0, 0, "", 0, "", ""},
    {"coapx://h/x", 0, 0, "", 0, "", ""},
    {"", 0, 0, "", 0, "", ""},
};

static void
assert_part(const char *uri, const coap_str_const_t *part, const char *expected) {
  if (part->length != strlen(expected) ||
      (part->length && memcmp(part->s, expected, part->length) != 0))
    fail_msg("%s: got \"%.*s\", expected \"%s\"", uri, (int)part->length, (const char *)part->s,
             expected);
}

static void
uris_are_split(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    coap_uri_t uri;
    int result = coap_split_uri((const uint8_t *)cases[i].uri, strlen(cases[i].uri), &uri);

    if ((result == 0) != cases[i].ok)
      fail_msg("%s: result %d", cases[i].uri, result);
    if (!cases[i].ok)
      continue;
    assert_int_equal(uri.scheme, cases[i].scheme);
    assert_int_equal(uri.port, cases[i].port);
    assert_part(cases[i].uri, &uri.host, cases[i].host);
    assert_part(cases[i].uri, &uri.path, cases[i].path);
    assert_part(cases[i].uri, &uri.query, cases[i].query);
  }
}

static void
proxy_uris_may_be_http_and_never_a_bare_path(void **state) {
  coap_uri_t uri;

  (void)state;
  assert_int_equal(coap_split_proxy_uri((const uint8_t *)"https://h/x", 11, &uri), 0);
  assert_int_equal(uri.scheme, COAP_URI_SCHEME_HTTPS);
  assert_int_equal(uri.port, 443);
  assert_true(coap_split_proxy_uri((const uint8_t *)"/x", 2, &uri) < 0);
}

static void
new_and_cloned_uris_own_their_text(void **state) {
  char text[] = "coap://host:99/path?query";
  coap_uri_t *uri = coap_new_uri((const uint8_t *)text, (unsigned int)strlen(text));
  coap_uri_t *clone;

  (void)state;
  assert_non_null(uri);
  memset(text, 'x', sizeof(text) - 1);
  assert_part("new", &uri->host, "host");
  clone = coap_clone_uri(uri);
  coap_delete_uri(uri);
  assert_part("clone", &clone->path, "path");
  assert_part("clone", &clone->query, "query");
  assert_int_equal(clone->port, 99);
  coap_delete_uri(clone);
  assert_null(coap_new_uri((const uint8_t *)"nonsense", 8));
}

static void
address_of(coap_address_t *address, const char *ip, uint16_t port) {
  coap_address_init(address);
  address->addr.sin.sin_family = AF_INET;
  address->size = sizeof(address->addr.sin);
  assert_int_equal(inet_pton(AF_INET, ip, &address->addr.sin.sin_addr), 1);
  coap_address_set_port(address, port);
}

/* The options of `text` towards `ip`, as "number=value" words. */
static void
options_of(const char *text, const char *ip, uint16_t port, char *out, size_t size) {
  coap_optlist_t *list = NULL;
  coap_address_t to;
  coap_uri_t uri;
  uint8_t scratch[40];
  size_t used = 0;

  address_of(&to, ip, port);
  assert_int_equal(coap_split_uri((const uint8_t *)text, strlen(text), &uri), 0);
  if (coap_uri_into_options(&uri, &to, &list, 1, scratch, sizeof(scratch)) < 0) {
    snprintf(out, size, "refused");
  } else {
    out[0] = '\0';
    for (coap_optlist_t *o = list; o; o = o->next)
      used += (size_t)snprintf(out + used, size - used, "%s%u=%.*s", used ? " " : "", o->number,
                               (int)o->length, (const char *)o->data);
  }
  coap_delete_optlist(list);
}

static void
uris_become_options(void **state) {
  static const struct {
    const char *uri;
    const char *options;
  } table[] = {
      {"coap://127.0.0.1/", ""},
      {"coap://127.0.0.1", ""},
      {"coap://127.0.0.1/a/b", "11=a 11=b"},
      {"coap://127.0.0.1/a//b", "11=a 11= 11=b"},
      {"coap://127.0.0.1/a/", "11=a 11="},
      {"coap://127.0.0.1//", "11= 11="},
      {"coap://127.0.0.1/a/./b", "11=a 11=b"},
      {"coap://127.0.0.1/a/../b", "11=b"},
      {"coap://127.0.0.1/../b", "11=b"},
      {"coap://127.0.0.1/%2e%2E/x", "11=x"},
      {"coap://127.0.0.1/a/b/..", "11=a 11="},
      {"coap://127.0.0.1/a/.", "11=a 11="},
      {"coap://127.0.0.1/a/..", ""},
      {"coap://127.0.0.1/a/../", ""},
      {"coap://127.0.0.1/./", ""},
      {"coap://127.0.0.1/..", ""},
      {"coap://127.0.0.1//x/..", "11= 11="},
      {"coap://127.0.0.1/.a/...", "11=.a 11=..."},
      {"coap://127.0.0.1?a/../b", "15=a/../b"},
      {"coap://127.0.0.1:5684/", "7=\x16\x34"},
      {"coap://127.0.0.1:0/", "7="},
      {"coap://A%2dB:5683/", "3=a-b"},
      {"coap://127.0.0.1/a%2Fb", "11=a/b"},
      {"coap://127.0.0.1/?a=1&b%26=2", "15=a=1 15=b&=2"},
      {"coap://LocalHost/x", "3=localhost 11=x"},
      {"coap://10.0.0.1/x", "3=10.0.0.1 11=x"},
      {"coap://127.0.0.1%41/x", "3=127.0.0.1a 11=x"},
      {"coap://127.0.0.1/%4", "refused"},
      {"coap://127.0.0.1/%zz", "refused"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    char got[200];

    options_of(table[i].uri, "127.0.0.1", 5683, got, sizeof(got));
    if (strcmp(got, table[i].options) != 0)
      fail_msg("%s: \"%s\", expected \"%s\"", table[i].uri, got, table[i].options);
  }
}

/* Without an address the port is held against the scheme's, and every host is named. */
static void
unknown_destination_names_the_host(void **state) {
  static const char text[] = "coaps://192.0.2.1:5684/x";
  coap_optlist_t *list = NULL;
  coap_uri_t uri;

  (void)state;
  assert_int_equal(coap_split_uri((const uint8_t *)text, strlen(text), &uri), 0);
  assert_int_equal(coap_uri_into_options(&uri, NULL, &list, 1, NULL, 0), 0);
  assert_int_equal(list->number, COAP_OPTION_URI_HOST);
  assert_int_equal(list->next->number, COAP_OPTION_URI_PATH);
  assert_null(list->next->next);
  coap_delete_optlist(list);
  list = NULL;
  assert_int_equal(coap_uri_into_options(&uri, NULL, &list, 0, NULL, 0), 0);
  assert_int_equal(list->number, COAP_OPTION_URI_PATH);
  coap_delete_optlist(list);
}

static void
segments_over_255_bytes_are_refused(void **state) {
  char uri[400] = "coap://127.0.0.1/";
  char got[400];
  size_t length = strlen(uri);

  (void)state;
  memset(uri + length, 'a', 255);
  options_of(uri, "127.0.0.1", 5683, got, sizeof(got));
  assert_int_equal(strlen(got), 3 + 255);
  uri[length + 255] = 'a';
  options_of(uri, "127.0.0.1", 5683, got, sizeof(got));
  assert_string_equal(got, "refused");
}

static void
paths_split_into_a_buffer_with_bounds(void **state) {
  unsigned char buf[16];
  size_t room = sizeof(buf);

  (void)state;
  assert_int_equal(coap_split_path((const uint8_t *)"ab/c", 4, buf, &room), 2);
  assert_int_equal(room, 5);
  assert_memory_equal(buf,
                      "\x02"
                      "ab\x01"
                      "c",
                      5);
  room = 4;
  assert_true(coap_split_path((const uint8_t *)"ab/c", 4, buf, &room) < 0);
  room = sizeof(buf);
  assert_int_equal(coap_split_query((const uint8_t *)"x&y", 3, buf, &room), 2);
  room = sizeof(buf);
  assert_int_equal(coap_split_path((const uint8_t *)"", 0, buf, &room), 0);
  assert_int_equal(room, 0);
}

static void
paths_split_up_to_the_query_and_go_up(void **state) {
  uint8_t path[1000];
  unsigned char buf[1000];
  size_t room = sizeof(buf);

  (void)state;
  for (size_t i = 0; i < sizeof(path); i++)
    path[i] = i % 2 ? '/' : 'a';
  assert_int_equal(coap_split_path(path, 999, buf, &room), 500);
  assert_int_equal(room, 1000);
  room = sizeof(buf);
  assert_int_equal(coap_split_path((const uint8_t *)"a/b/../../../c/d?x/y", 20, buf, &room), 2);
  assert_int_equal(room, 4);
  assert_memory_equal(buf, "\x01\x63\x01\x64", 4);
  room = sizeof(buf);
  assert_int_equal(coap_split_query((const uint8_t *)"x=../&y#z&", 10, buf, &room), 2);
  assert_int_equal(room, 8);
}

static void
requests_show_their_path_and_query(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 200);
  coap_string_t *text;

  (void)state;
  text = coap_get_uri_path(pdu);
  assert_int_equal(text->length, 0);
  coap_delete_string(text);
  assert_null(coap_get_query(pdu));
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"a/b");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"\xc3\xa4%");
  coap_add_option(pdu, COAP_OPTION_URI_QUERY, 3, (const uint8_t *)"x&y");
  coap_add_option(pdu, COAP_OPTION_URI_QUERY, 3, (const uint8_t *)"p=?");
  text = coap_get_uri_path(pdu);
  assert_string_equal((const char *)text->s, "a%2Fb/%C3%A4%25");
  coap_delete_string(text);
  text = coap_get_query(pdu);
  assert_string_equal((const char *)text->s, "x%26y&p=?");
  coap_delete_string(text);
  coap_delete_pdu(pdu);
}

static void
strings_are_counted_and_closed(void **state) {
  coap_str_const_t *word = coap_new_str_const((const uint8_t *)"word", 4);
  coap_binary_t *binary = coap_new_binary(2);

  (void)state;
  assert_true(coap_string_equal(word, coap_make_str_const("word")));
  assert_false(coap_string_equal(word, coap_make_str_const("work")));
  assert_int_equal(word->s[4], 0);
  memcpy(binary->s, "ab", 2);
  binary = coap_resize_binary(binary, 5);
  assert_int_equal(binary->length, 5);
  assert_memory_equal(binary->s, "ab", 2);
  coap_delete_binary(binary);
  coap_delete_str_const(word);
  coap_delete_string(NULL);
  assert_null(coap_new_string(SIZE_MAX));
}

static void
messages_print_within_their_bounds(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0x12ab, 200);
  char text[200];
  char tight[12];

  (void)state;
  coap_add_token(pdu, 2, (const uint8_t *)"\x01\x02");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"path");
  coap_add_option(pdu, COAP_OPTION_BLOCK2, 1, (const uint8_t *)"\x1e");
  coap_add_data(pdu, 2, (const uint8_t *)"\x00\xff");
  assert_string_equal(
      coap_pdu_print(pdu, text, sizeof(text)),
      "v:1 t:CON c:GET i:12ab {0102} [ Uri-Path:'path', Block2:1/M/1024 ] :: 0x00ff");
  coap_pdu_print(pdu, tight, sizeof(tight));
  assert_int_equal(strlen(tight), sizeof(tight) - 1);
  coap_delete_pdu(pdu);
}

static void
codes_have_names(void **state) {
  char text[8];

  (void)state;
  assert_string_equal(coap_code_name(COAP_REQUEST_CODE_FETCH, text), "FETCH");
  assert_string_equal(coap_code_name(COAP_RESPONSE_CODE_NOT_FOUND, text), "4.04");
  assert_string_equal(coap_response_phrase(COAP_RESPONSE_CODE_NOT_FOUND), "Not Found");
  assert_string_equal(coap_response_phrase(0x7f), "");
  assert_string_equal(coap_type_name(COAP_MESSAGE_RST), "RST");
}

static void
group_addresses_are_told_apart(void **state) {
  static const struct {
    const char *ip;
    int mcast;
  } table[] = {{"127.0.0.1", 0}, {"224.0.1.187", 1}, {"239.255.255.255", 1}, {"240.0.0.1", 0}};
  coap_address_t a;
  coap_address_t b;

  (void)state;
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    address_of(&a, table[i].ip, 5683);
    assert_int_equal(coap_is_mcast(&a), table[i].mcast);
  }
  assert_false(coap_is_mcast(NULL));
  address_of(&a, "255.255.255.255", 5683);
  assert_true(coap_is_bcast(&a));
  address_of(&b, "255.255.255.255", 5684);
  assert_false(coap_address_equals(&a, &b));
  coap_address_copy(&b, &a);
  assert_true(coap_address_equals(&a, &b));
  assert_int_equal(coap_address_get_port(&b), 5683);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uris_are_split),
      cmocka_unit_test(proxy_uris_may_be_http_and_never_a_bare_path),
      cmocka_unit_test(new_and_cloned_uris_own_their_text),
      cmocka_unit_test(uris_become_options),
      cmocka_unit_test(unknown_destination_names_the_host),
      cmocka_unit_test(segments_over_255_bytes_are_refused),
      cmocka_unit_test(paths_split_into_a_buffer_with_bounds),
      cmocka_unit_test(paths_split_up_to_the_query_and_go_up),
      cmocka_unit_test(requests_show_their_path_and_query),
      cmocka_unit_test(strings_are_counted_and_closed),
      cmocka_unit_test(messages_print_within_their_bounds),
      cmocka_unit_test(codes_have_names),
      cmocka_unit_test(group_addresses_are_told_apart),
  };

  return cmocka_run_group_tests_name("wire_uri", tests, NULL, NULL);
}
