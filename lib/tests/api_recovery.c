/* api_recovery.c -- coap_recovery(3): each parameter's default, what a setter takes and refuses,
 * and what a missing session gives (RFC 7252 4.8, RFC 9177 7.2). One test per parameter and
 * question. */
#include "test.h"

#include "sim_world.h"

typedef void (*set_fixed_t)(coap_session_t *, coap_fixed_point_t);
typedef coap_fixed_point_t (*get_fixed_t)(const coap_session_t *);

typedef struct fixed_parameter_t {
  const char *name;
  set_fixed_t set;
  get_fixed_t get;
  coap_fixed_point_t initial;
  int at_least_one; /* RFC 7252 4.8.1: the random factor must not be below 1 */
} fixed_parameter_t;

#define FIXED(field, whole, thousandths, at_least_one)                                             \
  {                                                                                                \
#field, coap_session_set_##field, coap_session_get_##field,                                    \
        {whole, thousandths }, at_least_one                                                        \
  }

static const fixed_parameter_t fixed_parameters[] = {
    FIXED(ack_timeout, 2, 0, 0),         FIXED(ack_random_factor, 1, 500, 1),
    FIXED(default_leisure, 5, 0, 0),     FIXED(non_timeout, 2, 0, 0),
    FIXED(non_receive_timeout, 4, 0, 0),
};

typedef struct number_parameter_t {
  const char *name;
  void (*set)(coap_session_t *, uint32_t);
  uint32_t (*get)(const coap_session_t *);
  uint32_t initial;
} number_parameter_t;

/* All numbers through one type. */
#define NUMBER_ACCESS(type, field)                                                                 \
  static void set_##field(coap_session_t *session, uint32_t value) {                               \
    coap_session_set_##field(session, (type)value);                                                \
  }                                                                                                \
  static uint32_t get_##field(const coap_session_t *session) {                                     \
    return coap_session_get_##field(session);                                                      \
  }

NUMBER_ACCESS(uint16_t, max_retransmit)
NUMBER_ACCESS(uint16_t, nstart)
NUMBER_ACCESS(uint16_t, max_payloads)
NUMBER_ACCESS(uint16_t, non_max_retransmit)
NUMBER_ACCESS(uint32_t, probing_rate)

static const number_parameter_t number_parameters[] = {
    {"max_retransmit", set_max_retransmit, get_max_retransmit, 4},
    {"nstart", set_nstart, get_nstart, 1},
    {"max_payloads", set_max_payloads, get_max_payloads, 10},
    {"non_max_retransmit", set_non_max_retransmit, get_non_max_retransmit, 4},
    {"probing_rate", set_probing_rate, get_probing_rate, 1},
};

static coap_session_t *session;

static int
setup(void **state) {
  coap_address_t peer;

  sim_setup(state);
  peer = sim_address(SIM_PEER, 5683);
  session = sim_client_session(sim_client_context(), &peer);
  return 0;
}

static void
assert_fixed(const fixed_parameter_t *p, uint16_t whole, uint16_t thousandths) {
  coap_fixed_point_t value = p->get(session);

  assert_int_equal(value.integer_part, whole);
  assert_int_equal(value.fractional_part, thousandths);
}

static void
fixed_has_its_default(void **state) {
  const fixed_parameter_t *p = *state;

  assert_fixed(p, p->initial.integer_part, p->initial.fractional_part);
}

static void
fixed_is_set(void **state) {
  const fixed_parameter_t *p = *state;

  p->set(session, (coap_fixed_point_t){7, 250});
  assert_fixed(p, 7, 250);
  p->set(session, (coap_fixed_point_t){1, 0});
  assert_fixed(p, 1, 0);
}

static void
fixed_refuses_what_is_no_value(void **state) {
  const fixed_parameter_t *p = *state;

  p->set(session, (coap_fixed_point_t){0, 0});
  assert_fixed(p, p->initial.integer_part, p->initial.fractional_part);
  p->set(session, (coap_fixed_point_t){3, 1000});
  assert_fixed(p, p->initial.integer_part, p->initial.fractional_part);
  p->set(session, (coap_fixed_point_t){0, 999});
  if (p->at_least_one)
    assert_fixed(p, p->initial.integer_part, p->initial.fractional_part);
  else
    assert_fixed(p, 0, 999);
}

static void
fixed_of_no_session_is_the_default(void **state) {
  const fixed_parameter_t *p = *state;
  coap_fixed_point_t value;

  p->set(NULL, (coap_fixed_point_t){7, 0});
  value = p->get(NULL);
  assert_int_equal(value.integer_part, p->initial.integer_part);
  assert_int_equal(value.fractional_part, p->initial.fractional_part);
}

static void
number_has_its_default(void **state) {
  const number_parameter_t *p = *state;

  assert_int_equal(p->get(session), p->initial);
}

