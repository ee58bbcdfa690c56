/* tls_fragments.c -- which pieces of handshake messages a back end is given (RFC
 * 6347 4.2.2, 4.2.3). */
#include "test.h"

#include "secure/tls_fragments.h"

enum { RECORD = 13, HEADER = 12, SERVER_HELLO = 2, CERTIFICATE = 11, DONE = 14 };

static coap_tls_fragments_t fragments;
static uint8_t datagram[512];
static size_t length;

static int
forget(void **state) {
  (void)state;
  memset(&fragments, 0, sizeof(fragments));
  length = 0;
  return 0;
}

/* A message's header and `present` bytes of it, at the end of the datagram. */
static void
add_piece(unsigned int type, unsigned int whole, unsigned int offset, unsigned int piece,
          size_t present) {
  uint8_t *to = datagram + length;

  memset(to, 0, HEADER + present);
  to[0] = (uint8_t)type;
  to[1] = (uint8_t)(whole >> 16);
  to[2] = (uint8_t)(whole >> 8);
  to[3] = (uint8_t)whole;
  to[8] = (uint8_t)offset;
  to[11] = (uint8_t)piece;
  length += HEADER + present;
}

/* A record with that piece. */
static void
add_record(unsigned int epoch, unsigned int type, unsigned int whole, unsigned int offset,
           unsigned int piece, size_t present) {
  uint8_t *to = datagram + length;

  memcpy(to, "\x16\xfe\xfd\0\0\0\0\0\0\0\1\0\0", RECORD);
  to[4] = (uint8_t)epoch;
  to[12] = (uint8_t)(HEADER + present);
  length += RECORD;
  add_piece(type, whole, offset, piece, present);
}

static int
fits(void) {
  size_t was = length;

  length = 0;
  return coap_tls_fragments_fit(&fragments, datagram, was);
}

static int
fits_one(unsigned int type, unsigned int whole, unsigned int offset, unsigned int piece) {
  add_record(0, type, whole, offset, piece, piece);
  return fits();
}

static void
test_whole_and_in_pieces(void **state) {
  (void)state;
  assert_true(fits_one(SERVER_HELLO, 87, 0, 87));
  assert_true(fits_one(CERTIFICATE, 100, 0, 60));
  assert_true(fits_one(CERTIFICATE, 100, 60, 40));
  assert_true(fits_one(CERTIFICATE, 100, 30, 50)); /* they may overlap, and come again */
  assert_true(fits_one(CERTIFICATE, 100, 0, 60));
  assert_true(fits_one(DONE, 0, 0, 0));
}

static void
test_outside_its_message(void **state) {
  (void)state;
  assert_false(fits_one(CERTIFICATE, 100, 60, 41));
  assert_false(fits_one(CERTIFICATE, 100, 101, 0));
  assert_false(fits_one(CERTIFICATE, 10, 0, 11));
}

static void
test_without_bytes(void **state) {
  (void)state;
  assert_false(fits_one(DONE, 28672, 0, 0));
  assert_false(fits_one(DONE, 100, 100, 0));
}

static void
test_more_than_the_record_has(void **state) {
  (void)state;
  add_record(0, CERTIFICATE, 100, 0, 60, 59);
  assert_false(fits());
  add_record(0, CERTIFICATE, 100, 0, 60, 60);
  datagram[12] -= 60 + 1;
  length -= 60 + 1;
  assert_false(fits());
}

static void
test_of_two_lengths(void **state) {
  (void)state;
  assert_true(fits_one(CERTIFICATE, 100, 0, 50));
  assert_false(fits_one(CERTIFICATE, 200, 50, 150));
  assert_false(fits_one(CERTIFICATE, 99, 0, 99));
  assert_true(fits_one(CERTIFICATE, 100, 50, 50));
}

static void
test_several_in_a_datagram(void **state) {
  (void)state;
  add_record(0, SERVER_HELLO, 40, 0, 40, 40);
  datagram[12] += HEADER; /* two messages in one record */
  add_piece(DONE, 0, 0, 0, 0);
  add_record(0, CERTIFICATE, 100, 0, 60, 60);
  assert_true(fits());
  add_record(0, SERVER_HELLO, 40, 0, 40, 40);
  add_record(0, CERTIFICATE, 101, 0, 60, 60);
  assert_false(fits());
}

static void
test_what_is_none_of_its_business(void **state) {
  (void)state;
  add_record(1, CERTIFICATE, 10, 60, 41, 41); /* protected: no header that could be read */
  assert_true(fits());
  add_record(0, CERTIFICATE, 10, 60, 41, 41);
  datagram[0] = 21;
  assert_true(fits());
  datagram[0] = 22;
  length = 5; /* no record */
  assert_true(fits());
  assert_true(fits()); /* no bytes */
}

static void
test_types_without_end(void **state) {
  (void)state;
  for (unsigned int type = 0; type < COAP_TLS_FRAGMENTS_TYPES; type++)
    assert_true(fits_one(100 + type, 5, 0, 5));
  assert_false(fits_one(1, 5, 0, 5));
  assert_true(fits_one(100, 5, 0, 5));
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_whole_and_in_pieces, forget),
      cmocka_unit_test_setup(test_outside_its_message, forget),
      cmocka_unit_test_setup(test_without_bytes, forget),
      cmocka_unit_test_setup(test_more_than_the_record_has, forget),
      cmocka_unit_test_setup(test_of_two_lengths, forget),
      cmocka_unit_test_setup(test_several_in_a_datagram, forget),
      cmocka_unit_test_setup(test_what_is_none_of_its_business, forget),
      cmocka_unit_test_setup(test_types_without_end, forget)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
