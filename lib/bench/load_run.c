/* load_run.c -- when requests are sent, and what their answers come to.
 *
 * A closed loop keeps a number of requests under way: each answer makes room for the next one. An
 * open loop sends at the times that a rate asks for, and counts latency from these times, whether
 * or not the request could be sent by then: a server that stalls is charged for all who would have
 * come meanwhile (no coordinated omission). */
#include "load.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include <utlist.h>

enum { BURST = 256, IDLE_NS = 5000000, SPIN_NS = 30000, OPEN_SLOTS_MAX = 1 << 21 };
enum { PAUSE_NS = 100000000, TICK_NS = LOAD_TICK_MS * 1000000, SAY_EVERY = 1000 };

static volatile sig_atomic_t is_over;

static void
on_signal(int number) {
  (void)number;
  is_over = 1;
}

uint64_t
load_now(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * LOAD_NS + (uint64_t)now.tv_nsec;
}

static double
cpu_now(void) {
  struct timespec now;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / (double)LOAD_NS;
}

/* Slots ------------------------------------------------------------------------------------------
 */

static uint32_t
slots_wanted(const load_options_t *options) {
  uint64_t wanted = options->outstanding;

  if (options->task == LOAD_OBSERVE || options->task == LOAD_DOWNLOAD)
    wanted = options->sessions;
  else if (options->task == LOAD_REQUESTS &&
           options->rate) /* all that may be lost before the first of them is given up */
    wanted = options->rate * (options->patience_ms + 1000) / 1000;
  return wanted > OPEN_SLOTS_MAX ? OPEN_SLOTS_MAX : (uint32_t)wanted;
}

static int
make_slots(load_t *load) {
  load->slot_count = slots_wanted(load->options);
  load->slots = calloc(load->slot_count, sizeof(*load->slots));
  load->unused = calloc(load->slot_count, sizeof(*load->unused));
  load->mids = calloc(load->options->sessions, sizeof(*load->mids));
  if (!load->slots || !load->unused || !load->mids)
    return 0;
  for (uint32_t i = 0; i < load->slot_count; i++) {
    load->slots[i].session = i;
    load->slots[i].last_mid = UINT32_MAX;
    load->unused[load->slot_count - 1 - i] = i;
  }
  load->unused_count = load->slot_count;
  return 1;
}

static uint32_t
slot_number(const load_t *load, const load_slot_t *slot) {
  return (uint32_t)(slot - load->slots);
}

static void
stop_waiting(load_t *load, load_slot_t *slot) {
  DL_DELETE(load->waiting, slot);
  slot->is_waiting = 0;
}

static void
end_slot(load_t *load, load_slot_t *slot) {
  stop_waiting(load, slot);
  load->unused[load->unused_count++] = slot_number(load, slot);
}

/* Sending ----------------------------------------------------------------------------------------
 */

static uint64_t
common_divisor(uint64_t a, uint64_t b) {
  return b ? common_divisor(b, a % b) : a;
}

/* The sessions in an order that is not that of their addresses, so that what a server has found for
 * the last one helps it little with the next; each has its turn. */
static uint32_t
next_session(load_t *load) {
  uint64_t count = load->options->sessions;
  uint64_t stride = (uint64_t)((double)count * 0.6180339887) | 1;

  while (common_divisor(count, stride) != 1)
    stride += 2;
  return (uint32_t)(load->turn++ * stride % count);
}

static void
send_request(load_t *load, load_slot_t *slot) {
  uint8_t message[LOAD_MESSAGE_MAX];
  uint8_t token[LOAD_TOKEN];
  uint32_t number = slot_number(load, slot);
  uint32_t block = load->options->task == LOAD_DOWNLOAD ? slot->block : LOAD_NO_BLOCK;
  size_t length;

  memcpy(token, &number, sizeof(number));
  memcpy(token + sizeof(number), &slot->generation, sizeof(slot->generation));
  length = load_template_write(&load->options->template, message, ++load->mids[slot->session],
                               token, block);
  load->ops->send(load, slot->session, message, length);
}

static void
begin(load_t *load, load_slot_t *slot, uint64_t due, uint64_t now) {
  slot->due = due;
  slot->sent = now;
  slot->generation++;
  slot->is_waiting = 1;
  slot->is_counted = load->is_counting;
  DL_APPEND(load->waiting, slot);
  load->result.sent += load->is_counting;
  if (load->options->task == LOAD_HANDSHAKES)
    load->ops->renew(load, slot->session);
  else
    send_request(load, slot);
}

/* Time from one request to the next: all the same, or such that they are independent. */
static uint64_t
gap(load_t *load) {
  double mean = (double)LOAD_NS / (double)load->options->rate;

  if (!load->options->is_random)
    return (uint64_t)mean;
  load->random ^= load->random << 13;
  load->random ^= load->random >> 7;
  load->random ^= load->random << 17;
  return (uint64_t)(-log(((double)(load->random >> 11) + 1) / 9007199254740993.0) * mean);
}

