/* oracles.c -- the rules that libcoap 4.3.1 is held to. Those left out, and why, are in README.md
 * beside this. */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/inbox.h"
#include "oracle/outbox.h"
#include "world/stack.h"

/* Findings 4 and 5. */
static const char *const known[] = {", of no message ID",
                                    ", likely a datagram of another version",
                                    ", likely a malformed acknowledgement",
                                    ", likely a malformed Reset",
                                    ", likely a Reset",
                                    ", likely an acknowledgement with a response",
                                    ", likely an acknowledgement of a reserved class",
                                    NULL};

/* It asserts that nobody refers to a session of an endpoint that is freed. */
const struct world_stack world_stack = {.name = "libcoap",
                                        .known = known,
                                        .connects_before_new = 1,
                                        .keeps_released_sessions = 1,
                                        .follows_responders = 1,
                                        .waits_for_csm = 1,
                                        .has_no_websockets = 1,
                                        .least_csm_size = 64,
                                        .most_retransmissions = 16,
                                        .goes_on_after_icmp = 1,
                                        .acknowledged_by_id = 1,
                                        .rejects_acknowledgements = 1,
                                        .draws_timeout_early = 1,
                                        .parts_of_a_second = 64,
                                        .timers_first = 1,
                                        .repeats_idempotent = 1,
                                        .answers_confirmable_groups = 1,
                                        .reads_one = 1};

const struct oracle *const oracles[] = {
    &oracle_amplification, &oracle_answers,     &oracle_in_flight,      &oracle_lifecycle,
    &oracle_memory_left,   &oracle_message_ids, &oracle_retransmission, &oracle_wire_format,
    &connections_tracker,  &inbox_tracker,      &outbox_tracker,        NULL,
};

const struct oracle *const oracles_of_a_free_hand[] = {&oracle_memory_left, NULL};
