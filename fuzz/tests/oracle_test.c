/* oracle_test.c -- every oracle objects to a made-up run that breaks its rule, by its own name, and
 * nobody objects to one that does not. */
#include "oracle/all.h"
#include "tests/oracle_fixture.h"

#include <string.h>
/* A client's request and its piggybacked answer; a server's, with a duplicate. */
static void
good_run(void **state) {
  (void)state;
  born(1, CLIENT);
  request_sent(5, 9);
  OUT(0x41, 1, 0, 5, 9);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  now += 5000;
  OUT(0x41, 1, 0, 5, 9);
  IN(0x61, 69, 0, 5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED);
  IN(0x41, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED);
  OUT(0x61, 69, 0, 7, 3);
  IN(0x41, 1, 0, 7, 3);
  OUT(0x61, 69, 0, 7, 3);
  tell(OBS_STATE, 1, ESTABLISHED, CLIENT, 1, 0);
  tell(OBS_MEMORY, 0, 3, 0, 5000, 0);
  tell(OBS_API, 1, OBS_API_RELEASE, 0, 0, 0);
  tell(OBS_GONE, 1, OBS_GONE_RELEASED, 0, 0, 0);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0);
  tell(OBS_END, 0, 0, 0, 0, 0);
  expect(NULL);
}

static void
wire_format_objects(void **state) {
  (void)state;
  OUT(0x40, 1, 0, 1, 0xff);
  expect("wire-format");
  setup(state);
  OUT(0x50, 0, 0, 1);
  expect("wire-format");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 1, 0, 1);
  expect("wire-format");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x40, 0x20, 0, 1);
  expect("wire-format");
}

static void
answers_object(void **state) {
  (void)state;
  OUT(0x60, 0, 0, 1); /* to nothing */
  expect("answers");
  setup(state);
  IN(0x60, 0, 0, 1);
  OUT(0x70, 0, 0, 1); /* to an ACK */
  expect("answers");
  setup(state);
  IN(0x50, 1, 0, 1);
  OUT(0x60, 0, 0, 1); /* ACK for a NON */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 0, 0, 1);
  OUT(0x60, 0, 0, 1); /* twice for one copy */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 69, 0, 1);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 68, 0, 1); /* another answer to the copy */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1, 0xff);
  OUT(0x60, 0, 0, 1); /* ACK for a malformed one */
  expect("answers");
}

/* Memory may fail for any of them: none is known to be the one that is served. */
static void
requests_of_one_id(void **state) {
  (void)state;
  IN(0x41, 1, 0, 7, 2);
  IN(0x41, 1, 0, 7, 3);
  IN(0x41, 1, 0, 7, 4);
  born(1, SERVER);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED);
  OUT(0x61, 69, 0, 7, 3);
  expect(NULL);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 5, 0, ESTABLISHED);
  expect("requests");
}

static void
requests_object(void **state) {
  (void)state;
  born(1, SERVER);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED); /* never received */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, ESTABLISHED);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, ESTABLISHED); /* the duplicate too */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 4, 0, ESTABLISHED); /* another token */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x41, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED);
  tell(OBS_MEMORY, 0, 0, 0, 0, 0); /* end of operation: no ACK */
  expect("requests");
  setup(state);
  IN(0x41, 1, 0, 7, 3, 0xd0, 28);
  wire(OBS_REQUEST, BYTES(0x41, 1, 0, 7, 3, 0xd0, 28)); /* option 41, critical */
  expect("requests");
}

static void
retransmission_objects(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  now += 1000; /* too early */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  now += 2000;
  OUT(0x41, 1, 0, 5, 9);
  now += 3000; /* not doubled */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  IN(0x60, 0, 0, 5);
  now += 2000; /* acknowledged already */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x51, 1, 0, 5, 9);
  now += 2000; /* a NON */
  OUT(0x51, 1, 0, 5, 9);
  expect("retransmission");
}

static void
retransmission_counts(void **state) {
  uint64_t gap = 2000;
  int i;

  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  for (i = 0; i < 4; i++, gap *= 2) {
    now += gap;
    OUT(0x41, 1, 0, 5, 9);
  }
  expect(NULL);
  now += gap;
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
}

static void
message_ids_object(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  IN(0x60, 0, 0, 5);
  now += 100000;
  OUT(0x41, 1, 0, 5, 10);
  expect("message-ids");
}

static void
in_flight_objects(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  OUT(0x41, 1, 0, 6, 10);
  expect("in-flight");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9); /* taken, never sent, though nothing is in its way */
  tell(OBS_MEMORY, 0, 0, 0, 0, 0);
  expect("in-flight");
}

static void
silence_objects(void **state) {
  (void)state;
  born(1, CLIENT);
  tell(OBS_API, 1, OBS_API_DISCONNECT, 1, 0, 0);
  OUT(0x41, 1, 0, 5, 9);
  expect("silence");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, 0); /* in state NONE */
  expect("silence");
}

