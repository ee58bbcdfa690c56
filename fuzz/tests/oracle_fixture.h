/* oracle_fixture.h -- made-up observations for the oracles, and what they objected to. */
#ifndef FUZZ_TESTS_ORACLE_FIXTURE_H_
#define FUZZ_TESTS_ORACLE_FIXTURE_H_

#include "oracle/oracle.h"
#include "tests/test.h"

/* The virtual time that observations carry; a test moves it. */
extern uint64_t now;

/* The operation that they belong to. */
extern unsigned int operation;

/* All oracles anew, nothing heard of them. */
int setup(void **state);

/* Fails unless `oracle` has objected; NULL: unless nobody has. */
void expect(const char *oracle);
int has_objected(const char *oracle);

/* An observation of session 1's two ends, for the caller to fill in. */
struct obs obs(enum obs_kind kind);
void tell(enum obs_kind kind, unsigned int session, long value, long extra, size_t count, int flag);
void wire(enum obs_kind kind, const void *bytes, size_t len);

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define IN(...)    wire(OBS_IN, BYTES(__VA_ARGS__))
#define OUT(...)   wire(OBS_OUT, BYTES(__VA_ARGS__))

/* With a handler's view of a message; `token` one byte. */
void handler(enum obs_kind kind, unsigned int type, unsigned int code, unsigned int mid,
             uint8_t token, long value, long extra);

enum { CLIENT = 1, SERVER = 2, ESTABLISHED = 4 };

void born(unsigned int id, long type);
void request_sent(unsigned int mid, uint8_t token);
void observation_sent(unsigned int mid, uint8_t token);

/* The tests of oracle_streams.c, with how many. */
extern void (*const oracle_stream_tests[])(void **state);
enum { ORACLE_STREAM_TESTS = 4 };

/* Those of oracle_secure.c; the first ones object. */
extern void (*const oracle_secure_tests[])(void **state);
enum { ORACLE_SECURE_TESTS = 3 };

#endif /* FUZZ_TESTS_ORACLE_FIXTURE_H_ */