static int
may_begin(const load_t *load, uint64_t now) {
  const load_options_t *options = load->options;

  if (!load->unused_count || (options->requests && load->started >= options->requests))
    return 0;
  if (options->task == LOAD_OBSERVE)
    return load->slot_count - load->unused_count - load->observing < options->outstanding;
  return !options->rate || load->next_due <= now;
}

static void
begin_what_is_due(load_t *load, uint64_t now) {
  for (int i = 0; i < BURST && may_begin(load, now); i++) {
    load_slot_t *slot = &load->slots[load->unused[--load->unused_count]];
    uint64_t due = load->options->rate ? load->next_due : now;

    if (load->options->task == LOAD_REQUESTS)
      slot->session = next_session(load);
    load->started++;
    begin(load, slot, due, now);
    if (load->options->rate)
      load->next_due += gap(load);
  }
}

/* Answers ----------------------------------------------------------------------------------------
 */

static void
count_tick(load_t *load, uint64_t now) {
  uint64_t tick = (now - load->result.began) / TICK_NS;

  load->result.in_time++;
  if (tick < LOAD_TICKS_MAX)
    load->result.ticks[tick]++;
}

static void
count_answer(load_t *load, const load_slot_t *slot, const load_reply_t *reply, uint64_t now) {
  if (load->is_counting)
    count_tick(load, now);
  if (!slot->is_counted)
    return;
  load->result.answered++;
  load->result.errors += reply->code >= 0x80;
  if (load->options->task != LOAD_HANDSHAKES)
    histogram_add(&load->result.latency, now - slot->due);
}

/* Said again, because our acknowledgement was late or lost (RFC 7252 4.2). */
static int
is_duplicate(const load_t *load, load_slot_t *slot, const load_reply_t *reply) {
  int is_same = !load->options->template.is_reliable && slot->last_mid == reply->mid;

  slot->last_mid = reply->mid;
  return is_same;
}

static void
count_notification(load_t *load, uint64_t now) {
  load_result_t *result = &load->result;
  load_round_t *round = result->round_count ? &result->rounds[result->round_count - 1] : NULL;

  if (!load->is_counting)
    return;
  count_tick(load, now);
  result->notifications++;
  if ((!round || now - round->last > PAUSE_NS) && result->round_count < LOAD_ROUNDS_MAX) {
    round = &result->rounds[result->round_count++];
    round->first = now;
  }
  if (round) {
    round->last = now;
    round->count++;
  }
}

/* The next block, or the next body. */
static void
go_on(load_t *load, load_slot_t *slot, const load_reply_t *reply, uint64_t now) {
  uint32_t number = 0;
  size_t payload = 0;
  int more = 0;

  load_reply_block(reply, &number, &more, &payload);
  load->result.bytes += slot->is_counted ? payload : 0;
  load->result.bodies += slot->is_counted && !more;
  slot->block = more ? number + 1 : 0;
  if (!more) {
    end_slot(load, slot);
    return;
  }
  stop_waiting(load, slot);
  begin(load, slot, now, now);
}

static void
take_answer(load_t *load, load_slot_t *slot, const load_reply_t *reply, uint64_t now) {
  count_answer(load, slot, reply, now);
  if (load->options->task == LOAD_DOWNLOAD) {
    go_on(load, slot, reply, now);
  } else if (load->options->task == LOAD_OBSERVE) {
    stop_waiting(load, slot);
    load->observing++;
  } else {
    end_slot(load, slot);
  }
}

/* The slot whose request has this token, NULL: that of none. */
static load_slot_t *
slot_of(load_t *load, uint32_t session, const uint8_t *token) {
  uint32_t number;
  uint32_t generation;

  if (!token)
    return NULL;
  memcpy(&number, token, sizeof(number));
  memcpy(&generation, token + sizeof(number), sizeof(generation));
  if (number >= load->slot_count || load->slots[number].generation != generation ||
      load->slots[number].session != session)
    return NULL;
  return &load->slots[number];
}

void
load_take(load_t *load, uint32_t session, const load_reply_t *reply) {
  load_slot_t *slot;
  uint8_t ack[8];

  if (reply->type == COAP_MESSAGE_CON)
    load->ops->send(load, session, ack, load_ack_write(ack, reply->mid));
  if (reply->type == COAP_MESSAGE_RST)
    load->result.reset++;
  if (!reply->code)
    return;
  slot = slot_of(load, session, reply->token);
  if (slot && slot->is_waiting)
    take_answer(load, slot, reply, load_now());
  else if (slot && load->options->task == LOAD_OBSERVE && !is_duplicate(load, slot, reply))
    count_notification(load, load_now());
  else
    load->result.stray++;
}

void
load_connected(load_t *load, uint32_t session) {
  load_slot_t *slot;

  load->result.connections += load->is_counting;
  if (load->options->task != LOAD_HANDSHAKES)
    return;
  slot = &load->slots[session]; /* each session has its own */
  if (!slot->is_waiting)
    return;
  if (slot->is_counted)
    histogram_add(&load->result.latency, load_now() - slot->due);
  send_request(load, slot);
}

