/* oscore_conf.c -- the text of a configuration (coap-oscore-conf(5)): what is taken, what is not,
 * and which line is blamed. */
#include "oscore_fixture.h"

#include "secure/oscore_conf.h"

static char logged[1024];

static void
on_log(coap_log_t level, const char *message) {
  (void)level;
  snprintf(logged, sizeof(logged), "%s", message);
}

static coap_oscore_conf_t *
conf_from(const char *text) {
  logged[0] = '\0';
  return os_conf(text);
}

static int
setup(void **state) {
  (void)state;
  coap_set_log_handler(on_log);
  coap_set_log_level(COAP_LOG_WARN);
  return 0;
}

static void
everything_is_read(void **state) {
  coap_oscore_conf_t *conf = conf_from("# a comment, with commas\n"
                                       "\n"
                                       "  master_secret , hex , \"0aFF\"  \r\n"
                                       "master_salt,ascii,\"a,b\"\n"
                                       "id_context,ascii,ctx\n"
                                       "sender_id,hex,\"\"\n"
                                       "recipient_id,ascii,one\n"
                                       "recipient_id,hex,00\n"
                                       "replay_window,integer,63\n"
                                       "ssn_freq,integer,100\n"
                                       "aead_alg,text,\"AES-CCM-64-128-256\"\n"
                                       "hkdf_alg,integer,-11\n"
                                       "rfc8613_b_1_2,bool,false\n"
                                       "rfc8613_b_2,bool,false\n"
                                       "break_sender_key,bool,true\n"
                                       "break_recipient_key,bool,true");

  (void)state;
  assert_non_null(conf);
  assert_int_equal(conf->master_secret.length, 2);
  assert_memory_equal(conf->master_secret.s, "\x0a\xff", 2);
  assert_int_equal(conf->master_salt.length, 3);
  assert_memory_equal(conf->master_salt.s, "a,b", 3);
  assert_true(conf->has_id_context);
  assert_int_equal(conf->id_context.length, 3);
  assert_int_equal(conf->sender_id.length, 0);
  assert_int_equal(conf->recipient_count, 2);
  assert_memory_equal(conf->recipients->id.s, "one", 3);
  assert_int_equal(conf->recipients->next->id.length, 1);
  assert_int_equal(conf->replay_window, 63);
  assert_int_equal(conf->ssn_freq, 100);
  assert_int_equal(conf->aead->id, 33);
  assert_int_equal(conf->hkdf->id, -11);
  assert_false(conf->echo_after_start);
  assert_true(conf->break_sender_key);
  assert_true(conf->break_recipient_key);
  assert_int_equal(coap_delete_oscore_conf(conf), 1);
}

static void
defaults(void **state) {
  coap_oscore_conf_t *conf = conf_from("master_secret,ascii,x\nsender_id,ascii,y");

  (void)state;
  assert_non_null(conf);
  assert_int_equal(conf->aead->id, 10);
  assert_int_equal(conf->hkdf->id, -10);
  assert_int_equal(conf->replay_window, 32);
  assert_int_equal(conf->ssn_freq, 1);
  assert_true(conf->echo_after_start);
  assert_false(conf->has_id_context);
  assert_int_equal(conf->recipient_count, 0);
  coap_delete_oscore_conf(conf);
  assert_int_equal(coap_delete_oscore_conf(NULL), 0);
}

static void
errors_name_their_line(void **state) {
  static const struct {
    const char *text;
    unsigned int line; /* 0: none is to blame */
  } table[] = {
      {"", 0},
      {"sender_id,ascii,y\n", 0},
      {"master_secret,ascii,x\n", 0},
      {"# one\n\nmaster_secret\n", 3},
      {"master_secret,\n", 1},
      {",,,\n", 1},
      {"nonsense,ascii,x\n", 1},
      {"Master_secret,ascii,x\n", 1},
      {"master_secret,integer,1\n", 1},
      {"master_secret,nonsense,1\n", 1},
      {"master_secret,hex,\n", 1},
      {"master_secret,hex,123\n", 1},
      {"master_secret,hex,1g\n", 1},
      {"master_secret,hex,\"12\n", 1},
      {"\nsender_id,ascii,12345678\n", 2},
      {"recipient_id,ascii,12345678\n", 1},
      {"recipient_id,ascii,a\nrecipient_id,ascii,a\n", 2},
      {"replay_window,integer,0\n", 1},
      {"replay_window,integer,64\n", 1},
      {"replay_window,integer,-1\n", 1},
      {"replay_window,integer,\n", 1},
      {"replay_window,integer,-\n", 1},
      {"replay_window,integer,1x\n", 1},
      {"replay_window,integer,1000000000000000\n", 1},
      {"ssn_freq,integer,0\n", 1},
      {"ssn_freq,integer,4294967296\n", 1},
      {"aead_alg,integer,1\n", 1},
      {"aead_alg,text,AES\n", 1},
      {"hkdf_alg,integer,-12\n", 1},
      {"hkdf_alg,text,\n", 1},
      {"rfc8613_b_1_2,bool,yes\n", 1},
      {"rfc8613_b_1_2,bool,\"true\"\n", 1},
      {"rfc8613_b_2,bool,true\n", 1},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    char line[32];

    assert_null(conf_from(table[i].text));
    snprintf(line, sizeof(line), "line %u:", table[i].line);
    if (table[i].line ? !strstr(logged, line) : !strstr(logged, "missing"))
      fail_msg("%s: logged \"%s\"", table[i].text, logged);
  }
}

