/* session_observed.c -- the library's session/session.c, as it is, with each step through the
 * transition table told to state_coverage.c. Linked in front of the library, so that its own stays
 * out. */
#include "session/session.h"
#include "tools/state_coverage.h"

#define coap_fsm_step(state, event, role) state_coverage_step(session, state, event, role)
#include "session/session.c"