static void
outcomes_object(void **state) {
  (void)state;
  born(1, CLIENT);
  request_sent(5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED); /* twice */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 8, 5, ESTABLISHED); /* another token */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  tell(OBS_NACK, 1, 5, 0, 0, 0);
  tell(OBS_NACK, 1, 5, 0, 0, 0); /* twice */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* never */
  expect("outcomes");
}

static void
lifecycle_objects(void **state) {
  (void)state;
  tell(OBS_BORN, 1, SERVER, ESTABLISHED, 0, 0); /* not announced */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_API, 1, OBS_API_REFERENCE, 1, 0, 0);
  tell(OBS_GONE, 1, OBS_GONE_DELETED, 0, 0, 0); /* while held */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_GONE, 1, OBS_GONE_DELETED, 0, 0, 0);
  tell(OBS_EVENT, 1, 1, 0, 0, 0); /* after its end */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* never ends */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_STATE, 1, ESTABLISHED, CLIENT, 0, 0); /* another type */
  expect("lifecycle");
}

static void
memory_bounds_object(void **state) {
  (void)state;
  tell(OBS_MEMORY, 0, 1, 0, 10000000, 0);
  expect("memory-bounds");
  setup(state);
  tell(OBS_END, 0, 1, 0, 16, 0);
  expect("memory-bounds");
  setup(state);
  tell(OBS_END, 0, 0, 1, 0, 0);
  expect("memory-bounds");
}

static void
amplification_objects(void **state) {
  uint8_t large[600] = {0x50, 69, 0, 1};

  (void)state;
  memset(large + 4, 'x', sizeof(large) - 4);
  large[4] = 0xff;
  IN(0x50, 1, 0, 1);
  wire(OBS_OUT, large, sizeof(large));
  expect("amplification");
}

static void
state_table_objects(void **state) {
  (void)state;
  born(1, CLIENT);
  tell(OBS_API, 1, OBS_API_DISCONNECT, 1, 0, 0);
  tell(OBS_STATE, 1, 0, CLIENT, 1, 0);
  expect(NULL);
  setup(state);
  born(1, CLIENT);
  tell(OBS_STATE, 1, 0, CLIENT, 1, 0); /* NONE, though nobody disconnected it */
  expect("state-table");
}
static void
observations_object(void **state) {
  (void)state;
  IN(0x51, 1, 0, 1, 9, 0x60);                 /* registers */
  OUT(0x51, 69, 0, 1, 9, 0x61, 5, 0xff, 'a'); /* Observe: 5 */
  OUT(0x51, 69, 0, 2, 9, 0x61, 6, 0xff, 'b');
  expect(NULL);
  OUT(0x51, 69, 0, 3, 9, 0x61, 4, 0xff, 'c'); /* older */
  expect("observations");
  setup(state);
  OUT(0x51, 69, 0, 1, 9, 0x61, 5, 0xff, 'a'); /* to nobody */
  expect("observations");
  setup(state);
  IN(0x51, 1, 0, 1, 9, 0x60);
  IN(0x51, 1, 0, 2, 9, 0x61, 1); /* leaves */
  OUT(0x51, 69, 0, 1, 9, 0x61, 5, 0xff, 'a');
  expect(NULL); /* the registration may be answered yet */
  operation++;
  OUT(0x51, 69, 0, 2, 9, 0x61, 6, 0xff, 'b');
  expect("observations");
  setup(state);
  IN(0x51, 1, 0, 1, 9, 0x60);
  OUT(0x51, 69, 0, 1, 9, 0x61, 5, 0xff, 'a');
  OUT(0x51, 69, 0, 2, 9, 0x61, 6, 0xff, 'b');
  IN(0x70, 0, 0, 2); /* rejects it */
  operation++;
  OUT(0x51, 69, 0, 3, 9, 0x61, 7, 0xff, 'c');
  expect("observations");
}

/* What an application is shown of a notification; Observe `number`. */
static void
shown(uint8_t number) {
  const uint8_t bytes[] = {0x51, 69, 0, 5, 9, 0x61, number};
  struct obs o = obs(OBS_RESPONSE);
  struct msg m;

  o.malformed = msg_parse(&m, bytes, sizeof(bytes));
  o.msg = &m;
  o.session = 1;
  o.value = 5;
  o.extra = ESTABLISHED;
  oracle_observe_all(&o);
}

static void
order_objects(void **state) {
  (void)state;
  born(1, CLIENT);
  handler(OBS_SEND, TYPE_CON, 1, 5, 9, 5, 0);
  tell(OBS_STATE, 1, ESTABLISHED, CLIENT, 1, 0);
  shown(3);
  shown(7);
  expect("outcomes"); /* two responses, since nothing was observed */
  setup(state);
  born(1, CLIENT);
  observation_sent(5, 9);
  shown(3);
  shown(7);
  now += 200000;
  shown(2); /* later than all fresh ones */
  expect(NULL);
  shown(1);
  expect("outcomes");
}

