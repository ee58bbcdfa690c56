/* world.c -- a run from clean start to empty end. */
#include "world/world.h"
#include "world/internal.h"
#include "world/stack.h"
#include "world/tls_peer.h"
#include "world/tls_view.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/net_sim.h"
#include "seams/random.h"

#include <stddef.h>
#include <string.h>

#define START_MS       1000000U /* not zero, so that "never" and "now" differ */
#define STEPS_MAX      20000U   /* of one advance: timers that come due again and again */
#define ROUNDS_MAX     1000U    /* of messages to and fro at one time */
#define SETTLE_WAIT_MS 100000U  /* past MAX_TRANSMIT_WAIT (RFC 7252 4.8.2) */
#define SETTLE_MAX_MS  UINT64_C(0x7fffffffff)

struct world world;

struct obs
world_obs(enum obs_kind kind) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  o.kind = kind;
  o.op = world.op;
  o.now = world.now;
  o.stream = world_is_stream();
  o.secure = world_is_secure();
  o.blocks = (int)world.program->blocks;
  return o;
}

struct obs
world_session_obs(enum obs_kind kind, const struct world_session *s) {
  struct obs o = world_obs(kind);

  o.session = s->id;
  o.local = s->local;
  o.remote = s->remote;
  return o;
}

void
world_emit(const struct obs *o) {
  trace_add(&world.trace, o);
  oracle_observe_all(o);
}

static void
emit_memory(enum obs_kind kind) {
  struct obs o = world_obs(kind);
  struct coap_mem_sim_stats stats;

  coap_mem_sim_stats(&stats);
  o.count = stats.live_bytes;
  o.value = (long)stats.live_blocks;
  if (kind == OBS_END)
    o.extra = (long)coap_net_sim_open_count();
  world_emit(&o);
}

int
world_open_context(int which) {
  struct obs o;

  if (world.context[which] != NULL)
    return 1;
  world.context[which] = coap_new_context(NULL);
  if (world.context[which] == NULL)
    return 0;
  world.due_in[which] = UINT32_MAX;
  world.max_token[which] = COAP_TOKEN_DEFAULT_MAX;
  world_handlers_register(which);
  world_blocks_open(world.context[which]);
  if (which == WORLD_SERVER) {
    world_keys_open();
    world_server_open();
  }
  o = world_obs(OBS_SETTING);
  o.value = -1;
  o.extra = which;
  world_emit(&o);
  return 1;
}

void
world_close_context(int which) {
  coap_context_t *context = world.context[which];
  struct obs o = world_obs(OBS_API);
  unsigned int i;

  if (context == NULL)
    return;
  if (!world_stack.ends_held_sessions)
    world_release_all();
  o.value = OBS_API_CLOSE_CONTEXT;
  world_emit(&o);
  world.context[which] = NULL;
  if (which == WORLD_SERVER) {
    memset(world.endpoint, 0, sizeof(world.endpoint));
    memset(world.resource, 0, sizeof(world.resource));
  }
  world.closing = 1;
  coap_free_context(context);
  world.closing = 0;
  for (i = 0; i < world.n_sessions; i++) {
    if (world.sessions[i].alive && world.sessions[i].context == which)
      world_session_gone(&world.sessions[i], OBS_GONE_CONTEXT);
  }
}

/* Of the datagrams that are due now, and of what peers have to read. */
static int
peers_have_more(void) {
  return world_is_secure() &&
         (world_dtls_waiting() || world_stream_waiting() || world_net_next() <= world.now);
}

static void
process(int which) {
  world_calls_process(which);
  world.due_in[which] = coap_net_sim_armed();
  world.due_from[which] = world.now;
}

/* Lets the library do what there is to do now: when both contexts are there, or peers that answer
 * by themselves, until neither has anything to say to the other. */
void
world_process(void) {
  int both = (world.context[WORLD_SERVER] != NULL && world.context[WORLD_CLIENT] != NULL) ||
             (world_is_secure() && world_is_stream());
  unsigned int rounds;
  uint64_t before;
  int which;

  for (rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    before = world.trace.observations;
    world_net_due();
    world_stream_pump();
    world_dtls_due();
    world_dtls_pump();
    for (which = 0; which < WORLD_CONTEXTS; which++) {
      if (world.context[which] != NULL)
        process(which);
    }
    if (!peers_have_more() && (!both || before == world.trace.observations))
      break;
  }
}

static uint64_t
deadline_of(int which) {
  return world.context[which] != NULL && world.due_in[which] != UINT32_MAX
             ? world.due_from[which] + world.due_in[which]
             : UINT64_MAX;
}

static uint64_t
next_deadline(void) {
  uint64_t next = world_net_next();
  uint64_t peers = world_dtls_next();
  int which;

  if (peers < next)
    next = peers;

  for (which = 0; which < WORLD_CONTEXTS; which++) {
    if (deadline_of(which) < next)
      next = deadline_of(which);
  }
  return next;
}

/* Never back: a call may have waited for longer than that. */
static void
move_to(uint64_t time) {
  if (time > world.now)
    world.now = time;
  coap_clock_sim_set(world.now);
}

