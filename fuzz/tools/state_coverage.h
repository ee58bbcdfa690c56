/* state_coverage.h -- which rows of the transition table a run takes, and which one after the
 * other.
 */
#ifndef FUZZ_TOOLS_STATE_COVERAGE_H_
#define FUZZ_TOOLS_STATE_COVERAGE_H_

#include "session/fsm.h"

/* coap_fsm_step(), counted for `session`. At the end of the program the counts are added to the
 * file that the environment names in STATE_COVERAGE. */
const coap_fsm_row_t *state_coverage_step(const void *session, coap_fsm_state_t state,
                                          coap_fsm_event_t event, coap_fsm_role_t role);

#endif /* FUZZ_TOOLS_STATE_COVERAGE_H_ */
