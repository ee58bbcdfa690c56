/* tls_cycles.c -- secure sessions on real sockets, connected, closed, connected again and released
 * over and over: no descriptor stays open, no memory is kept.
 *
 * COAPSPEC_CYCLES in the environment: how many cycles each transport goes through. */
#include "test.h"

#include "real_secure.h"
#include "secure/tls.h"
#include "tls_native.h"

#include <malloc.h>

enum { CYCLES = 20, PATIENCE_MS = 20000, SLACK_HEAP = 65536, SLACK_RSS_KB = 2048 };

static struct {
  unsigned int secured;
  unsigned int resumed;
} handshakes; /* of the client */

static certificate_t ca;
static certificate_t server_own;
static certificate_t client_own;

/* What the process has, while nothing is under way. In use, to the C library, are also blocks that
 * it keeps for their next use: tens of kilobytes more or less, however many cycles there were. */
typedef struct possessions_t {
  int descriptors;
  size_t heap;
  long rss_kb;
} possessions_t;

static long
rss_kb(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[128];
  long kb = 0;

  assert_non_null(status);
  while (fgets(line, sizeof(line), status)) {
    if (strncmp(line, "VmRSS:", 6) == 0)
      kb = strtol(line + 6, NULL, 10);
  }
  fclose(status);
  return kb;
}

static possessions_t
possessions(void) {
  possessions_t now;

  now.rss_kb = rss_kb();
  now.descriptors = real_open_descriptors();
  now.heap = mallinfo2().uordblks;
  return now;
}

/* A sanitizer or Valgrind has its own heap, keeps what was freed, and counts what is left itself.
 */
static int
heap_is_the_c_librarys(void) {
  return mallinfo2().uordblks > 0;
}

static unsigned int
cycles(void) {
  const char *text = getenv("COAPSPEC_CYCLES");
  unsigned int count = text ? (unsigned int)strtoul(text, NULL, 10) : CYCLES;

  assert_true(count > 0);
  return count;
}

static int
on_client_event(coap_session_t *session, const coap_event_t event) {
  if (event == COAP_EVENT_DTLS_CONNECTED) {
    handshakes.secured++;
    handshakes.resumed += (unsigned int)tls_native_is_resumed(session);
  }
  return 0;
}

static int
setup(void **state) {
  memset(&handshakes, 0, sizeof(handshakes));
  real_secure_setup(state);
  coap_register_event_handler(real_client.context, on_client_event);
  return 0;
}

/* Each side's certificate is looked at by the other. */
static coap_dtls_pki_t
pki_of(const certificate_t *own) {
  coap_dtls_pki_t pki;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.verify_peer_cert = 1;
  pki.pki_key.key_type = COAP_PKI_KEY_PEM_BUF;
  pki.pki_key.key.pem_buf.public_cert = own->pem.data;
  pki.pki_key.key.pem_buf.public_cert_len = own->pem.size;
  pki.pki_key.key.pem_buf.private_key = own->key.data;
  pki.pki_key.key.pem_buf.private_key_len = own->key.size;
  pki.pki_key.key.pem_buf.ca_cert = ca.pem.data;
  pki.pki_key.key.pem_buf.ca_cert_len = ca.pem.size;
  return pki;
}

static void
serve_pki(void) {
  coap_dtls_pki_t pki = pki_of(&server_own);

  assert_int_equal(coap_context_set_pki(real_server.context, &pki), 1);
}

static coap_session_t *
connect_pki(coap_proto_t proto, const coap_address_t *at) {
  coap_dtls_pki_t pki = pki_of(&client_own);

  return coap_new_client_session_pki(real_client.context, NULL, at, proto, &pki);
}

static void
ask(coap_session_t *session) {
  unsigned int before = real_client.responses;
  uint64_t start = real_now_ms();

  real_ask(session);
  while (real_client.responses == before) {
    real_turn();
    assert_int_equal(real_client.nacks, 0);
    assert_true(real_now_ms() - start < PATIENCE_MS);
  }
  assert_int_equal(real_client.code, COAP_RESPONSE_CODE_CONTENT);
}