/* Others have their time meanwhile, unless a handler of theirs may be what waits. */
void
world_wait(int which, uint64_t until) {
  static int waits;
  int others = !waits && world.depth == 0;
  uint64_t next = world_net_next();
  int i;

  for (i = 0; others && i < WORLD_CONTEXTS; i++) {
    if (i != which && deadline_of(i) < next)
      next = deadline_of(i);
  }
  move_to(next < until ? next : until);
  world_net_due();
  world_stream_pump();
  waits++;
  for (i = 0; others && i < WORLD_CONTEXTS; i++) {
    if (i != which && world.context[i] != NULL)
      process(i);
  }
  waits--;
}

/* Moves time from deadline to deadline up to `ms` from now. */
void
world_advance(uint64_t ms) {
  uint64_t end = world.now + ms;
  unsigned int steps;

  world_process(); /* calls since the last one may have set deadlines */
  for (steps = 0; steps < STEPS_MAX; steps++) {
    uint64_t next = next_deadline();

    if (next > end)
      break;
    if (next <= world.now && steps > 1000) {
      struct obs o = world_obs(OBS_MEMORY);

      oracle_violated("progress", "design: deadlines", &o, "a timer that is always due");
      break;
    }
    move_to(next);
    world_process();
  }
  if (steps < STEPS_MAX && ms < SETTLE_MAX_MS) {
    move_to(end);
    world_process();
  }
}

static void
reset(const struct program *p, const struct world_options *options) {
  unsigned int i;

  memset(&world, 0, offsetof(struct world, sessions));
  memset(world.slot, 0, sizeof(world.slot));
  memset(world.reaction, 0, sizeof(world.reaction));
  world.n_sessions = world.n_deferred = world.n_flows = world.n_flights = 0;
  world.n_asyncs = 0;
  world.async_next = 0;
  world.depth = world.failing_sends = 0;
  world.keys = 0;
  for (i = 0; i < 2; i++)
    world.fault[i].active = world.fault[i].swapping = 0;
  world.program = p;
  world.now = START_MS;
  trace_begin(&world.trace, options->text, options->pcapng);
  coap_clock_sim_set(world.now);
  coap_random_sim_seed(p->seed);
  coap_mem_sim_reset();
  world_net_reset();
  world_stream_reset();
  world_secure_reset();
  world_calls_reset();
  oracle_reset_all((int)p->free_hand);
}

static void
end_of_operation(void) {
  world_sessions_reap();
  world_sessions_snapshot();
  emit_memory(OBS_MEMORY);
}

static void
open_roles(const struct program *p) {
  if (p->roles != PROG_ROLE_CLIENT)
    world_endpoint_open(0, 0);
  if (p->roles != PROG_ROLE_SERVER)
    world_open_client(0, p->roles == PROG_ROLE_BOTH ? 8 : 0);
  end_of_operation();
}

/* No more faults, nothing to observe; what is in flight is given time; then every reference goes
 * back, and with nothing left to do every session has to end. */
static void
settle(void) {
  struct obs o;

  world.settling = 1;
  coap_mem_sim_fail(0, 0);
  world.failing_sends = 0;
  world.n_flights = 0;
  world_dtls_settle();
  world_secure_settle();
  world_stream_settle();
  world_end_observations();
  world_calls_end();
  world_advance(SETTLE_WAIT_MS);
  end_of_operation();
  world_release_all();
  end_of_operation();
  world_advance(SETTLE_MAX_MS);
  end_of_operation();
  world_sessions_forget();
  o = world_obs(OBS_SETTLED);
  world_emit(&o);
}

/* What peers have goes with the run that gave it to them: left to the next one, engines would see
 * what came before in what it does, and more allocated than freed. */
static void
end_peers(void) {
  world_stream_end();
  world_dtls_reset();
  tls_view_reset();
}

uint64_t
world_talk_hash(void) {
  return trace_talk(&world.trace);
}

void
world_prepare(void) {
  static int done;

  if (!done) {
    world_blocks_prepare();
    tls_peer_begin_run(0);
  }
  done = 1;
}

uint64_t
world_run(const struct program *p, const struct world_options *options) {
  unsigned int i;

  world_prepare();
  reset(p, options);
  if (world_stack.has_no_websockets && world_is_ws())
    return world.trace.hash; /* not applicable */
  open_roles(p);
  for (i = 0; i < p->n_ops; i++) {
    struct obs o;

    world.op = i + 1;
    o = world_obs(OBS_OP);
    o.value = p->ops[i].kind;
    if (world.trace.text != NULL) {
      fprintf(world.trace.text, "%u: ", i + 1);
      prog_write_op(p, &p->ops[i], world.trace.text);
    }
    world_emit(&o);
    world_execute(&p->ops[i]);
    end_of_operation();
  }
  world.op = p->n_ops + 1;
  settle();
  world_close_context(WORLD_CLIENT);
  world_close_context(WORLD_SERVER);
  emit_memory(OBS_END);
  world_blocks_end();
  end_peers();
  return world.trace.hash;
}
