/* state_coverage.c -- see state_coverage.h. Lines of the file: "step STATE EVENT COUNT" and
 * "pair STATE EVENT STATE EVENT COUNT", the latter of rows of one session that lie next to each
 * other and are neither ignored nor impossible. */
#include "tools/state_coverage.h"

#include <stdio.h>
#include <stdlib.h>

enum { CELLS = COAP_FSM_STATE_COUNT * COAP_FSM_EVENT_COUNT, SESSIONS = 64 };

static unsigned long steps[CELLS];
static unsigned long pairs[CELLS][CELLS];

/* The last row of each session, the longest untouched one makes room. */
static struct last {
  const void *session;
  unsigned int cell;
  unsigned long when;
} lasts[SESSIONS];
static unsigned long now;
static int is_begun;

static void
write_cell(FILE *to, unsigned int cell) {
  fprintf(to, " %s %s", coap_fsm_state_name((coap_fsm_state_t)(cell / COAP_FSM_EVENT_COUNT)),
          coap_fsm_event_name((coap_fsm_event_t)(cell % COAP_FSM_EVENT_COUNT)));
}

static void
write_counts(void) {
  const char *path = getenv("STATE_COVERAGE");
  FILE *to = path != NULL ? fopen(path, "a") : NULL;
  unsigned int a;
  unsigned int b;

  if (to == NULL)
    return;
  for (a = 0; a < CELLS; a++) {
    if (steps[a] > 0) {
      fputs("step", to);
      write_cell(to, a);
      fprintf(to, " %lu\n", steps[a]);
    }
    for (b = 0; b < CELLS; b++) {
      if (pairs[a][b] == 0)
        continue;
      fputs("pair", to);
      write_cell(to, a);
      write_cell(to, b);
      fprintf(to, " %lu\n", pairs[a][b]);
    }
  }
  fclose(to);
}

/* The session's record; one begun anew when it is heard of for the first time, or has just been
 * made where another one was. */
static struct last *
last_of(const void *session, coap_fsm_state_t state) {
  struct last *oldest = &lasts[0];
  struct last *own = NULL;
  unsigned int i;

  for (i = 0; i < SESSIONS && own == NULL; i++) {
    if (lasts[i].session == session)
      own = &lasts[i];
    else if (lasts[i].when < oldest->when)
      oldest = &lasts[i];
  }
  if (own != NULL && state != COAP_FSM_INIT)
    return own;
  if (own == NULL)
    own = oldest;
  own->session = session;
  own->cell = CELLS;
  return own;
}

const coap_fsm_row_t *
state_coverage_step(const void *session, coap_fsm_state_t state, coap_fsm_event_t event,
                    coap_fsm_role_t role) {
  const coap_fsm_row_t *row = coap_fsm_step(state, event, role);
  unsigned int cell = (unsigned int)state * COAP_FSM_EVENT_COUNT + (unsigned int)event;
  struct last *last;

  if (!is_begun)
    is_begun = atexit(write_counts) == 0;
  steps[cell]++;
  if (row->action == COAP_FSM_DO_IGNORE || row->action == COAP_FSM_DO_IMPOSSIBLE)
    return row;
  last = last_of(session, state);
  if (last->cell != CELLS)
    pairs[last->cell][cell]++;
  last->cell = cell;
  last->when = ++now;
  return row;
}
