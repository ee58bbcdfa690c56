/* gnutls_sessions.c -- the memory that GnuTLS itself takes for a DTLS server session with a
 * pre-shared key: what a server cannot do without.
 *
 * usage: gnutls_sessions COUNT
 * Establishes so many in memory, keeps the servers' sides, and says as JSON what one of them takes:
 * of the heap, and of RAM. */
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 64, DATAGRAM_MAX = 1500, MTU = 1400, STEPS_MAX = 100 };

static const char priorities[] =
    "NONE:+VERS-DTLS1.2:+PSK:+AES-128-CCM-8:+AEAD:+COMP-NULL:+SIGN-ALL";
static const gnutls_datum_t key = {(unsigned char *)"bench-key", 9};

/* One direction, for the pair that shakes hands just now. */
typedef struct pipe_t {
  uint8_t data[QUEUE][DATAGRAM_MAX];
  size_t lengths[QUEUE];
  unsigned int first;
  unsigned int count;
} pipe_t;

typedef struct side_t {
  gnutls_session_t tls;
  pipe_t *in;
  pipe_t *out;
} side_t;

static ssize_t
push(gnutls_transport_ptr_t user, const void *data, size_t length) {
  pipe_t *out = ((side_t *)user)->out;
  unsigned int place = (out->first + out->count) % QUEUE;

  if (out->count == QUEUE || length > DATAGRAM_MAX)
    return (ssize_t)length; /* lost */
  memcpy(out->data[place], data, length);
  out->lengths[place] = length;
  out->count++;
  return (ssize_t)length;
}

static ssize_t
pull(gnutls_transport_ptr_t user, void *data, size_t room) {
  side_t *side = user;
  pipe_t *in = side->in;
  size_t length;

  if (!in->count) {
    gnutls_transport_set_errno(side->tls, EAGAIN);
    return -1;
  }
  length = in->lengths[in->first] < room ? in->lengths[in->first] : room;
  memcpy(data, in->data[in->first], length);
  in->first = (in->first + 1) % QUEUE;
  in->count--;
  return (ssize_t)length;
}

static int
pull_timeout(gnutls_transport_ptr_t user, unsigned int ms) {
  (void)ms;
  return ((side_t *)user)->in->count != 0;
}

static int
give_key(gnutls_session_t session, const char *name, gnutls_datum_t *out) {
  (void)session;
  (void)name;
  out->data = gnutls_malloc(key.size);
  if (!out->data)
    return -1;
  memcpy(out->data, key.data, key.size);
  out->size = key.size;
  return 0;
}

static void
open_side(side_t *side, unsigned int flags, gnutls_priority_t priority, void *credentials) {
  if (gnutls_init(&side->tls, flags | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK) < 0)
    exit(EXIT_FAILURE);
  gnutls_priority_set(side->tls, priority);
  gnutls_credentials_set(side->tls, GNUTLS_CRD_PSK, credentials);
  gnutls_transport_set_ptr(side->tls, side);
  gnutls_transport_set_push_function(side->tls, push);
  gnutls_transport_set_pull_function(side->tls, pull);
  gnutls_transport_set_pull_timeout_function(side->tls, pull_timeout);
  gnutls_dtls_set_mtu(side->tls, MTU);
}

static int
shake_hands(side_t *server, side_t *client) {
  int server_result = GNUTLS_E_AGAIN;
  int client_result = GNUTLS_E_AGAIN;

  for (int i = 0; i < STEPS_MAX && (server_result || client_result); i++) {
    if (client_result)
      client_result = gnutls_handshake(client->tls);
    if (server_result)
      server_result = gnutls_handshake(server->tls);
    if (gnutls_error_is_fatal(client_result) || gnutls_error_is_fatal(server_result))
      return 0;
  }
  return !server_result && !client_result;
}

/* A request and its answer: what the first record allocates is part of it. */
static int
say_something(const side_t *server, const side_t *client) {
  uint8_t data[DATAGRAM_MAX];

  return gnutls_record_send(client->tls, "ask", 3) == 3 &&
         gnutls_record_recv(server->tls, data, sizeof(data)) == 3 &&
         gnutls_record_send(server->tls, "tell", 4) == 4 &&
         gnutls_record_recv(client->tls, data, sizeof(data)) == 4;
}

static size_t
ram(void) {
  char line[128];
  size_t kilobytes = 0;
  FILE *file = fopen("/proc/self/status", "r");

  while (file && fgets(line, sizeof(line), file)) {
    if (strncmp(line, "RssAnon:", 8) == 0)
      kilobytes = strtoul(line + 8, NULL, 10);
  }
  if (file)
    fclose(file);
  return kilobytes * 1024;
}

int
main(int argc, char **argv) {
  static pipe_t to_server;
  static pipe_t to_client;
  unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  side_t *servers = calloc(count ? count : 1, sizeof(*servers));
  gnutls_psk_server_credentials_t server_keys;
  gnutls_psk_client_credentials_t client_keys;
  gnutls_priority_t priority;
  size_t heap = 0;
  size_t before = 0;

  if (!count || !servers || gnutls_priority_init(&priority, priorities, NULL) < 0 ||
      gnutls_psk_allocate_server_credentials(&server_keys) < 0 ||
      gnutls_psk_allocate_client_credentials(&client_keys) < 0) {
    fputs("usage: gnutls_sessions COUNT\n", stderr);
    return 2;
  }
  gnutls_psk_set_server_credentials_function(server_keys, give_key);
  gnutls_psk_set_client_credentials(client_keys, "bench", &key, GNUTLS_PSK_KEY_RAW);
  memset(servers, 1, count * sizeof(*servers)); /* in RAM before it is counted */
  for (unsigned long i = 0; i <= count; i++) {
    side_t client = {.in = &to_client, .out = &to_server};
    side_t *server = &servers[i ? i - 1 : 0];

    if (i == 1) { /* the first pair was for what is allocated once */
      gnutls_deinit(servers[0].tls);
      heap = mallinfo2().uordblks;
      before = ram();
    }
    server->in = &to_server;
    server->out = &to_client;
    open_side(server, GNUTLS_SERVER, priority, server_keys);
    open_side(&client, GNUTLS_CLIENT, priority, client_keys);
    if (!shake_hands(server, &client) || !say_something(server, &client)) {
      fputs("gnutls_sessions: a handshake failed\n", stderr);
      return EXIT_FAILURE;
    }
    gnutls_deinit(client.tls);
  }
  printf("{\"heap_bytes\": %.1f, \"ram_bytes\": %.1f, \"count\": %lu}\n",
         (double)(mallinfo2().uordblks - heap) / (double)count,
         (double)(ram() - before) / (double)count, count);
  return EXIT_SUCCESS;
}
