/* wire_option.c -- the option codec, insertion in any order, walks, filters, the registry. */
#include "test.h"

#include "wire/block_opt.h"
#include "wire/option_registry.h"
#include "wire/pdu.h"
#include "wire/pdu_udp.h"

#include <limits.h>

static const size_t edges[] = {0, 1, 12, 13, 14, 268, 269, 270, 65534, 65535};
enum { EDGES = sizeof(edges) / sizeof(edges[0]) };

static uint8_t big[70000];

static void
heads_at_every_edge_survive(void **state) {
  (void)state;
  for (size_t d = 0; d < EDGES; d++) {
    for (size_t l = 0; l < EDGES; l++) {
      static uint8_t buf[70000];
      uint16_t delta = (uint16_t)edges[d];
      size_t size = coap_opt_encode(buf, sizeof(buf), delta, big, edges[l]);
      coap_option_t option;

      assert_int_equal(size, coap_opt_encode_size(delta, edges[l]));
      assert_int_equal(coap_opt_parse(buf, size, &option), size);
      assert_int_equal(option.delta, delta);
      assert_int_equal(option.length, edges[l]);
      assert_int_equal(coap_opt_length(buf), edges[l]);
      assert_int_equal(coap_opt_size(buf), size);
      assert_int_equal(coap_opt_value(buf) - buf, size - edges[l]);
      assert_int_equal(coap_opt_parse(buf, size - 1, &option), 0);
      assert_int_equal(coap_opt_encode(buf, size - 1, delta, big, edges[l]), 0);
    }
  }
}

/* Any order of adding gives the same message; equal numbers keep theirs. */
static void
options_come_out_in_order(void **state) {
  static const uint16_t numbers[] = {60, 11, 65000, 3, 11, 300, 12, 1, 11, 268, 14, 15};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 1000);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  unsigned int previous = 0;
  unsigned int count = 0;
  unsigned int paths = 0;

  (void)state;
  for (uint8_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    assert_true(coap_add_option(pdu, numbers[i], (size_t)i * 20 % 17, (uint8_t[32]){i, i, i}));
  assert_non_null(coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL));
  while ((option = coap_option_next(&oi))) {
    assert_true(oi.number >= previous);
    previous = oi.number;
    count++;
    if (oi.number == 11) {
      static const uint8_t order[] = {1, 4, 8};

      assert_int_equal(coap_opt_length(option), (size_t)order[paths] * 20 % 17);
      if (coap_opt_length(option))
        assert_int_equal(coap_opt_value(option)[0], order[paths]);
      paths++;
    }
  }
  assert_false(oi.bad);
  assert_int_equal(count, sizeof(numbers) / sizeof(numbers[0]));
  assert_int_equal(paths, 3);
  coap_delete_pdu(pdu);
}

/* Random additions, removals and updates against a plain list of what should be there. */
static void
edits_match_a_model(void **state) {
  uint32_t seed = 99;

  (void)state;
  for (int round = 0; round < 300; round++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 4000);
    struct {
      uint16_t number;
      uint8_t length;
    } model[64];
    size_t used = 0;

    for (int step = 0; step < 40; step++) {
      uint16_t number;
      uint8_t length;
      coap_opt_iterator_t oi;
      size_t i;

      seed = seed * 1664525 + 1013904223;
      number = (uint16_t)(seed >> 28 ? seed >> 20 & 31 : seed >> 12 & 0xffff);
      length = (uint8_t)(seed >> 8 & 31);
      for (i = 0; i < used && model[i].number != number; i++)
        continue;
      if ((seed >> 4 & 3) == 0) {
        assert_int_equal(coap_pdu_remove_option(pdu, number), i < used);
        if (i < used) {
          memmove(&model[i], &model[i + 1], (used - i - 1) * sizeof(model[0]));
          used--;
        }
      } else {
        assert_true(coap_add_option(pdu, number, length, big));
        for (i = 0; i < used && model[i].number <= number; i++)
          continue;
        memmove(&model[i + 1], &model[i], (used - i) * sizeof(model[0]));
        model[i].number = number;
        model[i].length = length;
        used++;
      }
      coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
      for (i = 0; i < used; i++) {
        coap_opt_t *option = coap_option_next(&oi);

        assert_non_null(option);
        assert_int_equal(oi.number, model[i].number);
        assert_int_equal(coap_opt_length(option), model[i].length);
      }
      assert_null(coap_option_next(&oi));
    }
    coap_delete_pdu(pdu);
  }
}

