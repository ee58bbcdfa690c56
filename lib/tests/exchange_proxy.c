/* exchange_proxy.c -- requests for other hosts (RFC 7252 5.7.2, 5.10.2) and how far they go
 * (RFC 8768). */
#include "exchange_fixture.h"

#include "seams/memory.h"

enum {
  URI_HOST = 3,
  URI_PATH = 11,
  HOP_LIMIT = 16,
  PROXY_URI = 35,
  PROXY_SCHEME = 39,
  HOP_LIMIT_REACHED = 0xa8
};

static const char *own_names[] = {"me.example", "10.0.0.1"};

static unsigned int forwarded;
static unsigned int hops; /* that the proxy was told */
static size_t payload_length;

static void
forward(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
        const coap_string_t *query, coap_pdu_t *response) {
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(request, COAP_OPTION_HOP_LIMIT, &oi);
  const uint8_t *data;

  (void)resource;
  (void)session;
  (void)query;
  forwarded++;
  hops = option ? coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : 0;
  payload_length = 0;
  coap_get_data(request, &payload_length, &data);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static int
setup(void **state) {
  coap_resource_t *proxy;

  if (ex_setup(state))
    return -1;
  forwarded = hops = 0;
  ex_resource("r", 0);
  proxy = coap_resource_proxy_uri_init(forward, COUNT_OF(own_names), own_names);
  assert_non_null(proxy);
  coap_add_resource(ex_context, proxy);
  return 0;
}

static raw_message_t
request(int method) {
  static uint16_t mid = 100;

  return raw_message(RAW_CON, method, ++mid, "tok");
}

static void
ask_uri(int method, unsigned int hop_limit, const char *uri) {
  raw_message_t message = request(method);
  uint8_t limit = (uint8_t)hop_limit;

  if (hop_limit)
    raw_option(&message, HOP_LIMIT, &limit, 1);
  raw_option(&message, PROXY_URI, uri, strlen(uri));
  ex_send(&message);
}

static void
proxy_uri_of_another_host_is_forwarded_whatever_the_method(void **state) {
  (void)state;
  for (int method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++) {
    ask_uri(method, 0, "coap://other.example/r");
    assert_int_equal(ex_code(), RAW_CONTENT);
  }
  assert_int_equal(forwarded, COAP_REQUEST_IPATCH);
  assert_int_equal(ex_handler.calls, 0);
}

static void
proxy_uri_of_this_host_is_for_its_own_resources(void **state) {
  (void)state;
  ask_uri(RAW_GET, 0, "coap://ME.example:5683/r?q=%41");
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_true(ex_payload_is("hello"));
  assert_string_equal(ex_handler.query, "q=A");
  ask_uri(RAW_GET, 0, "coap://10.0.0.1/none");
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
  assert_int_equal(forwarded, 0);
}

static void
ask_scheme(const char *host) {
  raw_message_t message = request(RAW_GET);

  if (host)
    raw_option(&message, URI_HOST, host, strlen(host));
  raw_option(&message, URI_PATH, "r", 1);
  raw_option(&message, PROXY_SCHEME, "coap", 4);
  ex_send(&message);
}

static void
proxy_scheme_goes_by_uri_host(void **state) {
  (void)state;
  ask_scheme("other.example");
  assert_int_equal(forwarded, 1);
  ask_scheme("me.example");
  assert_int_equal(forwarded, 1);
  assert_int_equal(ex_handler.calls, 1);
  ask_scheme(NULL);
  assert_int_equal(forwarded, 1);
  assert_int_equal(ex_handler.calls, 2);
}

static void
broken_proxy_uri_is_4_00(void **state) {
  (void)state;
  ask_uri(RAW_GET, 0, "/no-scheme");
  assert_int_equal(ex_code(), 0x80);
  assert_int_equal(forwarded, 0);
}

/* RFC 8768 3 */
static void
a_hop_is_taken_off_and_the_default_put_on(void **state) {
  (void)state;
  ask_uri(RAW_GET, 7, "coap://other.example/");
  assert_int_equal(hops, 6);
  ask_uri(RAW_GET, 255, "coap://other.example/");
  assert_int_equal(hops, 254);
  ask_uri(RAW_GET, 0, "coap://other.example/");
  assert_int_equal(hops, COAP_DEFAULT_HOP_LIMIT);
}

static void
the_last_hop_is_5_08_that_says_who(void **state) {
  (void)state;
  ask_uri(RAW_GET, 1, "coap://other.example/");
  assert_int_equal(ex_code(), HOP_LIMIT_REACHED);
  assert_true(ex_payload_is("me.example"));
  assert_int_equal(forwarded, 0);
  /* Not for requests that end here. */
  ask_uri(RAW_GET, 1, "coap://me.example/r");
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
the_payload_is_passed_on(void **state) {
  raw_message_t message = request(RAW_PUT);

  (void)state;
  raw_option(&message, PROXY_URI, "coap://other.example/", 21);
  raw_payload(&message, "seven b");
  ex_send(&message);
  assert_int_equal(payload_length, 7);
}

static void
a_second_proxy_takes_the_place_of_the_first(void **state) {
  static const char *others[] = {"other.example"};
  coap_resource_t *second = coap_resource_proxy_uri_init2(forward, 1, others, 0);

  (void)state;
  coap_add_resource(ex_context, second);
  ask_uri(RAW_GET, 0, "coap://other.example/r");
  assert_int_equal(forwarded, 0);
  coap_delete_resource(ex_context, second);
  ask_uri(RAW_GET, 0, "coap://other.example/r");
  assert_int_equal(ex_code(), 0xa5);
}

static void
missing_arguments_give_no_resource(void **state) {
  (void)state;
  assert_null(coap_resource_proxy_uri_init(NULL, 1, own_names));
  assert_null(coap_resource_proxy_uri_init(forward, 0, own_names));
  assert_null(coap_resource_proxy_uri_init(forward, 1, NULL));
}

static void
memory_failures_leave_nothing(void **state) {
  (void)state;
  for (uint64_t nth = 1; nth < 30; nth++) {
    coap_resource_t *proxy;

    coap_mem_sim_fail(nth, 0);
    proxy = coap_resource_proxy_uri_init(forward, COUNT_OF(own_names), own_names);
    coap_delete_resource(NULL, proxy);
    coap_mem_sim_fail(nth, 0);
    ask_uri(RAW_GET, 0, nth % 2 ? "coap://other.example/" : "coap://me.example/r");
    coap_mem_sim_reset();
  }
  ask_uri(RAW_GET, 0, "coap://other.example/");
  assert_int_equal(ex_code(), RAW_CONTENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(proxy_uri_of_another_host_is_forwarded_whatever_the_method),
      TEST(proxy_uri_of_this_host_is_for_its_own_resources),
      TEST(proxy_scheme_goes_by_uri_host),
      TEST(broken_proxy_uri_is_4_00),
      TEST(a_hop_is_taken_off_and_the_default_put_on),
      TEST(the_last_hop_is_5_08_that_says_who),
      TEST(the_payload_is_passed_on),
      TEST(a_second_proxy_takes_the_place_of_the_first),
      TEST(missing_arguments_give_no_resource),
      TEST(memory_failures_leave_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