/* Until the server has done with all its sessions. */
static void
await_end(void) {
  uint64_t start = real_now_ms();

  while (real_sessions.closed < real_sessions.opened) {
    real_turn();
    assert_true(real_now_ms() - start < PATIENCE_MS);
  }
}

typedef coap_session_t *(*connect_t)(coap_proto_t proto, const coap_address_t *at);

static void
cycle(connect_t connect, coap_proto_t proto, const coap_address_t *at) {
  coap_session_t *session = connect(proto, at);

  assert_non_null(session);
  ask(session);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  await_end();
  ask(session);
  coap_session_release(session);
  await_end();
}

/* `fits_hello`: the ticket of a session does, so all but the first are resumed.
 *
 * What the first cycles have brought, the same number of them more does not add to. */
static void
run_cycles(const char *name, connect_t connect, coap_proto_t proto, int fits_hello) {
  coap_address_t at = real_listen(proto);
  unsigned int half = (cycles() + 1) / 2;
  uint64_t start = real_now_ms();
  possessions_t before;
  possessions_t after;

  for (unsigned int i = 0; i < half; i++)
    cycle(connect, proto, &at);
  before = possessions();
  for (unsigned int i = 0; i < half; i++)
    cycle(connect, proto, &at);
  after = possessions();
  printf("# %s: %u cycles, %u handshakes, %u of them resumed, in %lu ms; after %u and %u cycles: "
         "descriptors %d and %d, "
         "heap %zu and %zu, RSS %ld and %ld kB\n",
         name, 2 * half, handshakes.secured, handshakes.resumed,
         (unsigned long)(real_now_ms() - start), half, 2 * half, before.descriptors,
         after.descriptors, before.heap, after.heap, before.rss_kb, after.rss_kb);
  assert_int_equal(handshakes.secured, 4 * half);
  if (coap_tls_ability()->resumption)
    assert_int_equal(handshakes.resumed, fits_hello ? handshakes.secured - 1 : 0);
  assert_int_equal(real_sessions.opened, 4 * half);
  assert_int_equal(after.descriptors, before.descriptors);
  if (!heap_is_the_c_librarys())
    return;
  assert_in_range(after.heap, 0, before.heap + SLACK_HEAP);
  assert_in_range(after.rss_kb, 0, before.rss_kb + SLACK_RSS_KB);
}

static void
dtls_psk(void **state) {
  (void)state;
  real_serve_psk("hint");
  run_cycles("DTLS, PSK", real_connect_psk, COAP_PROTO_DTLS, 1);
}

static void
dtls_pki(void **state) {
  (void)state;
  serve_pki();
  run_cycles("DTLS, certificates", connect_pki, COAP_PROTO_DTLS, 0);
}

static void
tls_psk(void **state) {
  (void)state;
  real_serve_psk("hint");
  run_cycles("TLS, PSK", real_connect_psk, COAP_PROTO_TLS, 1);
}

static void
wss_pki(void **state) {
  (void)state;
  serve_pki();
  run_cycles("WSS, certificates", connect_pki, COAP_PROTO_WSS, 1);
}

static int
make_certificates(void **state) {
  long day = CERTIFICATE_DAY_S;

  (void)state;
  certificate_make(&ca, "ca", NULL, -day, day, 1);
  certificate_make(&server_own, "server.example", &ca, -day, day, 0);
  certificate_make(&client_own, "client.example", &ca, -day, day, 0);
  return 0;
}

static int
free_certificates(void **state) {
  (void)state;
  certificate_free(&ca);
  certificate_free(&server_own);
  certificate_free(&client_own);
  return 0;
}

#define CYCLES_TEST(name) cmocka_unit_test_setup_teardown(name, setup, real_secure_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      CYCLES_TEST(dtls_psk),
      CYCLES_TEST(dtls_pki),
      CYCLES_TEST(tls_psk),
      CYCLES_TEST(wss_pki),
  };
  int failed;

  coap_startup();
  coap_set_log_level(COAP_LOG_ERR);
  failed = cmocka_run_group_tests(tests, make_certificates, free_certificates);
  coap_cleanup();
  return failed;
}
