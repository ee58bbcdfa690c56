/* state_diagram.c -- the session transition table as a Graphviz graph on standard output.
 *
 * One node per inner state, coloured by the public state it shows as and holding what happens
 * without leaving it and what frees the session; one edge per pair of states and role, labelled
 * with its events and, in brackets, what is done. Rows that change nothing (ignored, impossible)
 * are left out: the table has them all. */
#include "session/fsm.h"

#include <stdio.h>

/* Who takes an edge, and how it is drawn. */
static const struct {
  const char *who;
  const char *colour;
} roles[] = {
    [COAP_FSM_ANY] = {"client and server", "#333333"},
    [COAP_FSM_CLIENT] = {"client", "#1f5fbf"},
    [COAP_FSM_SERVER] = {"server", "#b3541e"},
};

static const struct {
  const char *name;
  const char *colour;
} shown[] = {
    [COAP_SESSION_STATE_NONE] = {"NONE", "#eeeeee"},
    [COAP_SESSION_STATE_CONNECTING] = {"CONNECTING", "#fdf0d5"},
    [COAP_SESSION_STATE_HANDSHAKE] = {"HANDSHAKE", "#f8dcdc"},
    [COAP_SESSION_STATE_CSM] = {"CSM", "#e3e0f7"},
    [COAP_SESSION_STATE_ESTABLISHED] = {"ESTABLISHED", "#d9f0d9"},
};

static int
is_drawn(const coap_fsm_row_t *row) {
  return row->action != COAP_FSM_DO_IGNORE && row->action != COAP_FSM_DO_IMPOSSIBLE;
}

/* Whether `event` takes `role` from `state` to `next`. An edge that both roles take is
 * COAP_FSM_ANY's alone, also where the two rows differ in what the application is told. */
static const coap_fsm_row_t *
edge_row(coap_fsm_state_t state, coap_fsm_event_t event, coap_fsm_state_t next,
         coap_fsm_role_t role) {
  const coap_fsm_row_t *client = coap_fsm_step(state, event, COAP_FSM_CLIENT);
  const coap_fsm_row_t *server = coap_fsm_step(state, event, COAP_FSM_SERVER);
  int for_client = is_drawn(client) && client->next == next;
  int for_server = is_drawn(server) && server->next == next;
  int for_both = for_client && for_server && client->action == server->action;

  switch (role) {
  case COAP_FSM_CLIENT:
    return for_client && !for_both ? client : NULL;
  case COAP_FSM_SERVER:
    return for_server && !for_both ? server : NULL;
  default:
    return for_both ? client : NULL;
  }
}

/* The events that take an edge with `action`, one a line, then the action. */
static void
print_events(coap_fsm_state_t state, coap_fsm_state_t next, coap_fsm_role_t role,
             coap_fsm_action_t action) {
  int lines = 0;

  for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
    const coap_fsm_row_t *row = edge_row(state, (coap_fsm_event_t)e, next, role);

    if (!row || row->action != action)
      continue;
    lines++;
    printf("%s\\l", coap_fsm_event_name(row->event));
  }
  if (lines && *coap_fsm_action_text(action))
    printf("[%s]\\l", coap_fsm_action_text(action));
}

static int
has_edge(coap_fsm_state_t state, coap_fsm_state_t next, coap_fsm_role_t role) {
  for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
    if (edge_row(state, (coap_fsm_event_t)e, next, role))
      return 1;
  }
  return 0;
}

static void
print_edge(coap_fsm_state_t state, coap_fsm_state_t next, coap_fsm_role_t role) {
  if (!has_edge(state, next, role))
    return;
  printf("  %s -> %s [color=\"%s\", fontcolor=\"%s\", label=\"", coap_fsm_state_name(state),
         coap_fsm_state_name(next), roles[role].colour, roles[role].colour);
  for (int a = 0; a < COAP_FSM_ACTION_COUNT; a++)
    print_events(state, next, role, (coap_fsm_action_t)a);
  printf("\"];\n");
}

/* A state that nothing leaves: all others lead there, and so many edges would hide the rest. Its
 * events stand in the boxes, too. */
static int
is_final(coap_fsm_state_t state) {
  for (int n = 0; n < COAP_FSM_STATE_COUNT; n++) {
    for (int r = COAP_FSM_ANY; r <= COAP_FSM_SERVER; r++) {
      if (has_edge(state, (coap_fsm_state_t)n, (coap_fsm_role_t)r))
        return 0;
    }
  }
  return 1;
}

