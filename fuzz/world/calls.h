/* calls.h -- the operation "call" among its own files. */
#ifndef FUZZ_WORLD_CALLS_H_
#define FUZZ_WORLD_CALLS_H_

#include "world/program.h"

#include <coap3/coap.h>

/* Order of the names in program_spec.c. */
enum {
  CALL_GET,
  CALL_SET,
  CALL_IO,
  CALL_LOG,
  CALL_LOSS,
  CALL_SESSION_GET,
  CALL_SESSION_SET,
  CALL_VALUES,
  CALL_ADDRESS,
  CALL_PERSIST,
  CALL_OSCORE,
  CALL_ANSWER,   /* how the next requests for what this operation has made are answered */
  CALL_RESOURCE, /* `data` is its path, `value` its flags */
  CALL_UNKNOWN,
  CALL_PROXY,
  CALL_FIND,
  CALL_IGNORE, /* options that are no part of a Cache-Key */
  CALL_KEYS,
  CALL_NOTHING
};

/* What is true of the library whatever the program has done to it. */
#define HOLDS(what) world_calls_hold((what) ? 1 : 0, #what)
void world_calls_hold(int holds, const char *what);

/* world_calls_server.c */
void world_calls_server(const struct prog_op *op, coap_context_t *context);
void world_calls_server_reset(void);
/* Nothing is there any more to be observed. */
void world_calls_server_end(coap_context_t *context);

/* world_calls_keep.c: what outlasts contexts and sessions -- files, and keys of OSCORE. */
void world_calls_keep(const struct prog_op *op);
void world_calls_keep_reset(void);

/* world_calls_nothing.c: null pointers alone; world_calls_half.c: some of what is needed. */
void world_calls_nothing(void);
void world_calls_half(void);

/* world_calls_values.c: functions of values alone. */
void world_calls_values(const struct prog_op *op);

#endif /* FUZZ_WORLD_CALLS_H_ */
