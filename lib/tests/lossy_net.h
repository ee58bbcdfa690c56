/* lossy_net.h -- a network between the sim world's contexts that takes time and loses, doubles and
 * reorders datagrams: as a seed has it, or as a test decides for each. */
#ifndef COAPSPEC_TESTS_LOSSY_NET_H_
#define COAPSPEC_TESTS_LOSSY_NET_H_

#include "sim_world.h"

typedef enum lossy_fate_t { LOSSY_PASS, LOSSY_DROP, LOSSY_TWICE, LOSSY_LATE } lossy_fate_t;

/* What becomes of the datagram that is the `index`-th since lossy_setup(). */
typedef lossy_fate_t (*lossy_judge_t)(unsigned int index, const uint8_t *data, size_t length);

/* Between sim_setup() and the first context. Of 1000 datagrams about `loss` are lost; each takes
 * 5 to 15 ms, so that neighbours change places. */
void lossy_setup(uint64_t seed, unsigned int loss);

/* Instead of chance; NULL: chance again. */
void lossy_set_judge(lossy_judge_t judge);

/* Runs until *done is not 0, at most `limit_ms`; 1 when it is. NULL: for the time given. */
int lossy_run(const unsigned int *done, uint64_t limit_ms);

unsigned int lossy_count(void); /* datagrams sent since lossy_setup() */
unsigned int lossy_lost(void);

/* Forgets what is under way; before sim_teardown(). */
void lossy_clear(void);

#endif /* COAPSPEC_TESTS_LOSSY_NET_H_ */
