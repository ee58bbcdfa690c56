/* real_persist.c -- coap_persist_startup(3) on a real file system. */
#include "test.h"

#include "real_world.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/coapspec-persist-XXXXXX";
static char path[128];

static int
setup(void **state) {
  (void)state;
  coap_set_log_level(COAP_LOG_EMERG);
  coap_startup();
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof(path), "%s/numbers", folder);
  return 0;
}

static int
teardown(void **state) {
  (void)state;
  unlink(path);
  coap_cleanup();
  return rmdir(folder); /* nothing else was left there */
}

static void
numbers_are_read_back_from_their_file(void **state) {
  real_server_t server;
  struct stat info;
  FILE *file = fopen(path, "w");
  char line[64] = "";

  (void)state;
  assert_non_null(file);
  fputs("number 700 68656c6c6f\n", file);
  fclose(file);
  assert_true(real_server_open(&server, "127.0.0.1"));
  coap_resource_set_get_observable(
      coap_get_resource_from_uri_path(server.context, coap_make_str_const("hello")), 1);
  assert_int_equal(coap_persist_startup(server.context, NULL, NULL, path, 1), 1);
  coap_persist_stop(server.context);
  real_server_close(&server);
  assert_int_equal(stat(path, &info), 0);
  file = fopen(path, "r");
  assert_non_null(fgets(line, sizeof(line), file));
  fclose(file);
  assert_string_equal(line, "number 700 68656c6c6f\n");
}

static void
a_file_that_cannot_be_read_is_said(void **state) {
  real_server_t server;

  (void)state;
  assert_true(real_server_open(&server, "127.0.0.1"));
  assert_int_equal(coap_persist_startup(server.context, folder, NULL, NULL, 1), 0);
  real_server_close(&server);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_read_back_from_their_file),
      cmocka_unit_test(a_file_that_cannot_be_read_is_said),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