static void
update_keeps_the_payload(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 100);
  size_t length;
  const uint8_t *data;
  coap_opt_iterator_t oi;

  (void)state;
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"a");
  coap_add_option(pdu, COAP_OPTION_SIZE1, 1, (const uint8_t *)"b");
  coap_add_data(pdu, 4, (const uint8_t *)"data");
  assert_true(coap_pdu_update_option(pdu, COAP_OPTION_BLOCK1, 2, (const uint8_t *)"xy"));
  assert_true(coap_pdu_update_option(pdu, COAP_OPTION_BLOCK1, 1, (const uint8_t *)"z"));
  assert_true(coap_get_data(pdu, &length, &data));
  assert_int_equal(length, 4);
  assert_memory_equal(data, "data", 4);
  assert_int_equal(coap_opt_length(coap_check_option(pdu, COAP_OPTION_BLOCK1, &oi)), 1);
  assert_non_null(coap_check_option(pdu, COAP_OPTION_SIZE1, &oi));
  assert_null(coap_check_option(pdu, COAP_OPTION_SIZE2, &oi));
  coap_delete_pdu(pdu);
}

static void
filters_hold_two_long_and_six_short(void **state) {
  coap_opt_filter_t filter;

  (void)state;
  coap_option_filter_clear(&filter);
  for (uint16_t n = 1; n <= 6; n++)
    assert_true(coap_option_filter_set(&filter, n));
  assert_false(coap_option_filter_set(&filter, 7));
  assert_true(coap_option_filter_set(&filter, 3));
  assert_true(coap_option_filter_set(&filter, 256));
  assert_true(coap_option_filter_set(&filter, 65535));
  assert_false(coap_option_filter_set(&filter, 257));
  assert_true(coap_option_filter_get(&filter, 256));
  assert_false(coap_option_filter_get(&filter, 0));
  assert_true(coap_option_filter_unset(&filter, 3));
  assert_false(coap_option_filter_unset(&filter, 3));
  assert_false(coap_option_filter_get(&filter, 3));
  assert_true(coap_option_filter_set(&filter, 7));
}

static void
filtered_walk_stops_at_what_is_asked(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
  coap_opt_filter_t filter;
  coap_opt_iterator_t oi;

  (void)state;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, 15);
  coap_add_option(pdu, 11, 1, big);
  coap_add_option(pdu, 15, 2, big);
  coap_add_option(pdu, 60, 3, big);
  coap_option_iterator_init(pdu, &oi, &filter);
  assert_int_equal(coap_opt_length(coap_option_next(&oi)), 2);
  assert_null(coap_option_next(&oi));
  coap_delete_pdu(pdu);
}

/* As programs walk all Uri-Path options: the first by coap_check_option(), the rest from there. */
static void
walk_goes_on_behind_a_checked_option(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
  coap_opt_iterator_t oi;

  (void)state;
  assert_null(coap_check_option(pdu, 11, &oi));
  assert_null(coap_option_next(&oi));
  coap_add_option(pdu, 7, 1, big);
  coap_add_option(pdu, 11, 2, big);
  coap_add_option(pdu, 11, 3, big);
  coap_add_option(pdu, 15, 4, big);
  assert_int_equal(coap_opt_length(coap_check_option(pdu, 11, &oi)), 2);
  assert_int_equal(oi.number, 11);
  assert_int_equal(coap_opt_length(coap_option_next(&oi)), 3);
  assert_null(coap_option_next(&oi));
  coap_delete_pdu(pdu);
}

static void
optlist_is_sorted_stably(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
  coap_optlist_t *list = NULL;
  coap_opt_iterator_t oi;

  (void)state;
  assert_true(coap_insert_optlist(&list, coap_new_optlist(15, 1, (const uint8_t *)"q")));
  assert_true(coap_insert_optlist(&list, coap_new_optlist(11, 1, (const uint8_t *)"a")));
  assert_true(coap_insert_optlist(&list, coap_new_optlist(11, 1, (const uint8_t *)"b")));
  assert_false(coap_insert_optlist(&list, NULL));
  assert_true(coap_add_optlist_pdu(pdu, &list));
  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  assert_int_equal(coap_opt_value(coap_option_next(&oi))[0], 'a');
  assert_int_equal(coap_opt_value(coap_option_next(&oi))[0], 'b');
  assert_int_equal(coap_opt_value(coap_option_next(&oi))[0], 'q');
  coap_delete_optlist(list);
  coap_delete_optlist(NULL);
  coap_delete_pdu(pdu);
}