static void
number_is_set(void **state) {
  const number_parameter_t *p = *state;

  p->set(session, 9);
  assert_int_equal(p->get(session), 9);
  p->set(session, 1);
  assert_int_equal(p->get(session), 1);
}

static void
number_refuses_0(void **state) {
  const number_parameter_t *p = *state;

  p->set(session, 0);
  assert_int_equal(p->get(session), p->initial);
}

static void
number_of_no_session_is_the_default(void **state) {
  const number_parameter_t *p = *state;

  p->set(NULL, 9);
  assert_int_equal(p->get(NULL), p->initial);
}

/* The time-out doubles: with more copies it would leave any sensible range. */
static void
max_retransmit_has_an_upper_bound(void **state) {
  (void)state;
  coap_session_set_max_retransmit(session, UINT16_MAX);
  assert_int_equal(coap_session_get_max_retransmit(session), 4);
}

static void
parameters_are_the_sessions_own(void **state) {
  coap_address_t other = sim_address("10.0.0.3", 5683);
  coap_session_t *second = sim_client_session(coap_session_get_context(session), &other);

  (void)state;
  coap_session_set_nstart(session, 5);
  assert_int_equal(coap_session_get_nstart(second), 1);
}

static void
packet_loss_takes_lists_and_percentages_only(void **state) {
  (void)state;
  assert_int_equal(coap_debug_set_packet_loss("1,3-4"), 1);
  assert_int_equal(coap_debug_set_packet_loss("20%"), 1);
  assert_int_equal(coap_debug_set_packet_loss("-5%"), 0);
  assert_int_equal(coap_debug_set_packet_loss("all"), 0);
  assert_int_equal(coap_debug_set_packet_loss("0%"), 1);
}

/* The first datagram is lost, so the request arrives with the second copy. */
static void
a_listed_datagram_is_lost(void **state) {
  (void)state;
  assert_int_equal(coap_debug_set_packet_loss("1"), 1);
  sim_request(session, COAP_MESSAGE_CON);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(3000);
  assert_int_equal(sim_sent_count(), 1);
  coap_debug_set_packet_loss("0%");
}

static void
a_percentage_is_lost(void **state) {
  unsigned int sent = 0;

  (void)state;
  assert_int_equal(coap_debug_set_packet_loss("50%"), 1);
  for (int i = 0; i < 400; i++) {
    sim_request(session, COAP_MESSAGE_NON);
    sent += sim_sent_count();
    sim_forget_sent();
  }
  coap_debug_set_packet_loss("0%");
  assert_in_range(sent, 120, 280);
}

enum { QUESTIONS = 4, NAME_LENGTH = 80 };

static char names[QUESTIONS * (COUNT_OF(fixed_parameters) + COUNT_OF(number_parameters))]
                 [NAME_LENGTH];
static unsigned int name_count;

static struct CMUnitTest
parameter_test(const char *parameter, const char *question, CMUnitTestFunction function,
               const void *data) {
  char *name = names[name_count++];

  snprintf(name, NAME_LENGTH, "%s %s", parameter, question);
  return (struct CMUnitTest){name, function, setup, sim_teardown, (void *)(uintptr_t)data};
}

#define RECOVERY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest others[] = {
      RECOVERY_TEST(max_retransmit_has_an_upper_bound),
      RECOVERY_TEST(parameters_are_the_sessions_own),
      RECOVERY_TEST(packet_loss_takes_lists_and_percentages_only),
      RECOVERY_TEST(a_listed_datagram_is_lost),
      RECOVERY_TEST(a_percentage_is_lost),
  };
  static struct CMUnitTest tests[COUNT_OF(names) + COUNT_OF(others)];
  size_t count = 0;

  for (size_t i = 0; i < COUNT_OF(fixed_parameters); i++) {
    const fixed_parameter_t *p = &fixed_parameters[i];

    tests[count++] = parameter_test(p->name, "has its default", fixed_has_its_default, p);
    tests[count++] = parameter_test(p->name, "is set", fixed_is_set, p);
    tests[count++] =
        parameter_test(p->name, "refuses what is no value", fixed_refuses_what_is_no_value, p);
    tests[count++] = parameter_test(p->name, "of no session is the default",
                                    fixed_of_no_session_is_the_default, p);
  }
  for (size_t i = 0; i < COUNT_OF(number_parameters); i++) {
    const number_parameter_t *p = &number_parameters[i];

    tests[count++] = parameter_test(p->name, "has its default", number_has_its_default, p);
    tests[count++] = parameter_test(p->name, "is set", number_is_set, p);
    tests[count++] = parameter_test(p->name, "refuses 0", number_refuses_0, p);
    tests[count++] = parameter_test(p->name, "of no session is the default",
                                    number_of_no_session_is_the_default, p);
  }
  for (size_t i = 0; i < COUNT_OF(others); i++)
    tests[count++] = others[i];
  return cmocka_run_group_tests(tests, NULL, NULL);
}
