/* world_async.c -- requests that the application has the library put off, to be put to their
 * handlers again (coap_async(3)).
 *
 * The library ends an entry by itself once its handler has run again, or with its session: whether
 * one is still there is looked up each time, by session and token, as an application does. Its
 * reference to the session is the library's own and counts for nobody here; in return, the program
 * keeps its last one of a client session until the entry is gone, so that its pointer stays good.
 */
#include "world/internal.h"

#include <string.h>

enum { PUT_OFF_NEXT, PUT_OFF_TRIGGER, PUT_OFF_DELAY, PUT_OFF_DROP };

static coap_async_t *
find(const struct world_async *a) {
  coap_bin_const_t token = {a->token_length, a->token};

  return a->owner->alive && !a->owner->dying ? coap_find_async(a->owner->session, token) : NULL;
}

static uint64_t
due_after(uint32_t ms) {
  return ms > 0 ? world.now + ms : UINT64_MAX;
}

static void
forget(unsigned int index) {
  world.async[index] = world.async[--world.n_asyncs];
}

/* Those that the library has ended. */
static void
tidy(void) {
  unsigned int i;

  for (i = 0; i < world.n_asyncs;) {
    if (find(&world.async[i]) == NULL)
      forget(i);
    else
      i++;
  }
}

void
world_async_session_gone(const struct world_session *s) {
  unsigned int i;

  for (i = 0; i < world.n_asyncs;) {
    if (world.async[i].owner == s)
      forget(i);
    else
      i++;
  }
}

int
world_async_holds(const struct world_session *s) {
  unsigned int i;

  for (i = 0; i < world.n_asyncs; i++) {
    if (world.async[i].owner == s && find(&world.async[i]) != NULL)
      return 1;
  }
  return 0;
}

int
world_async_begins(struct world_session *s, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_async_t *entry;
  struct world_async *a;

  if (!world.async_next || s->dying || token.length > sizeof(a->token))
    return 0;
  tidy();
  if (world.n_asyncs == WORLD_ASYNCS)
    return 0;
  world.async_next = 0;
  entry = coap_register_async(s->session, request, world.async_ms);
  if (entry == NULL)
    return 0;
  a = &world.async[world.n_asyncs++];
  a->owner = s;
  a->mid = coap_pdu_get_mid(request);
  a->due = due_after(world.async_ms);
  a->token_length = token.length;
  if (token.length > 0)
    memcpy(a->token, token.s, token.length);
  coap_async_set_app_data(entry, s);
  return 1;
}

/* Not every stack copies the message ID: when it is time, what has the token is that copy. */
static int
is_copy(const struct world_async *a, const coap_pdu_t *request) {
  return a->mid == coap_pdu_get_mid(request) || a->due <= world.now;
}

int
world_async_is_again(const struct world_session *s, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  unsigned int i;

  for (i = 0; i < world.n_asyncs; i++) {
    const struct world_async *a = &world.async[i];
    coap_async_t *entry;
    struct obs o;

    if (a->owner != s || !is_copy(a, request) || a->token_length != token.length ||
        (token.length > 0 && memcmp(a->token, token.s, token.length) != 0))
      continue;
    entry = find(a);
    o = world_session_obs(OBS_API, s);
    if (entry != NULL && coap_async_get_app_data(entry) != s)
      oracle_violated("getters", "coap_async(3)", &o, "application data changed");
    return entry != NULL;
  }
  return 0;
}

void
world_async(const struct prog_op *op) {
  coap_async_t *entry;
  struct world_async *a;

  if (op->v[ASYNC_DO] == PUT_OFF_NEXT) {
    world.async_next = 1;
    world.async_ms = op->v[ASYNC_MS];
    return;
  }
  tidy();
  if (op->v[ASYNC_NTH] >= world.n_asyncs)
    return;
  a = &world.async[op->v[ASYNC_NTH]];
  entry = find(a);
  if (op->v[ASYNC_DO] == PUT_OFF_TRIGGER) {
    a->due = world.now;
    coap_async_trigger(entry);
  } else if (op->v[ASYNC_DO] == PUT_OFF_DELAY) {
    a->due = due_after(op->v[ASYNC_MS]);
    coap_async_set_delay(entry, op->v[ASYNC_MS]);
  } else {
    coap_free_async(a->owner->session, entry);
  }
  world_process();
}

void
world_async_drop_all(void) {
  world.async_next = 0;
  tidy();
  while (world.n_asyncs > 0) {
    const struct world_async *a = &world.async[--world.n_asyncs];

    coap_free_async(a->owner->session, find(a));
  }
}
