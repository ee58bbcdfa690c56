/* wire_memory.c -- what fails for want of memory or room leaves everything as it was; nothing is
 * lost on the way. */
#include "test.h"

#include "seams/memory.h"
#include "wire/pdu.h"
#include "wire/pdu_print.h"
#include "wire/pdu_udp.h"

static uint32_t seed;

static uint32_t
draw(uint32_t below) {
  seed = seed * 1664525 + 1013904223;
  return (seed >> 8) % below;
}

static size_t
live_bytes(void) {
  struct coap_mem_sim_stats stats;

  coap_mem_sim_stats(&stats);
  return stats.live_bytes;
}

/* Runs `scenario` with its first, second, ... allocation failing until it gets through. It returns
 * 1 when it did all it wanted, and frees what it made in any case. */
static void
fail_each_allocation(int (*scenario)(void)) {
  size_t before = live_bytes();
  uint64_t nth = 0;
  int done;

  do {
    coap_mem_sim_fail(++nth, 0);
    done = scenario();
    coap_mem_sim_fail(0, 0);
    assert_int_equal(live_bytes(), before);
    assert_true(nth < 1000);
  } while (!done);
  assert_true(nth > 1);
}

/* The message's bytes as sent, for comparing. */
static size_t
snapshot(coap_pdu_t *pdu, uint8_t *to) {
  size_t length;
  const uint8_t *data = coap_wire_encode_udp(pdu, &length);

  memcpy(to, data, length);
  return length;
}

static int
add_or_unchanged(coap_pdu_t *pdu, coap_option_num_t number, size_t length, const uint8_t *value) {
  uint8_t before[4000];
  uint8_t after[4000];
  size_t size = snapshot(pdu, before);

  if (coap_add_option(pdu, number, length, value))
    return 1;
  assert_int_equal(snapshot(pdu, after), size);
  assert_memory_equal(after, before, size);
  return 0;
}

static int
build_a_message(void) {
  static const uint8_t value[300];
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 3000);
  uint8_t before[4000];
  uint8_t after[4000];
  size_t size;
  int ok;

  if (!pdu)
    return 0;
  ok = coap_add_token(pdu, 200, value) && add_or_unchanged(pdu, 60, 4, value) &&
       add_or_unchanged(pdu, 35, 260, value) && add_or_unchanged(pdu, 11, 255, value) &&
       add_or_unchanged(pdu, 11, 255, value);
  if (ok) {
    size = snapshot(pdu, before);
    ok = coap_pdu_update_option(pdu, 60, 290, value);
    if (!ok) {
      assert_int_equal(snapshot(pdu, after), size);
      assert_memory_equal(after, before, size);
    }
  }
  ok = ok && coap_add_data_after(pdu, 1200);
  coap_delete_pdu(pdu);
  return ok;
}

static int
turn_a_uri_into_options(void) {
  static const char text[] = "coap://Host.example:61616/a/../b/c/..?q&r=%20";
  coap_uri_t *uri = coap_new_uri((const uint8_t *)text, sizeof(text) - 1);
  coap_uri_t *clone = coap_clone_uri(uri);
  coap_optlist_t *list = NULL;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 500);
  coap_string_t *path = NULL;
  coap_string_t *query = NULL;
  int ok = clone && pdu && coap_uri_into_options(clone, NULL, &list, 1, NULL, 0) == 0 &&
           coap_add_optlist_pdu(pdu, &list);

  if (ok) {
    path = coap_get_uri_path(pdu);
    query = coap_get_query(pdu);
    ok = path && query;
  }
  if (ok) {
    assert_string_equal((const char *)path->s, "b/");
    assert_string_equal((const char *)query->s, "q&r=%20");
  }
  coap_delete_string(path);
  coap_delete_string(query);
  coap_delete_pdu(pdu);
  coap_delete_optlist(list);
  coap_delete_uri(clone);
  coap_delete_uri(uri);
  return ok;
}

static int
parse_into_a_message(void) {
  static const uint8_t old[] = {0x40, 0x01, 0x00, 0x01, 0xb1, 'a'};
  static const uint8_t data[] = {0x51, 0x01, 0x00, 0x02, 0xaa, 0xb1, 'x', 0xff, 'y'};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_RST, COAP_EMPTY_CODE, 9, 2);
  int ok = pdu && coap_pdu_parse(COAP_PROTO_UDP, old, sizeof(old), pdu);

  if (ok) {
    ok = coap_pdu_parse(COAP_PROTO_UDP, data, sizeof(data), pdu);
    assert_int_equal(coap_pdu_get_mid(pdu), ok ? 2 : 1);
  }
  coap_delete_pdu(pdu);
  return ok;
}

static int
make_strings(void) {
  coap_string_t *string = coap_new_string(10);
  coap_str_const_t *text = coap_new_str_const((const uint8_t *)"text", 4);
  coap_bin_const_t *bytes = coap_new_bin_const((const uint8_t *)"\0\1", 2);
  coap_binary_t *binary = coap_new_binary(4);
  coap_binary_t *resized = binary ? coap_resize_binary(binary, 8) : NULL;
  int ok = string && text && bytes && resized;

  if (resized)
    coap_delete_binary(resized);
  else
    coap_delete_binary(binary);
  coap_delete_bin_const(bytes);
  coap_delete_str_const(text);
  coap_delete_string(string);
  return ok;
}

static void
messages_survive_want_of_memory(void **state) {
  (void)state;
  fail_each_allocation(build_a_message);
}

static void
uris_survive_want_of_memory(void **state) {
  (void)state;
  fail_each_allocation(turn_a_uri_into_options);
}

