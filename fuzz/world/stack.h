/* stack.h -- what a stack does in its own way, and the world has to respect. */
#ifndef FUZZ_WORLD_STACK_H_
#define FUZZ_WORLD_STACK_H_

struct world_stack {
  const char *name;
  /* An endpoint or a context may be freed while the program refers to sessions of it. */
  int ends_held_sessions;
  /* A server's new connection is told as COAP_EVENT_TCP_CONNECTED before it is told as a session.
   */
  int connects_before_new;
};

/* Ours: world/stack_ours.c; of others: oracles.c in their folders of fuzz/sut/. */
extern const struct world_stack world_stack;

#endif /* FUZZ_WORLD_STACK_H_ */
