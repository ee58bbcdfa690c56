/* descriptors.c -- the table of simulated descriptors; memory, time and randomness; epoll(7) and
 * timerfd_create(2) as far as stacks use them. */
#include "sut/descriptors.h"
#include "sut/posix.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/random.h"

#include <errno.h>
#include <string.h>

enum { FIRST = 1000, COUNT = 128, BUSY = 10 }; /* far from those of the process */

static struct sut_descriptor table[COUNT];

struct sut_descriptor *
sut_new(enum sut_kind kind) {
  int i;

  for (i = 0; i < COUNT && table[i].kind != SUT_FREE; i++)
    continue;
  if (i == COUNT) {
    errno = EMFILE;
    return NULL;
  }
  memset(&table[i], 0, sizeof(table[i]));
  table[i].kind = kind;
  table[i].epoll = -1;
  table[i].due = UINT64_MAX;
  return &table[i];
}

struct sut_descriptor *
sut_of(int fd, enum sut_kind kind) {
  if (fd >= FIRST && fd < FIRST + COUNT && table[fd - FIRST].kind == kind)
    return &table[fd - FIRST];
  errno = EBADF;
  return NULL;
}

int
sut_number(const struct sut_descriptor *d) {
  return FIRST + (int)(d - table);
}

struct sut_descriptor *
sut_watched(int epoll, const struct sut_descriptor *from) {
  int i;

  for (i = from != NULL ? (int)(from - table) + 1 : 0; i < COUNT; i++) {
    if (table[i].kind != SUT_FREE && table[i].epoll == epoll)
      return &table[i];
  }
  return NULL;
}

void
sut_delete(struct sut_descriptor *d) {
  int i;

  coap_net_close(d->sock);
  for (i = 0; d->owns_net && i < COUNT; i++) { /* accepted ones live in their listener's net */
    if (&table[i] != d && table[i].kind == SUT_SOCKET && table[i].net == d->net) {
      coap_net_close(table[i].sock);
      table[i].sock = NULL;
      table[i].net = NULL;
    }
  }
  if (d->owns_net)
    coap_net_free(d->net);
  memset(d, 0, sizeof(*d));
}

unsigned int
sut_ready(const struct sut_descriptor *d) {
  coap_net_event_t events[COUNT];
  int n = d->sock != NULL ? coap_net_wait(d->net, 0, events, COUNT) : 0;
  unsigned int kept = d->next_packet < d->n_packets ? COAP_NET_READABLE : 0U;

  while (n-- > 0) {
    if (events[n].owner == d)
      return events[n].flags | kept;
  }
  return kept;
}

long
sut_result(long result) {
  if (result >= 0)
    return result;
  errno = (int)-result;
  return -1;
}

int
sut_close(int fd) {
  if (fd < FIRST || fd >= FIRST + COUNT || table[fd - FIRST].kind == SUT_FREE) {
    errno = EBADF;
    return -1;
  }
  sut_delete(&table[fd - FIRST]);
  return 0;
}

int
sut_epoll_create1(int flags) {
  struct sut_descriptor *d = sut_new(SUT_EPOLL);

  (void)flags;
  return d != NULL ? sut_number(d) : -1;
}

int
sut_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  if (d == NULL)
    d = sut_of(fd, SUT_TIMER);
  if (d == NULL)
    return -1;
  d->epoll = what == EPOLL_CTL_DEL ? -1 : epoll;
  if (what != EPOLL_CTL_DEL)
    d->watched = *event;
  if (d->sock != NULL)
    coap_net_want(d->sock,
                  COAP_NET_READABLE | (d->watched.events & EPOLLOUT ? COAP_NET_WRITABLE : 0U));
  return 0;
}

int
sut_unread(int epoll) {
  const struct sut_descriptor *d = NULL;

  while ((d = sut_watched(epoll, d)) != NULL) {
    if (d->kind == SUT_SOCKET && !d->is_stream && (sut_ready(d) & COAP_NET_READABLE))
      return 1;
  }
  return 0;
}