static void
parsing_survives_want_of_memory(void **state) {
  (void)state;
  fail_each_allocation(parse_into_a_message);
}

static void
strings_survive_want_of_memory(void **state) {
  (void)state;
  fail_each_allocation(make_strings);
}

/* A random message, by a random order of calls. */
static coap_pdu_t *
random_message(void) {
  static uint8_t bytes[1200];
  coap_pdu_t *pdu = coap_pdu_init((coap_pdu_type_t)draw(4), (coap_pdu_code_t)(1 + draw(255)),
                                  (coap_mid_t)draw(65536), 4000);

  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (uint8_t)draw(256);
  assert_non_null(pdu);
  assert_true(coap_add_token(pdu, draw(4) ? draw(9) : draw(600), bytes));
  for (uint32_t n = draw(12); n > 0; n--)
    assert_true(coap_add_option(pdu, (coap_option_num_t)(draw(3) ? draw(64) : draw(65536)),
                                draw(4) ? draw(20) : draw(300), bytes + draw(800)));
  assert_true(coap_add_data(pdu, draw(2) ? 0 : draw(300), bytes));
  return pdu;
}

/* What is built, sent, read and sent again has the same bytes, fields and text. */
static void
random_messages_make_the_round_trip(void **state) {
  (void)state;
  seed = 2026;
  for (int round = 0; round < 3000; round++) {
    coap_pdu_t *pdu = random_message();
    coap_pdu_t *read = NULL;
    const char *why = NULL;
    uint8_t sent[4010];
    uint8_t again[4010];
    char text[2][300];
    size_t length = snapshot(pdu, sent);
    size_t size = 1 + draw(sizeof(text[0]));

    if (coap_wire_parse_udp(sent, length, COAP_TOKEN_EXT_MAX, &read, &why) != COAP_WIRE_OK)
      fail_msg("round %d: %s", round, why);
    assert_int_equal(snapshot(read, again), length);
    assert_memory_equal(again, sent, length);
    assert_int_equal(read->max_opt, pdu->max_opt);
    assert_int_equal(read->data_offset, pdu->data_offset);
    coap_pdu_print(pdu, text[0], size);
    coap_pdu_print(read, text[1], size);
    assert_string_equal(text[0], text[1]);
    assert_true(strlen(text[0]) < size);
    coap_delete_pdu(read);
    coap_delete_pdu(pdu);
  }
}

/* Every message cut at every byte is taken whole or refused, with nothing left behind. */
static void
cut_messages_are_whole_or_nothing(void **state) {
  size_t before = live_bytes();

  (void)state;
  seed = 7;
  for (int round = 0; round < 60; round++) {
    coap_pdu_t *pdu = random_message();
    uint8_t sent[4010];
    size_t length = snapshot(pdu, sent);

    coap_delete_pdu(pdu);
    for (size_t cut = 0; cut < length; cut++) {
      /* A block of its own, so that one byte too far is seen. */
      uint8_t *data = coap_mem_alloc(cut);
      coap_pdu_t *read = NULL;
      const char *why;
      coap_wire_status_t status;

      memcpy(data, sent, cut);
      status = coap_wire_parse_udp(data, cut, COAP_TOKEN_EXT_MAX, &read, &why);
      assert_true(cut >= 4 || status == COAP_WIRE_IGNORE);
      assert_int_equal(read != NULL, cut >= 4);
      if (status == COAP_WIRE_OK)
        assert_int_equal(read->used, cut - 4);
      else if (read)
        assert_int_equal(read->used, 0);
      coap_delete_pdu(read);
      coap_mem_free(data);
    }
  }
  assert_int_equal(live_bytes(), before);
}

/* Bytes of every kind through the functions that take text. */
static void
random_text_stays_within_its_bounds(void **state) {
  static const char alphabet[] = "coap://[]:%.?#/&@a1F\x80";

  (void)state;
  seed = 31;
  for (int round = 0; round < 20000; round++) {
    size_t length = draw(40);
    uint8_t *text = coap_mem_alloc(length);
    unsigned char *out = coap_mem_alloc(32);
    size_t room = draw(33);
    size_t offered = room;
    coap_uri_t uri;

    for (size_t i = 0; i < length; i++)
      text[i] = (uint8_t)alphabet[draw(sizeof(alphabet))];
    if (draw(2) && length > 7)
      memcpy(text, "coap://", 7);
    if (coap_split_proxy_uri(text, length, &uri) == 0) {
      coap_optlist_t *list = NULL;

      (void)coap_uri_into_options(&uri, NULL, &list, 1, NULL, 0);
      for (coap_optlist_t *o = list; o; o = o->next) {
        /* RFC 7252 5.10.1 */
        if (o->number == COAP_OPTION_URI_PATH)
          assert_false((o->length == 1 && memcmp(o->data, ".", 1) == 0) ||
                       (o->length == 2 && memcmp(o->data, "..", 2) == 0));
      }
      coap_delete_optlist(list);
    }
    (void)coap_split_path(text, length, out, &room);
    assert_true(room <= offered);
    room = offered;
    (void)coap_split_query(text, length, out, &room);
    assert_true(room <= offered);
    coap_mem_free(out);
    coap_mem_free(text);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_survive_want_of_memory),
      cmocka_unit_test(uris_survive_want_of_memory),
      cmocka_unit_test(parsing_survives_want_of_memory),
      cmocka_unit_test(strings_survive_want_of_memory),
      cmocka_unit_test(random_messages_make_the_round_trip),
      cmocka_unit_test(cut_messages_are_whole_or_nothing),
      cmocka_unit_test(random_text_stays_within_its_bounds),
  };

  return cmocka_run_group_tests_name("wire_memory", tests, NULL, NULL);
}