/* The longest values are taken, one byte more is not; secrets are not logged. */
static void
values_are_bounded(void **state) {
  static const struct {
    const char *keyword;
    size_t longest;
  } table[] = {{"master_secret", 256},
               {"master_salt", 256},
               {"id_context", 241},
               {"sender_id", 7},
               {"recipient_id", 7}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    for (size_t more = 0; more < 2; more++) {
      char text[1024];
      int length = snprintf(text, sizeof(text), "master_secret,ascii,s\nsender_id,ascii,y\n%s,hex,",
                            table[i].keyword);
      coap_oscore_conf_t *conf;

      for (size_t k = 0; k < table[i].longest + more; k++)
        length += snprintf(text + length, sizeof(text) - (size_t)length, "5a");
      conf = conf_from(text);
      assert_int_equal(conf != NULL, !more);
      assert_null(strstr(logged, "5a5a"));
      coap_delete_oscore_conf(conf);
    }
  }
}

/* No text may be read past its end. */
static void
text_is_not_terminated(void **state) {
  static const char text[] = "master_secret,ascii,x\nsender_id,ascii,y\nreplay_window,integer,16";
  coap_str_const_t nothing = {10, NULL};

  (void)state;
  for (size_t length = 0; length < sizeof(text) - 1; length++) {
    uint8_t *copy = malloc(length ? length : 1);
    coap_str_const_t mem = {length, copy};

    assert_non_null(copy);
    memcpy(copy, text, length);
    coap_delete_oscore_conf(coap_new_oscore_conf(mem, NULL, NULL, 0));
    free(copy);
  }
  assert_null(coap_new_oscore_conf(nothing, NULL, NULL, 0));
}

/* An ID that fits some algorithms and not this one; no recipient; a group; nothing at all. */
static void
contexts_that_cannot_be(void **state) {
  coap_address_t group = sim_address("224.0.1.187", 5683);
  const char *narrow = OS_SECRET "sender_id,ascii,ab\nrecipient_id,ascii,c\naead_alg,integer,12\n";
  const char *wide = OS_SECRET "sender_id,ascii,a\nrecipient_id,ascii,cd\naead_alg,integer,12\n";

  (void)state;
  assert_int_equal(coap_oscore_is_supported(), 1);
  assert_int_equal(coap_context_oscore_server(os_server, os_conf(narrow)), 0);
  assert_int_equal(coap_context_oscore_server(os_server, os_conf(wide)), 0);
  assert_int_equal(coap_context_oscore_server(os_server, NULL), 0);
  assert_int_equal(coap_context_oscore_server(NULL, os_conf(OS_SECRET OS_SERVER)), 0);
  assert_null(coap_new_client_session_oscore(os_client, NULL, &os_address, COAP_PROTO_UDP, NULL));
  assert_null(coap_new_client_session_oscore(os_client, NULL, &os_address, COAP_PROTO_UDP,
                                             os_conf(OS_SECRET "sender_id,ascii,a\n")));
  assert_null(coap_new_client_session_oscore(os_client, NULL, &group, COAP_PROTO_UDP,
                                             os_conf(OS_SECRET OS_CLIENT)));
  assert_null(coap_new_client_session_oscore(NULL, NULL, &os_address, COAP_PROTO_UDP,
                                             os_conf(OS_SECRET OS_CLIENT)));
  assert_null(coap_new_client_session_oscore_psk(os_client, NULL, &os_address, COAP_PROTO_DTLS,
                                                 NULL, os_conf(OS_SECRET OS_CLIENT)));
  assert_null(coap_new_client_session_oscore_pki(os_client, NULL, &os_address, COAP_PROTO_DTLS,
                                                 NULL, os_conf(OS_SECRET OS_CLIENT)));
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(everything_is_read, setup),
      cmocka_unit_test_setup(defaults, setup),
      cmocka_unit_test_setup(errors_name_their_line, setup),
      cmocka_unit_test_setup(values_are_bounded, setup),
      cmocka_unit_test_setup(text_is_not_terminated, setup),
      cmocka_unit_test_setup_teardown(contexts_that_cannot_be, os_setup, sim_teardown),
  };

  return cmocka_run_group_tests_name("oscore_conf", tests, NULL, NULL);
}
