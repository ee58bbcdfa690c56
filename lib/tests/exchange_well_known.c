/* exchange_well_known.c -- the built-in /.well-known/core (RFC 6690, RFC 7252 7.2). */
#include "exchange_fixture.h"

#define GROUP "224.0.1.187"

static coap_str_const_t
text(const char *s) {
  coap_str_const_t result = {strlen(s), (const uint8_t *)s};

  return result;
}

static void
attribute(coap_resource_t *resource, const char *name, const char *value) {
  coap_str_const_t name_text = text(name);
  coap_str_const_t value_text = text(value);

  assert_non_null(coap_add_attr(resource, &name_text, &value_text, 0));
}

static int
setup(void **state) {
  coap_resource_t *resource;

  if (ex_setup(state))
    return -1;
  resource = ex_resource("link1", 0);
  attribute(resource, "rt", "\"Type1 Type2\"");
  attribute(resource, "if", "\"If1\"");
  attribute(resource, "ct", "0");
  resource = ex_resource("link2", 0);
  attribute(resource, "rt", "\"Type2\"");
  attribute(resource, "sz", "1280");
  attribute(resource, "title", "\"a b\"");
  coap_resource_set_get_observable(ex_resource("a/b", 0), 1);
  return 0;
}

#define LINK1 "</link1>;rt=\"Type1 Type2\";if=\"If1\";ct=0"
#define LINK2 "</link2>;rt=\"Type2\";sz=1280;title=\"a b\""
#define LINK3 "</a/b>;obs"

static raw_message_t
discover(int type, const char *query) {
  static uint16_t mid = 1;
  raw_message_t get = raw_message(type, RAW_GET, ++mid, "t");

  raw_path(&get, ".well-known");
  raw_path(&get, "core");
  if (query)
    raw_option(&get, 15, query, strlen(query));
  return get;
}

static void
all_links_in_order_of_adding(void **state) {
  raw_message_t get = discover(RAW_CON, NULL);

  (void)state;
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(ex_option(12), 40);
  assert_true(ex_payload_is(LINK1 "," LINK2 "," LINK3));
}

static void
filters_choose_links(void **state) {
  static const struct {
    const char *query;
    const char *links;
  } rows[] = {
      {"rt=Type1", LINK1},
      {"rt=Type2", LINK1 "," LINK2},
      {"rt=Type1 Type2", LINK1},
      {"rt=Type*", LINK1 "," LINK2},
      {"rt=*", LINK1 "," LINK2},
      {"rt=ype1", ""},
      {"rt=Type", ""},
      {"rt=", ""},
      {"if=If*", LINK1},
      {"sz=1280", LINK2},
      {"sz=12*", LINK2},
      {"ct=0", LINK1},
      {"href=/link1", LINK1},
      {"href=/link*", LINK1 "," LINK2},
      {"href=/a/b", LINK3},
      {"href=link1", ""},
      {"href=*", LINK1 "," LINK2 "," LINK3},
      {"obs", LINK3},
      {"title=x", ""},
      {"title=a", ""},
      {"title=a b", LINK2},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    raw_message_t get = discover(RAW_CON, rows[i].query);

    ex_send(&get);
    assert_int_equal(ex_code(), RAW_CONTENT);
    if (!ex_payload_is(rows[i].links))
      fail_msg("%s", rows[i].query);
  }
}

static void
every_filter_has_to_match(void **state) {
  raw_message_t get = discover(RAW_CON, "rt=Type2");

  (void)state;
  raw_option(&get, 15, "sz=*", 4);
  ex_send(&get);
  assert_true(ex_payload_is(LINK2));
}

/* RFC 8613 9 */
static void
a_resource_for_oscore_alone_says_so(void **state) {
  raw_message_t get = discover(RAW_CON, "osc");

  (void)state;
  ex_resource("safe", COAP_RESOURCE_FLAGS_OSCORE_ONLY);
  ex_send(&get);
  assert_true(ex_payload_is("</safe>;osc"));
}