static void
openings_object(void **state) {
  (void)state;
  IN(0x40, 1, 0, 1);
  born(1, SERVER);
  expect(NULL);
  setup(state);
  IN(0x70, 0, 0, 1); /* a Reset from nobody known */
  born(1, SERVER);
  expect("openings");
  setup(state);
  IN(0x40, 1, 0, 1, 0xff); /* a malformed message */
  born(1, SERVER);
  expect("openings");
}

static void
repeats_object(void **state) {
  (void)state;
  IN(0x40, 1, 0, 1);
  OUT(0x60, 0, 0, 1);
  tell(OBS_FAULT, 0, 0, 0, 0, 0);
  IN(0x40, 1, 0, 1); /* memory is short: it may be lost */
  IN(0x40, 1, 0, 2);
  OUT(0x60, 0, 0, 2);
  expect(NULL);
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 0, 0, 1);
  IN(0x40, 1, 0, 1); /* a copy */
  IN(0x40, 1, 0, 2);
  OUT(0x60, 0, 0, 1);
  OUT(0x60, 0, 0, 2);
  expect(NULL);
  IN(0x40, 1, 0, 1); /* another, which is passed over */
  IN(0x40, 1, 0, 3);
  OUT(0x60, 0, 0, 3);
  expect("repeats");
}

static int
objects_in(void (*test)(void **), const struct oracle *oracle, void **state) {
  setup(state);
  test(state);
  return has_objected(oracle->name);
}

/* No oracle is without a test: all that are in the list have objected to something. */
static void
every_oracle_is_tested(void **state) {
  static void (*const tests[])(void **) = {
      wire_format_objects, answers_object,       requests_object,       retransmission_objects,
      message_ids_object,  in_flight_objects,    silence_objects,       outcomes_object,
      lifecycle_objects,   memory_bounds_object, amplification_objects, state_table_objects,
      observations_object, openings_object,      repeats_object};
  size_t own = sizeof(tests) / sizeof(tests[0]);
  size_t i;

  for (i = 0; oracles[i] != NULL; i++) {
    int objected = 0;
    size_t k;

    if (strcmp(oracles[i]->name, "inbox") == 0 || strcmp(oracles[i]->name, "outbox") == 0 ||
        strcmp(oracles[i]->name, "connections") == 0)
      continue; /* they remember, they do not judge */
    for (k = 0; k < own; k++)
      objected |= objects_in(tests[k], oracles[i], state);
    for (k = 0; k < ORACLE_STREAM_TESTS; k++)
      objected |= objects_in(oracle_stream_tests[k], oracles[i], state);
    for (k = 0; k < ORACLE_SECURE_TESTS; k++)
      objected |= objects_in(oracle_secure_tests[k], oracles[i], state);
    if (!objected)
      fail_msg("%s never objects", oracles[i]->name);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(good_run, setup),
      cmocka_unit_test_setup(wire_format_objects, setup),
      cmocka_unit_test_setup(answers_object, setup),
      cmocka_unit_test_setup(requests_of_one_id, setup),
      cmocka_unit_test_setup(requests_object, setup),
      cmocka_unit_test_setup(retransmission_objects, setup),
      cmocka_unit_test_setup(retransmission_counts, setup),
      cmocka_unit_test_setup(message_ids_object, setup),
      cmocka_unit_test_setup(in_flight_objects, setup),
      cmocka_unit_test_setup(silence_objects, setup),
      cmocka_unit_test_setup(outcomes_object, setup),
      cmocka_unit_test_setup(lifecycle_objects, setup),
      cmocka_unit_test_setup(memory_bounds_object, setup),
      cmocka_unit_test_setup(amplification_objects, setup),
      cmocka_unit_test_setup(state_table_objects, setup),
      cmocka_unit_test_setup(observations_object, setup),
      cmocka_unit_test_setup(openings_object, setup),
      cmocka_unit_test_setup(order_objects, setup),
      cmocka_unit_test_setup(repeats_object, setup),
      {"signalling_objects", oracle_stream_tests[0], setup, NULL, NULL},
      {"stream_requests_object", oracle_stream_tests[1], setup, NULL, NULL},
      {"websocket_objects", oracle_stream_tests[2], setup, NULL, NULL},
      {"upgrade_objects", oracle_stream_tests[3], setup, NULL, NULL},
      {"cookies_object", oracle_secure_tests[0], setup, NULL, NULL},
      {"secured_objects", oracle_secure_tests[1], setup, NULL, NULL},
      {"secrecy_objects", oracle_secure_tests[2], setup, NULL, NULL},
      {"good_handshake", oracle_secure_tests[3], setup, NULL, NULL},
      {"hellos_are_read", oracle_secure_tests[4], setup, NULL, NULL},
      cmocka_unit_test(every_oracle_is_tested),
  };

  return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
