/* oracles.c -- what a stack without sessions can be held to. */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/inbox.h"
#include "oracle/outbox.h"
#include "world/stack.h"

const struct world_stack world_stack = {.name = "tiny", .ends_held_sessions = 1};

const struct oracle *const oracles[] = {
    &oracle_amplification, &oracle_answers,     &oracle_memory_left,
    &oracle_message_ids,   &oracle_wire_format, &connections_tracker,
    &inbox_tracker,        &outbox_tracker,     NULL,
};

const struct oracle *const oracles_of_a_free_hand[] = {&oracle_memory_left, NULL};