/* RFC 7252 5.10.4 */
static void
other_formats_are_4_06(void **state) {
  raw_message_t get = discover(RAW_CON, NULL);

  (void)state;
  raw_option(&get, 17, "\51", 1);
  ex_send(&get);
  assert_int_equal(ex_code(), 0x86);
  get = discover(RAW_CON, NULL);
  raw_option(&get, 17, "\50", 1);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
other_methods_are_4_05(void **state) {
  raw_message_t put = discover(RAW_CON, NULL);

  (void)state;
  put.bytes[1] = RAW_PUT;
  ex_send(&put);
  assert_int_equal(ex_code(), 0x85);
}

static void
long_lists_come_in_blocks(void **state) {
  static const char whole[] = LINK1 "," LINK2 "," LINK3;
  char got[sizeof(whole)] = "";
  int more = 1;

  (void)state;
  for (unsigned int num = 0; more; num++) {
    raw_message_t get = discover(RAW_CON, NULL);
    size_t length;
    const uint8_t *payload;

    ex_block(&get, 23, num, 0, 1);
    ex_send(&get);
    assert_int_equal(ex_code(), RAW_CONTENT);
    payload = raw_find_payload(sim_last()->bytes, sim_last()->length, &length);
    assert_non_null(payload);
    more = (ex_option(23) & 8) != 0;
    assert_int_equal(ex_option(23) >> 4, num);
    assert_true(more ? length == 32 : length <= 32);
    strncat(got, (const char *)payload, length);
  }
  assert_string_equal(got, whole);
}

/* RFC 7252 8.2 */
static void
a_group_request_without_a_match_is_not_answered(void **state) {
  coap_address_t group = sim_address(GROUP, 5683);
  raw_message_t get = discover(RAW_NON, "rt=nothing");

  (void)state;
  assert_int_equal(coap_join_mcast_group_intf(ex_context, GROUP, NULL), 0);
  ex_send_to(&get, &group);
  sim_run(6000);
  assert_int_equal(sim_sent_count(), 0);
  get = discover(RAW_NON, "rt=Type1");
  ex_send_to(&get, &group);
  sim_run(6000);
  assert_true(ex_payload_is(LINK1));
}

static void
the_applications_own_resource_goes_first(void **state) {
  raw_message_t get = discover(RAW_CON, NULL);

  (void)state;
  ex_resource(".well-known/core", 0);
  ex_send(&get);
  assert_true(ex_payload_is("hello"));
}

static void
a_link_is_printed_piece_by_piece(void **state) {
  coap_str_const_t path = text("link1");
  const coap_resource_t *resource = coap_get_resource_from_uri_path(ex_context, &path);
  unsigned char buf[10];
  char got[64] = "";
  size_t done = 0;

  (void)state;
  while (done < strlen(LINK1)) {
    size_t length = sizeof(buf);
    size_t offset = done;
    coap_print_status_t status = coap_print_link(resource, buf, &length, &offset);
    size_t piece = COAP_PRINT_OUTPUT_LENGTH(status);

    assert_int_equal(length, strlen(LINK1));
    assert_int_equal(offset, 0);
    assert_true(piece > 0 && piece <= sizeof(buf));
    strncat(got, (const char *)buf, piece);
    done += piece;
    assert_int_equal((status & COAP_PRINT_STATUS_TRUNC) != 0, done < strlen(LINK1));
  }
  assert_string_equal(got, LINK1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_links_in_order_of_adding),
      TEST(filters_choose_links),
      TEST(every_filter_has_to_match),
      TEST(a_resource_for_oscore_alone_says_so),
      TEST(other_formats_are_4_06),
      TEST(other_methods_are_4_05),
      TEST(long_lists_come_in_blocks),
      TEST(a_group_request_without_a_match_is_not_answered),
      TEST(the_applications_own_resource_goes_first),
      TEST(a_link_is_printed_piece_by_piece),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
