/* all.h -- every oracle there is. */
#ifndef FUZZ_ORACLE_ALL_H_
#define FUZZ_ORACLE_ALL_H_

#include "oracle/oracle.h"

extern const struct oracle oracle_amplification;
extern const struct oracle oracle_answers;
extern const struct oracle oracle_cookies;
extern const struct oracle oracle_in_flight;
extern const struct oracle oracle_lifecycle;
extern const struct oracle oracle_memory_bounds;
extern const struct oracle oracle_memory_left; /* of these, what there is at the end */
extern const struct oracle oracle_message_ids;
extern const struct oracle oracle_observations;
extern const struct oracle oracle_openings;
extern const struct oracle oracle_outcomes;
extern const struct oracle oracle_repeats;
extern const struct oracle oracle_requests;
extern const struct oracle oracle_retransmission;
extern const struct oracle oracle_secrecy;
extern const struct oracle oracle_secured;
extern const struct oracle oracle_signalling;
extern const struct oracle oracle_silence;
extern const struct oracle oracle_state_table;
extern const struct oracle oracle_stream_requests;
extern const struct oracle oracle_upgrade;
extern const struct oracle oracle_websocket;
extern const struct oracle oracle_wire_format;

#endif /* FUZZ_ORACLE_ALL_H_ */
