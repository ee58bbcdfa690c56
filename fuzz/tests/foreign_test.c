/* foreign_test.c -- the oracles with a stack that does all in its own way (world/stack.h): what the
 * RFCs leave open is no finding there, and what stands beside it still is. */
#include "oracle/all.h"
#include "oracle/inbox.h"
#include "tests/oracle_fixture.h"
#include "world/stack.h"

#include <string.h>

/* In the place of stack_ours.c, which is in a library. */
const struct world_stack world_stack = {.name = "foreign",
                                        .waits_for_csm = 1,
                                        .goes_on_after_icmp = 1,
                                        .acknowledged_by_id = 1,
                                        .rejects_acknowledgements = 1,
                                        .draws_timeout_early = 1,
                                        .parts_of_a_second = 64,
                                        .timers_first = 1,
                                        .repeats_idempotent = 1,
                                        .answers_confirmable_groups = 1,
                                        .reads_one = 1};

enum { NACK_RST = 2, NACK_ICMP_ISSUE = 4, CONNECTING = 1, CSM = 3 };

static void
expect_no(const char *oracle) {
  assert_false(has_objected(oracle));
}

/* RFC 7252 4.2 */
static void
icmp_is_no_end(void **state) {
  OUT(0x41, 1, 0, 5, 9);
  handler(OBS_NACK, TYPE_CON, 1, 5, 9, 5, NACK_ICMP_ISSUE);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  now += 5000;
  OUT(0x41, 1, 0, 5, 9);
  expect_no("retransmission");
  now += 1000; /* it is still measured */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  handler(OBS_NACK, TYPE_CON, 1, 5, 9, 5, NACK_RST);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
}

/* ... whoever says so. */
static void
neither_is_it_by_the_application(void **state) {
  (void)state;
  born(1, CLIENT);
  OUT(0x41, 1, 0, 5, 9);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  tell(OBS_API, 1, OBS_API_DISCONNECT, 1, NACK_ICMP_ISSUE, 0);
  now += 5000;
  OUT(0x41, 1, 0, 5, 9);
  expect_no("retransmission");
  expect_no("in-flight");
}

/* RFC 7252 4.2, 5.3.2 */
static void
id_acknowledges(void **state) {
  OUT(0x41, 1, 0, 5, 9);
  IN(0x61, 69, 0, 5, 8);
  OUT(0x41, 1, 0, 6, 7);
  expect_no("in-flight");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  OUT(0x41, 1, 0, 6, 7);
  expect("in-flight");
}

static void
set_param(long which, long to) {
  tell(OBS_PARAM, 1, which, to, 0, 0);
}

static void
two_copies(uint64_t apart) {
  OUT(0x41, 1, 0, 5, 9);
  now += apart;
  OUT(0x41, 1, 0, 5, 9);
}

/* RFC 7252 4.2, 5.4.1, 5.4.3: a critical option, Content-Format in three bytes. */
static void
rejected_ones_acknowledge_nothing(void **state) {
  OUT(0x41, 1, 0, 5, 9);
  IN(0x61, 69, 0, 5, 9, 0xd0, 0xf0);
  IN(0x61, 69, 0, 5, 9, 0xc3, 1, 2, 3);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  OUT(0x41, 1, 0, 6, 7);
  expect_no("retransmission");
  expect_no("in-flight");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  IN(0x61, 69, 0, 5, 9, 0xc2, 1, 2);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
}

/* RFC 7252 4.8 */
static void
waiting_ones_keep_their_time(void **state) {
  OUT(0x41, 1, 0, 4, 8);
  set_param(0, 10000);
  IN(0x60, 0, 0, 4);
  two_copies(2500);
  expect_no("retransmission");
  setup(state);
  set_param(0, 10000);
  two_copies(2500);
  expect("retransmission");
}

static void
seconds_have_parts(void **state) {
  set_param(0, 65524);
  set_param(1, 1000);
  two_copies(65531);
  expect_no("retransmission");
  setup(state);
  two_copies(1960);
  expect("retransmission");
}

/* More doublings than bits. */
static void
intervals_end(void **state) {
  unsigned int i;

  set_param(2, UINT16_MAX);
  OUT(0x41, 1, 0, 5, 9);
  OUT(0x41, 1, 0, 6, 7);
  expect("in-flight");
  setup(state);
  for (i = 0; i < 70; i++)
    two_copies(0);
  expect("retransmission");
}

