/* target_init.c -- what all targets do before the first input, and program inputs. */
#include "mutator/engine.h"
#include "targets/target.h"
#include "world/world.h"

#include <coap3/coap.h>

int
LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  world_prepare();
  mutator_prepare();
  return 0;
}

int
fuzz_program(const uint8_t *data, size_t size) {
  static const struct world_options quiet = {NULL, NULL};
  static struct program program;

  prog_decode(&program, data, size);
  fuzz_target.adjust(&program);
  world_run(&program, &quiet);
  return 0;
}
