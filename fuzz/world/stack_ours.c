/* stack_ours.c -- the library of this repository. */
#include "world/stack.h"

const struct world_stack world_stack = {"coapspec", 1, 0};