static uint32_t
events_of(const struct sut_descriptor *d) {
  unsigned int ready;

  if (d->kind == SUT_TIMER)
    return d->due <= coap_clock_now() ? EPOLLIN : 0U;
  ready = sut_ready(d);
  return ((ready & COAP_NET_READABLE ? EPOLLIN : 0U) |
          (ready & COAP_NET_WRITABLE ? EPOLLOUT : 0U)) &
         d->watched.events;
}

static int
take_events(int epoll, struct epoll_event *events, int max) {
  struct sut_descriptor *d = NULL;
  int n = 0;

  while (n < max && (d = sut_watched(epoll, d)) != NULL) {
    uint32_t found = events_of(d);

    if (found == 0)
      continue;
    events[n] = d->watched;
    events[n++].events = found;
  }
  return n;
}

static uint64_t
next_timer(int epoll, uint64_t until) {
  const struct sut_descriptor *d = NULL;

  while ((d = sut_watched(epoll, d)) != NULL) {
    if (d->kind == SUT_TIMER && d->due < until)
      until = d->due;
  }
  return until;
}

/* One that waits again and again for what is there uses time as well. */
static void
busy_wait(struct sut_descriptor *d) {
  if (d->waited_at != coap_clock_now())
    d->waits = 0;
  d->waited_at = coap_clock_now();
  if (++d->waits % BUSY == 0)
    sut_pass_time(sut_number(d), coap_clock_now() + 1);
}

/* With a time-out the world moves on meanwhile, step by step; a wait without an end finds nothing,
 * as if it were interrupted. */
int
sut_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout) {
  uint64_t end = coap_clock_now() + (uint64_t)(timeout > 0 ? timeout : 0);
  struct sut_descriptor *d = sut_of(epoll, SUT_EPOLL);
  int n = take_events(epoll, events, max);

  if (n > 0 && timeout > 0 && d != NULL)
    busy_wait(d);
  while (n == 0 && coap_clock_now() < end) {
    sut_pass_time(epoll, next_timer(epoll, end));
    n = take_events(epoll, events, max);
  }
  return n;
}

int
sut_timerfd_create(int clock, int flags) {
  struct sut_descriptor *d = sut_new(SUT_TIMER);

  (void)clock, (void)flags;
  return d != NULL ? sut_number(d) : -1;
}

int
sut_timerfd_settime(int fd, int flags, const struct itimerspec *set, struct itimerspec *old) {
  struct sut_descriptor *d = sut_of(fd, SUT_TIMER);
  uint64_t ms;

  if (d == NULL)
    return -1;
  if (old != NULL)
    memset(old, 0, sizeof(*old));
  ms = (uint64_t)set->it_value.tv_sec * 1000 + (uint64_t)(set->it_value.tv_nsec + 999999) / 1000000;
  if (set->it_value.tv_sec == 0 && set->it_value.tv_nsec == 0)
    d->due = UINT64_MAX;
  else
    d->due = flags & TFD_TIMER_ABSTIME ? ms : coap_clock_now() + ms;
  return 0;
}

int
sut_clock_gettime(clockid_t clock, struct timespec *now) {
  uint64_t ms = coap_clock_now();

  (void)clock;
  now->tv_sec = (time_t)(ms / 1000);
  now->tv_nsec = (long)(ms % 1000) * 1000000;
  return 0;
}

ssize_t
sut_getrandom(void *buffer, size_t length, unsigned int flags) {
  (void)flags;
  return coap_random_fill(buffer, length) == 1 ? (ssize_t)length : -1;
}

void *
sut_malloc(size_t size) {
  return coap_mem_alloc(size);
}

void *
sut_calloc(size_t count, size_t size) {
  return size != 0 && count > SIZE_MAX / size ? NULL : coap_mem_zalloc(count * size);
}

void *
sut_realloc(void *block, size_t size) {
  return coap_mem_realloc(block, size);
}

void
sut_free(void *block) {
  coap_mem_free(block);
}
