/* real_processes.c -- client and server in processes of their own, over the loopback interface. */
#include "test.h"

#include "real_world.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 6, REQUESTS = 25, LIFE_MS = 20000 };

/* Serves until the pipe's other end is closed or its time is over; never returns. */
static void
serve(real_server_t *server, int quit_fd) {
  uint64_t start = real_now_ms();

  while (real_now_ms() - start < LIFE_MS) {
    fd_set reads;

    FD_ZERO(&reads);
    FD_SET(quit_fd, &reads);
    coap_io_process_with_fds(server->context, 500, quit_fd + 1, &reads, NULL, NULL);
    if (FD_ISSET(quit_fd, &reads))
      break;
  }
  real_server_close(server);
  coap_cleanup();
  _exit(0);
}

/* A process that serves at *address; closing *quit_fd ends it. */
static pid_t
start_server(coap_address_t *address, int *quit_fd) {
  real_server_t server;
  int ends[2];
  pid_t pid;

  assert_int_equal(pipe(ends), 0);
  assert_true(real_server_open(&server, "127.0.0.1"));
  *address = server.address;
  fflush(NULL);
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    close(ends[1]);
    serve(&server, ends[0]);
  }
  close(ends[0]);
  real_server_close(&server);
  *quit_fd = ends[1];
  return pid;
}

static int
exit_code_of(pid_t pid) {
  int status = 0;

  while (waitpid(pid, &status, 0) < 0)
    assert_int_equal(errno, EINTR);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
stop_server(pid_t pid, int quit_fd) {
  close(quit_fd);
  return exit_code_of(pid);
}

/* Sends and waits; 1 when the answer is the right one. */
static int
ask(real_client_t *client, const char *path) {
  uint64_t start = real_now_ms();

  client->responses = client->nacks = 0;
  if (real_request_path(client, COAP_MESSAGE_CON, path) == COAP_INVALID_MID)
    return 0;
  while (!client->responses && !client->nacks && real_now_ms() - start < 10000)
    coap_io_process(client->context, 100);
  return client->responses == 1 && client->code == COAP_RESPONSE_CODE_CONTENT;
}

/* Starts a server in a process of its own and asks it. */
static pid_t
start_and_ask(real_client_t *client, int *quit_fd) {
  coap_address_t address;
  pid_t pid = start_server(&address, quit_fd);

  assert_true(real_client_open(client, &address));
  assert_true(ask(client, "hello"));
  return pid;
}

static void
another_process_answers(void **state) {
  real_client_t client;
  int quit_fd;
  pid_t pid = start_and_ask(&client, &quit_fd);

  (void)state;
  assert_string_equal(client.payload, "hello");
  assert_true(ask(&client, "large"));
  assert_int_equal(client.in_order, 1);
  real_client_close(&client);
  assert_int_equal(stop_server(pid, quit_fd), 0);
}

static void
one_client(const coap_address_t *address) {
  real_client_t client;
  int failed = !real_client_open(&client, address);

  for (int i = 0; !failed && i < REQUESTS; i++)
    failed = !ask(&client, i % 5 ? "hello" : "large");
  real_client_close(&client);
  coap_cleanup();
  _exit(failed);
}

static void
many_clients_are_answered_at_once(void **state) {
  coap_address_t address;
  int quit_fd;
  pid_t server = start_server(&address, &quit_fd);
  pid_t clients[CLIENTS];

  (void)state;
  for (int i = 0; i < CLIENTS; i++) {
    fflush(NULL);
    clients[i] = fork();
    assert_true(clients[i] >= 0);
    if (clients[i] == 0) {
      close(quit_fd);
      one_client(&address);
    }
  }
  for (int i = 0; i < CLIENTS; i++)
    assert_int_equal(exit_code_of(clients[i]), 0);
  assert_int_equal(stop_server(server, quit_fd), 0);
}

static void
a_server_that_dies_is_told_of(void **state) {
  real_client_t client;
  int quit_fd;
  pid_t pid = start_and_ask(&client, &quit_fd);

  (void)state;
  kill(pid, SIGKILL);
  exit_code_of(pid);
  close(quit_fd);
  assert_false(ask(&client, "hello"));
  assert_int_equal(client.nacks, 1);
  assert_int_equal(client.reason, COAP_NACK_ICMP_ISSUE);
  real_client_close(&client);
}

/* A server that starts anew at the same address serves the same client session. */
static void
a_server_that_comes_back_is_used_again(void **state) {
  real_server_t server;
  real_client_t client;
  coap_address_t address;

  (void)state;
  assert_true(real_server_open(&server, "127.0.0.1"));
  address = server.address;
  assert_true(real_client_open(&client, &address));
  real_server_close(&server);
  assert_false(ask(&client, "hello"));
  server.context = coap_new_context(&address);
  assert_non_null(server.context);
  client.responses = client.nacks = 0;
  assert_true(real_request_path(&client, COAP_MESSAGE_CON, "hello") != COAP_INVALID_MID);
  for (int i = 0; i < 100 && !client.responses; i++) {
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    coap_io_process(client.context, 20);
  }
  /* It has no resources: any answer will do. */
  assert_int_equal(client.responses, 1);
  assert_int_equal(client.code, COAP_RESPONSE_CODE_NOT_FOUND);
  real_client_close(&client);
  real_server_close(&server);
}

#define PROCESS_TEST(name) cmocka_unit_test_setup_teardown(name, quiet_setup, quiet_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      PROCESS_TEST(another_process_answers),
      PROCESS_TEST(many_clients_are_answered_at_once),
      PROCESS_TEST(a_server_that_dies_is_told_of),
      PROCESS_TEST(a_server_that_comes_back_is_used_again),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