/* The events of a box, a line for each action. */
static void
print_box_events(coap_fsm_state_t state, coap_fsm_state_t next, coap_fsm_role_t role) {
  enum { PER_LINE = 3 };
  int groups = 0;

  for (int a = 0; a < COAP_FSM_ACTION_COUNT; a++) {
    int count = 0;

    for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
      const coap_fsm_row_t *row = edge_row(state, (coap_fsm_event_t)e, next, role);

      if (!row || (int)row->action != a)
        continue;
      if (count == 0)
        printf("%s", groups++ ? "<br/>" : " ");
      else
        printf("%s", count % PER_LINE ? ", " : ",<br/>");
      printf("%s", coap_fsm_event_name(row->event));
      count++;
    }
    if (count && next == state && *coap_fsm_action_text((coap_fsm_action_t)a))
      printf(" [%s]", coap_fsm_action_text((coap_fsm_action_t)a));
  }
}

/* What happens without leaving the state, or ends the session, stands in the state's box. */
static void
print_box(coap_fsm_state_t state, coap_fsm_state_t next, const char *heading) {
  for (int r = COAP_FSM_ANY; r <= COAP_FSM_SERVER; r++) {
    if (!has_edge(state, next, (coap_fsm_role_t)r))
      continue;
    printf("<br/><font point-size=\"9\" color=\"%s\">%s", roles[r].colour, heading);
    print_box_events(state, next, (coap_fsm_role_t)r);
    printf("</font>");
  }
}

static void
print_states(void) {
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    coap_fsm_state_t state = (coap_fsm_state_t)s;
    coap_session_state_t public_state = coap_fsm_public_state(state);

    printf("  %s [fillcolor=\"%s\", label=<<b>%s</b><br/><font point-size=\"9\"><i>shown as %s</i>"
           "</font>",
           coap_fsm_state_name(state), shown[public_state].colour, coap_fsm_state_name(state),
           shown[public_state].name);
    print_box(state, state, "&#x21bb;");
    for (int n = 0; n < COAP_FSM_STATE_COUNT; n++) {
      if (n != s && is_final((coap_fsm_state_t)n))
        print_box(state, (coap_fsm_state_t)n, "&#x2298;");
    }
    printf(">];\n");
  }
}

static void
print_legend(void) {
  printf("  legend [shape=plaintext, style=\"\", fontsize=10, label=<<table border=\"0\" "
         "cellspacing=\"0\" cellpadding=\"2\">\n");
  for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
    printf("    <tr><td align=\"left\"><font color=\"%s\">&#x2192; %s</font></td></tr>\n",
           roles[r].colour, roles[r].who);
  for (int n = 0; n < COAP_FSM_STATE_COUNT; n++) {
    if (is_final((coap_fsm_state_t)n))
      printf("    <tr><td align=\"left\">&#x2298; leads to %s</td></tr>\n",
             coap_fsm_state_name((coap_fsm_state_t)n));
  }
  printf("    <tr><td align=\"left\">&#x21bb; stays in the state</td></tr>\n  </table>>];\n");
}

int
main(void) {
  printf("// Made from lib/session/session_fsm.def by \"make diagram\": do not edit.\n"
         "digraph session {\n"
         "  graph [rankdir=TB, fontname=\"Helvetica\", nodesep=0.6, ranksep=0.7];\n"
         "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=12];\n"
         "  edge [fontname=\"Helvetica\", fontsize=9];\n");
  print_states();
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    for (int n = 0; n < COAP_FSM_STATE_COUNT; n++) {
      int is_edge = n != s && !is_final((coap_fsm_state_t)n);

      for (int r = COAP_FSM_ANY; is_edge && r <= COAP_FSM_SERVER; r++)
        print_edge((coap_fsm_state_t)s, (coap_fsm_state_t)n, (coap_fsm_role_t)r);
    }
  }
  for (int n = 0; n < COAP_FSM_STATE_COUNT; n++) {
    if (is_final((coap_fsm_state_t)n))
      printf("  {rank=sink; %s}\n", coap_fsm_state_name((coap_fsm_state_t)n));
  }
  print_legend();
  printf("}\n");
  return 0;
}