static void
copy_crosses_its_answer(void **state) {
  OUT(0x41, 1, 0, 5, 9);
  now += 2500;
  IN(0x60, 0, 0, 5);
  OUT(0x41, 1, 0, 5, 9);
  expect_no("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  now += 2499;
  IN(0x60, 0, 0, 5);
  now++;
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
}

static void
answered_twice(uint8_t method) {
  IN(0x40, method, 0, 1);
  OUT(0x60, 69, 0, 1);
  IN(0x40, method, 0, 1);
  OUT(0x60, 68, 0, 1);
}

/* RFC 7252 4.5 */
static void
idempotent_is_answered_anew(void **state) {
  static const uint8_t idempotent[] = {1, 3, 4, 5, 7};
  static const uint8_t others[] = {2, 6};
  size_t i;

  for (i = 0; i < sizeof(idempotent); i++) {
    setup(state);
    answered_twice(idempotent[i]);
    expect_no("answers");
  }
  for (i = 0; i < sizeof(others); i++) {
    setup(state);
    answered_twice(others[i]);
    expect("answers");
  }
}

static void
in_group(unsigned int first, unsigned int code) {
  uint8_t bytes[] = {(uint8_t)first, (uint8_t)code, 0, 1};
  struct obs o = obs(OBS_IN);
  struct msg m;

  o.malformed = msg_parse(&m, bytes, sizeof(bytes));
  o.msg = &m;
  o.data = bytes;
  o.length = sizeof(bytes);
  o.flag = 1;
  oracle_observe_all(&o);
}

/* RFC 7252 8.1 */
static void
groups_are_not_reset(void **state) {
  in_group(0x40, 1);
  OUT(0x70, 0, 0, 1);
  expect_no("answers");
  setup(state);
  in_group(0x50, 1);
  OUT(0x70, 0, 0, 1);
  expect("answers");
}

/* 92 bytes with what is around them allow for 276, and one answer has 246. */
static void
amplification_is_of_the_run(void **state) {
  static const uint8_t large[204] = {0x60, 69, 0, 1, 0xff, 1};
  unsigned int i;

  (void)state;
  IN(0x40, 1, 0, 1);
  now++;
  IN(0x40, 1, 0, 2);
  wire(OBS_OUT, large, sizeof(large));
  expect_no("amplification");
  for (i = 0; i < 3; i++)
    wire(OBS_OUT, large, sizeof(large));
  expect("amplification");
}

static void
waits_for_csm(long state_of) {
  struct obs o = obs(OBS_BORN);

  o.session = 1;
  o.value = SERVER;
  o.extra = CSM;
  o.count = 1;
  o.stream = 1;
  oracle_observe_all(&o);
  o.kind = OBS_STATE;
  o.value = state_of;
  o.extra = SERVER;
  oracle_observe_all(&o);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0);
}

static void
only_without_csm_it_stays(void **state) {
  waits_for_csm(CSM);
  expect_no("lifecycle");
  setup(state);
  waits_for_csm(CONNECTING);
  expect_no("lifecycle");
  setup(state);
  waits_for_csm(ESTABLISHED);
  expect("lifecycle");
}

static void
expect_suspicion(unsigned int mid, const char *words) {
  struct obs o = obs(OBS_OUT);

  assert_string_equal(inbox_suspicion(o.local, o.remote, (uint16_t)mid), words);
}

static void
replies_are_told_apart(void **state) {
  (void)state;
  expect_suspicion(0, ", of no message ID");
  expect_suspicion(1, "");
  IN(0x40, 1, 0, 1); /* as it has to be */
  IN(0x40, 1, 0, 2, 0xff);
  IN(0x60, 69, 0, 3);
  IN(0x60, 0x23, 0, 4);
  IN(0x70, 0, 0, 5);
  IN(0x60, 0, 0); /* shorter than a header */
  expect_suspicion(0, ", of no message ID");
  expect_suspicion(1, "");
  expect_suspicion(2, ", likely a malformed message");
  expect_suspicion(3, ", likely an acknowledgement with a response");
  expect_suspicion(4, ", likely an acknowledgement of a reserved class");
  expect_suspicion(5, ", likely a Reset");
  IN(0x00, 1, 0, 6);
  expect_suspicion(6, ", likely a datagram of another version");
  expect_suspicion(0, ", of no message ID, likely a datagram of another version");
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(icmp_is_no_end, setup),
      cmocka_unit_test_setup(neither_is_it_by_the_application, setup),
      cmocka_unit_test_setup(id_acknowledges, setup),
      cmocka_unit_test_setup(rejected_ones_acknowledge_nothing, setup),
      cmocka_unit_test_setup(waiting_ones_keep_their_time, setup),
      cmocka_unit_test_setup(seconds_have_parts, setup),
      cmocka_unit_test_setup(intervals_end, setup),
      cmocka_unit_test_setup(copy_crosses_its_answer, setup),
      cmocka_unit_test_setup(idempotent_is_answered_anew, setup),
      cmocka_unit_test_setup(groups_are_not_reset, setup),
      cmocka_unit_test_setup(amplification_is_of_the_run, setup),
      cmocka_unit_test_setup(replies_are_told_apart, setup),
      cmocka_unit_test_setup(only_without_csm_it_stays, setup),
  };

  return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