void
load_broken(load_t *load, uint32_t session) {
  load_slot_t *slot;
  load_slot_t *next;

  for (slot = load->waiting; slot; slot = next) {
    next = slot->next;
    if (slot->session == session) {
      load->result.reset += slot->is_counted;
      end_slot(load, slot);
    }
  }
  if (load->options->task != LOAD_HANDSHAKES)
    load->ops->renew(load, session);
}

static void
give_up(load_t *load, load_slot_t *slot, uint64_t now) {
  load->result.lost += slot->is_counted;
  if (load->options->task != LOAD_DOWNLOAD) {
    end_slot(load, slot);
    return;
  }
  stop_waiting(load, slot); /* the same block again */
  begin(load, slot, now, now);
}

static void
give_up_what_is_late(load_t *load, uint64_t now) {
  uint64_t patience = load->options->patience_ms * 1000000ULL;

  while (load->waiting && now - load->waiting->sent > patience)
    give_up(load, load->waiting, now);
}

/* The run ----------------------------------------------------------------------------------------
 */

static int64_t
wait_time(const load_t *load, uint64_t now) {
  uint64_t wait = IDLE_NS;

  if (may_begin(load, now))
    return 0;
  if (load->options->rate && load->unused_count && load->next_due - now < wait)
    wait = load->next_due - now;
  return wait < SPIN_NS ? 0 : (int64_t)wait;
}

static void
turn(load_t *load, int begins) {
  uint64_t now = load_now();

  if (begins)
    begin_what_is_due(load, now);
  load->ops->flush(load);
  load->ops->receive(load, begins ? wait_time(load, load_now()) : IDLE_NS);
  give_up_what_is_late(load, load_now());
}

static void
run_until(load_t *load, uint64_t end, const char *what) {
  const load_options_t *options = load->options;
  uint64_t turns = 0;
  uint64_t now;

  while (!is_over && (now = load_now()) < end) {
    if (options->requests && load->started >= options->requests && !load->waiting)
      return;
    turn(load, 1);
    if (turns++ % SAY_EVERY == 0)
      load_say(load, what, load->result.in_time, 0);
  }
}

static void
register_all(load_t *load) {
  while (load->observing < load->options->sessions && !is_over) {
    turn(load, 1);
    load_say(load, "sessions observe", load->observing, load->options->sessions);
  }
  printf("%lu sessions observe\n", load->options->sessions);
  fflush(stdout);
}

/* What is still under way gets its time, too: without the late ones the others would look good. */
static void
wait_for_the_rest(load_t *load) {
  while (load->waiting && load->options->task != LOAD_DOWNLOAD && !is_over)
    turn(load, 0);
}

static void
measure(load_t *load) {
  const load_options_t *options = load->options;
  uint64_t server_cpu;
  double cpu;

  load->next_due = load_now();
  if (options->task == LOAD_OBSERVE)
    register_all(load);
  else if (options->warm_up > 0)
    run_until(load, load_now() + (uint64_t)(options->warm_up * (double)LOAD_NS),
              "answers, warming up");
  histogram_clear(&load->result.latency);
  load->result.in_time = 0;
  load->started = 0;
  load->next_due = load_now();
  load->result.reset = load->result.stray = 0;
  cpu = cpu_now();
  server_cpu = load_watch_cpu(&options->server_processes);
  load->is_counting = 1;
  load->result.began = load_now();
  run_until(load, load->result.began + (uint64_t)(options->seconds * (double)LOAD_NS), "answers");
  load->result.ended = load_now();
  load->is_counting = 0;
  load->result.cpu_seconds = cpu_now() - cpu;
  load->result.server_cpu = load_watch_cpu(&options->server_processes) - server_cpu;
  wait_for_the_rest(load);
}

/* As many descriptors as the system allows: a session may be a socket. */
static void
raise_limits(void) {
  struct rlimit files;

  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  prctl(PR_SET_TIMERSLACK, 1UL);
}

static const load_link_ops_t *
ops_of(coap_proto_t proto) {
  return proto == COAP_PROTO_TCP    ? &load_link_tcp
         : proto == COAP_PROTO_DTLS ? &load_link_dtls
                                    : &load_link_udp;
}

int
load_run(load_t *load, const load_options_t *options) {
  int opened;

  memset(load, 0, sizeof(*load));
  load->options = options;
  load->ops = ops_of(options->proto);
  load->random = 0x9e3779b97f4a7c15u;
  raise_limits();
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  if (!make_slots(load)) {
    fprintf(stderr, "coapspec-load: out of memory for %lu sessions: fewer with -c\n",
            options->sessions);
    return 0;
  }
  opened = load->ops->open(load);
  if (opened)
    measure(load);
  if (load->link)
    load->ops->close(load); /* what was opened before it failed, too */
  free(load->slots);
  free(load->unused);
  free(load->mids);
  return opened;
}
