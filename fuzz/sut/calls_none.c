/* calls_none.c -- the operation "call" for stacks that are not asked for all of it, and how such a
 * stack is given its time. */
#include "sut/descriptors.h"
#include "world/internal.h"

#include "seams/net.h"

enum { CALLS_MAX = 1000 }; /* more than sockets hold */

void
world_calls_reset(void) {
}

void
world_call(const struct prog_op *op) {
  (void)op;
}

void
world_calls_end(void) {
}

int
world_calls_protects(void) {
  return 0;
}

coap_session_t *
world_calls_connect(const coap_address_t *remote) {
  (void)remote;
  return NULL;
}

/* A context that is being made or freed is none of the world's. */
void
sut_pass_time(int epoll, uint64_t until) {
  int which = 0;

  while (which < WORLD_CONTEXTS &&
         (world.context[which] == NULL || coap_context_get_coap_fd(world.context[which]) != epoll))
    which++;
  world_wait(which, until);
}

/* A program waits for what is to be read, and calls again at once while there is something. When it
 * wants to be called then is what it says to programs that wait themselves. */
void
world_calls_process(int which) {
  coap_context_t *context = world.context[which];
  unsigned int calls = 0;
  unsigned int wait;
  coap_tick_t now;

  do
    coap_io_process(context, COAP_IO_NO_WAIT);
  while (++calls < CALLS_MAX && world.context[which] == context &&
         sut_unread(coap_context_get_coap_fd(context)));
  if (world.context[which] != context)
    return;
  coap_ticks(&now);
  wait = coap_io_prepare_epoll(context, now);
  coap_net_arm(NULL, wait > 0 ? wait : UINT64_MAX, 0);
}
