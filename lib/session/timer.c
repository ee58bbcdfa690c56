/* timer.c -- binary min-heap of deadlines and the embedded timers that they are of. */
#include "session/timer.h"

#include "seams/memory.h"

#include <string.h>

static void
heap_put(coap_timers_t *timers, size_t place, coap_timer_slot_t slot) {
  timers->heap[place] = slot;
  slot.timer->place = place;
}

static void
heap_up(coap_timers_t *timers, size_t place, coap_timer_slot_t slot) {
  while (place > 1 && timers->heap[place / 2].deadline > slot.deadline) {
    heap_put(timers, place, timers->heap[place / 2]);
    place /= 2;
  }
  heap_put(timers, place, slot);
}

static void
heap_down(coap_timers_t *timers, size_t place, coap_timer_slot_t slot) {
  for (;;) {
    size_t child = place * 2;

    if (child > timers->used)
      break;
    if (child < timers->used && timers->heap[child + 1].deadline < timers->heap[child].deadline)
      child++;
    if (timers->heap[child].deadline >= slot.deadline)
      break;
    heap_put(timers, place, timers->heap[child]);
    place = child;
  }
  heap_put(timers, place, slot);
}

static void
heap_settle(coap_timers_t *timers, size_t place, coap_timer_slot_t slot) {
  if (place > 1 && timers->heap[place / 2].deadline > slot.deadline)
    heap_up(timers, place, slot);
  else
    heap_down(timers, place, slot);
}

void
coap_timers_init(coap_timers_t *timers) {
  memset(timers, 0, sizeof(*timers));
}

void
coap_timers_clear(coap_timers_t *timers) {
  for (size_t i = 1; i <= timers->used; i++)
    timers->heap[i].timer->place = 0;
  coap_mem_free(timers->heap);
  coap_timers_init(timers);
}

int
coap_timers_reserve(coap_timers_t *timers, size_t extra) {
  size_t room = timers->room ? timers->room : 16;
  coap_timer_slot_t *heap;

  while (room < timers->used + extra + 1)
    room *= 2;
  if (room == timers->room)
    return 1;
  heap = coap_mem_realloc(timers->heap, room * sizeof(heap[0]));
  if (!heap)
    return 0;
  timers->heap = heap;
  timers->room = room;
  return 1;
}

int
coap_timer_arm(coap_timers_t *timers, coap_timer_t *timer, uint64_t deadline) {
  coap_timer_slot_t slot = {deadline, timer};

  if (timer->place) {
    heap_settle(timers, timer->place, slot);
    return 1;
  }
  if (!coap_timers_reserve(timers, 1))
    return 0;
  timers->used++;
  heap_up(timers, timers->used, slot);
  return 1;
}

void
coap_timer_cancel(coap_timers_t *timers, coap_timer_t *timer) {
  size_t place = timer->place;
  coap_timer_slot_t last;

  if (!place)
    return;
  timer->place = 0;
  last = timers->heap[timers->used--];
  if (last.timer != timer)
    heap_settle(timers, place, last);
}

uint64_t
coap_timers_next(const coap_timers_t *timers) {
  return timers->used ? timers->heap[1].deadline : COAP_TIMER_NEVER;
}

size_t
coap_timers_expire(coap_timers_t *timers, uint64_t now, size_t limit) {
  size_t fired = 0;

  while (fired < limit && timers->used && timers->heap[1].deadline <= now) {
    coap_timer_t *timer = timers->heap[1].timer;

    coap_timer_cancel(timers, timer);
    timer->fire(timer, now);
    fired++;
  }
  return fired;
}