static void
integers_take_the_fewest_bytes(void **state) {
  static const struct {
    uint64_t value;
    unsigned int length;
  } cases[] = {{0, 0},          {1, 1},          {255, 1},       {256, 2},
               {65535, 2},      {65536, 3},      {0xffffff, 3},  {0x1000000, 4},
               {UINT32_MAX, 4}, {1ULL << 32, 5}, {UINT64_MAX, 8}};

  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    uint8_t buf[8];

    assert_int_equal(coap_encode_var_safe8(buf, 8, cases[i].value), cases[i].length);
    assert_true(coap_decode_var_bytes8(buf, cases[i].length) == cases[i].value);
    if (cases[i].length)
      assert_int_equal(coap_encode_var_safe8(buf, cases[i].length - 1, cases[i].value), 0);
  }
  assert_int_equal(coap_encode_var_safe((uint8_t[4]){0}, 4, 0x12345), 3);
  assert_int_equal(coap_decode_var_bytes((const uint8_t *)"\x00\x00\x00\x05", 4), 5);
  assert_int_equal(coap_fls(0), 0);
  assert_int_equal(coap_fls(1), 1);
  assert_int_equal(coap_fls(0x80), 8);
  assert_int_equal(coap_flsll(1LL << 40), 41);
}

/* RFC 7252 5.4.1, 5.4.3, 5.4.5. */
static void
faults_of_critical_options_are_found(void **state) {
  static const struct {
    const char *what;
    uint16_t number;
    size_t length;
    int times;
    int bad;
  } cases[] = {
      {"unknown critical", 65001, 0, 1, 65001},
      {"unknown elective", 65000, 0, 1, -1},
      {"Uri-Host of no bytes", COAP_OPTION_URI_HOST, 0, 1, COAP_OPTION_URI_HOST},
      {"If-Match of 8 bytes", COAP_OPTION_IF_MATCH, 8, 1, -1},
      {"If-Match of 9 bytes", COAP_OPTION_IF_MATCH, 9, 1, COAP_OPTION_IF_MATCH},
      {"If-Match twice", COAP_OPTION_IF_MATCH, 2, 2, -1},
      {"Accept of 3 bytes", COAP_OPTION_ACCEPT, 3, 1, COAP_OPTION_ACCEPT},
      {"Accept twice", COAP_OPTION_ACCEPT, 1, 2, COAP_OPTION_ACCEPT},
      {"If-None-Match of 1 byte", COAP_OPTION_IF_NONE_MATCH, 1, 1, COAP_OPTION_IF_NONE_MATCH},
      {"Content-Format of 3 bytes", COAP_OPTION_CONTENT_FORMAT, 3, 1, -1},
      {"Content-Format twice", COAP_OPTION_CONTENT_FORMAT, 1, 2, -1},
      {"Uri-Path three times", COAP_OPTION_URI_PATH, 1, 3, -1},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);

    for (int n = 0; n < cases[i].times; n++)
      assert_true(coap_add_option(pdu, cases[i].number, cases[i].length, big));
    if (coap_option_first_bad_critical(pdu, NULL, NULL) != cases[i].bad)
      fail_msg("%s", cases[i].what);
    coap_delete_pdu(pdu);
  }
}

static void
elective_option_out_of_range_is_not_usable(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);

  (void)state;
  coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 3, big);
  coap_add_option(pdu, COAP_OPTION_ETAG, 8, big);
  assert_null(coap_option_usable(pdu, COAP_OPTION_CONTENT_FORMAT));
  assert_non_null(coap_option_usable(pdu, COAP_OPTION_ETAG));
  assert_null(coap_option_usable(pdu, COAP_OPTION_OBSERVE));
  coap_delete_pdu(pdu);
}

