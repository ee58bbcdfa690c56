/* wire_block_numbers.c -- CBOR sequences of unsigned integers (RFC 9177 5). */
#include "test.h"

#include "wire/block_numbers.h"

#include <string.h>

static void
numbers_are_written_as_short_as_they_can_be(void **state) {
  static const uint32_t numbers[] = {0, 23, 24, 255, 256, 65535, 65536, 0xfffff};
  static const uint8_t wanted[] = {0x00, 0x17, 0x18, 24, 0x18, 255, 0x19, 1, 0,    0x19, 0xff,
                                   0xff, 0x1a, 0,    1,  0,    0,   0x1a, 0, 0x0f, 0xff, 0xff};
  uint8_t bytes[40];
  uint32_t read[8];

  (void)state;
  assert_int_equal(coap_block_numbers_write(bytes, sizeof(bytes), numbers, 8), sizeof(wanted));
  assert_memory_equal(bytes, wanted, sizeof(wanted));
  assert_int_equal(coap_block_numbers_read(wanted, sizeof(wanted), read, 8), 8);
  assert_memory_equal(read, numbers, sizeof(numbers));
}

static void
what_does_not_fit_is_left_out_whole(void **state) {
  static const uint32_t numbers[] = {1, 300, 301};
  uint8_t bytes[6];

  (void)state;
  for (size_t room = 0; room < sizeof(bytes); room++)
    assert_int_equal(coap_block_numbers_write(bytes, room, numbers, 3), room < 1   ? 0
                                                                        : room < 4 ? 1
                                                                                   : 4);
}

static void
only_ascending_unsigned_numbers_are_read(void **state) {
  uint32_t read[2];

  (void)state;
#define READ(bytes) coap_block_numbers_read((const uint8_t *)(bytes), sizeof(bytes) - 1, read, 2)
  assert_int_equal(READ("\x01\x02\x03"), 2);
  assert_int_equal(read[1], 2);
  assert_int_equal(READ("\x1b\0\0\0\0\0\0\0\x05"), 1);
  assert_int_equal(READ(""), -1);
  assert_int_equal(READ("\x02\x02"), -1);
  assert_int_equal(READ("\x02\x01"), -1);
  assert_int_equal(READ("\x18"), -1);
  assert_int_equal(READ("\x19\x01"), -1);
  assert_int_equal(READ("\x20"), -1);
  assert_int_equal(READ("\x81\x01"), -1);
  assert_int_equal(READ("\x1c"), -1);
  assert_int_equal(READ("\x1a\x00\x10\x00\x00"), -1);
  assert_int_equal(READ("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), -1);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_written_as_short_as_they_can_be),
      cmocka_unit_test(what_does_not_fit_is_left_out_whole),
      cmocka_unit_test(only_ascending_unsigned_numbers_are_read),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
