/* oracle.c -- the list of oracles, and what happens when one objects. */
#include "oracle/oracle.h"
#include "world/stack.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oracle_sink sink;
static const struct oracle *const *asked;

enum { KINDS = OBS_WIRE + 1, CONCERNED_MAX = 63 };
static const struct oracle *concerned[KINDS][CONCERNED_MAX + 1];

/* Most observations concern few oracles. */
static void
sort_by_kind(void) {
  size_t i, kind;

  for (kind = 0; kind < KINDS; kind++) {
    size_t n = 0;

    for (i = 0; asked[i] != NULL && n < CONCERNED_MAX; i++) {
      if (asked[i]->kinds & OBS_BIT(kind))
        concerned[kind][n++] = asked[i];
    }
    concerned[kind][n] = NULL;
  }
}

void
oracle_reset_all(int free_hand) {
  const struct oracle *const *before = asked;
  size_t i;

  asked = free_hand ? oracles_of_a_free_hand : oracles;
  if (asked != before)
    sort_by_kind();
  for (i = 0; oracles[i] != NULL; i++)
    oracles[i]->reset();
}

void
oracle_observe_all(const struct obs *o) {
  const struct oracle *const *each;

  for (each = concerned[o->kind]; *each != NULL; each++)
    (*each)->observe(o);
}

void
oracle_set_sink(oracle_sink new_sink) {
  sink = new_sink;
}

int
oracle_past_known(void) {
  return getenv("FUZZ_PAST_KNOWN") != NULL;
}

static int
is_known(const char *message) {
  const char *const *known = world_stack.known;

  while (known != NULL && *known != NULL && strstr(message, *known) == NULL)
    known++;
  return known != NULL && *known != NULL;
}

void
oracle_violated(const char *oracle, const char *section, const struct obs *o, const char *format,
                ...) {
  char message[256];
  va_list args;

  if (sink != NULL) {
    sink(oracle, section);
    return;
  }
  va_start(args, format);
  vsnprintf(message, sizeof(message), format, args);
  va_end(args);
  if (oracle_past_known() && is_known(message))
    return;
  fprintf(stderr, "oracle %s violated (%s) in operation %u at %" PRIu64 " ms: %s\n", oracle,
          section, o->op, o->now, message);
  fflush(NULL);
  abort();
}

/* Eight bytes a round; only has to tell messages apart. */
uint64_t
oracle_hash(const uint8_t *data, size_t len) {
  uint64_t h = UINT64_C(0x9e3779b97f4a7c15) * (len + 1);
  uint64_t word;

  for (; len >= sizeof(word); data += sizeof(word), len -= sizeof(word)) {
    memcpy(&word, data, sizeof(word));
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 32;
  }
  word = 0;
  if (len > 0)
    memcpy(&word, data, len);
  h = (h ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
  return h ^ h >> 29;
}