/* RFC 7959 2.2, 2.4. */
static void
block_options_are_read_and_fitted(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 200);
  coap_block_t block = {0, 0, 6};
  coap_block_b_t large;

  (void)state;
  assert_false(coap_get_block(pdu, COAP_OPTION_BLOCK2, &block));
  assert_int_equal(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, 5000), 1);
  assert_int_equal(block.szx, 3);
  assert_int_equal(block.m, 1);
  assert_true(coap_add_block(pdu, 5000, big, block.num, (unsigned char)block.szx));
  assert_true(coap_get_block_b(NULL, pdu, COAP_OPTION_BLOCK2, &large));
  assert_int_equal(large.chunk_size, 128);
  block.num = 40;
  block.szx = 3;
  assert_true(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, 5000) < 0);
  coap_delete_pdu(pdu);

  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 200);
  coap_add_option(pdu, COAP_OPTION_BLOCK2, 1, (const uint8_t *)"\x07");
  assert_false(coap_get_block(pdu, COAP_OPTION_BLOCK2, &block));
  coap_add_option(pdu, COAP_OPTION_BLOCK1, 4, (const uint8_t *)"\x00\x00\x00\x06");
  assert_false(coap_get_block(pdu, COAP_OPTION_BLOCK1, &block));
  coap_delete_pdu(pdu);
}

/* RFC 7959 2.4: the same bytes of the body have another number in smaller blocks. */
static void
smaller_blocks_keep_their_place(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 100);
  coap_block_t block = {3, 0, 6};

  (void)state;
  assert_int_equal(coap_write_block_opt(&block, COAP_OPTION_BLOCK1, pdu, 5000), 1);
  assert_int_equal(block.szx, 2);
  assert_int_equal(block.num, 3 * 1024 / 64);
  assert_int_equal(block.m, 1);
  coap_delete_pdu(pdu);
}

/* RFC 7959 2.2: 20 bits of number, size exponents to 6. */
static void
block_numbers_have_bounds(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 2000);
  coap_block_t block = {0x100000, 0, 0};
  coap_opt_iterator_t oi;
  uint8_t value[COAP_BLOCK_VALUE_MAX];

  (void)state;
  assert_true(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, SIZE_MAX) < 0);
  block.num = UINT_MAX;
  assert_true(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, SIZE_MAX) < 0);
  block.num = 0;
  block.szx = 7;
  assert_true(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, 10000) < 0);
  assert_null(coap_check_option(pdu, COAP_OPTION_BLOCK2, &oi));
  assert_false(coap_add_block(pdu, 10000, big, UINT_MAX, 6));
  assert_false(coap_add_block(pdu, 10000, big, 0, 7));
  assert_false(coap_add_block(pdu, 1024, big, 1, 6));
  block.num = 0xfffff;
  block.szx = 0;
  assert_int_equal(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, 16U * 0xfffff + 1), 1);
  assert_true(coap_get_block(pdu, COAP_OPTION_BLOCK2, &block));
  assert_int_equal(block.num, 0xfffff);
  assert_int_equal(block.m, 0);
  assert_int_equal(coap_opt_block_num(coap_check_option(pdu, COAP_OPTION_BLOCK2, &oi)), 0xfffff);
  assert_int_equal(coap_block_value(value, 0, 0, 0), 0);
  assert_int_equal(coap_block_value(value, 1, 1, 6), 1);
  assert_int_equal(value[0], 0x1e);
  coap_delete_pdu(pdu);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heads_at_every_edge_survive),
      cmocka_unit_test(options_come_out_in_order),
      cmocka_unit_test(edits_match_a_model),
      cmocka_unit_test(update_keeps_the_payload),
      cmocka_unit_test(filters_hold_two_long_and_six_short),
      cmocka_unit_test(filtered_walk_stops_at_what_is_asked),
      cmocka_unit_test(walk_goes_on_behind_a_checked_option),
      cmocka_unit_test(optlist_is_sorted_stably),
      cmocka_unit_test(integers_take_the_fewest_bytes),
      cmocka_unit_test(faults_of_critical_options_are_found),
      cmocka_unit_test(elective_option_out_of_range_is_not_usable),
      cmocka_unit_test(block_options_are_read_and_fitted),
      cmocka_unit_test(smaller_blocks_keep_their_place),
      cmocka_unit_test(block_numbers_have_bounds),
  };

  return cmocka_run_group_tests_name("wire_option", tests, NULL, NULL);
}
