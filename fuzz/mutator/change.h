/* change.h -- programs as engines keep them, in bytes: one changed, or crossed with one met lately.
 */
#ifndef FUZZ_MUTATOR_CHANGE_H_
#define FUZZ_MUTATOR_CHANGE_H_

#include "mutator/mutate.h"

/* Longer ones are left to the engine. */
#define CHANGE_SIZE_MAX 4096U

/* Changes the program of `size` bytes at `data`, CHANGE_SIZE_MAX at most, where there is room for
 * `max`; gives how many bytes there are then. Which change: by `chance`, and by what it was given
 * before. */
size_t change_program(uint8_t *data, size_t size, size_t max, uint32_t chance, mutate_bytes bytes);

#endif /* FUZZ_MUTATOR_CHANGE_H_ */
