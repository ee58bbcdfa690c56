/* all.c -- the oracles in the order they are asked; the trackers, which only remember, come last.
 */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/inbox.h"
#include "oracle/outbox.h"

const struct oracle *const oracles[] = {
    &oracle_amplification,   &oracle_answers,
    &oracle_cookies,         &oracle_in_flight,
    &oracle_lifecycle,       &oracle_memory_bounds,
    &oracle_message_ids,     &oracle_observations,
    &oracle_openings,        &oracle_outcomes,
    &oracle_repeats,         &oracle_requests,
    &oracle_retransmission,  &oracle_secrecy,
    &oracle_secured,         &oracle_signalling,
    &oracle_silence,         &oracle_state_table,
    &oracle_stream_requests, &oracle_upgrade,
    &oracle_websocket,       &oracle_wire_format,
    &connections_tracker,    &inbox_tracker,
    &outbox_tracker,         NULL,
};

const struct oracle *const oracles_of_a_free_hand[] = {&oracle_lifecycle, &oracle_memory_left,
                                                       NULL};
