/* stack_ours.c -- the library of this repository. */
#include "world/stack.h"

const struct world_stack world_stack = {.name = "coapspec", .ends_held_sessions = 1};
