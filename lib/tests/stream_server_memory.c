/* stream_server_memory.c -- a server on TCP whose n-th allocation fails, for every n of a long
 * talk: messages cut in pieces, an observation, a body in blocks, signalling, the end by Release.
 */
#include "test.h"

#include "seams/memory.h"
#include "session/core.h"
#include "stream_fixture.h"

enum { PIECE = 7, TALK_MAX = 4096 };

typedef struct talk_t {
  uint8_t bytes[TALK_MAX];
  size_t length;
} talk_t;

/* A message with a token of one byte, shorter than 269 bytes behind it. */
static void
say(talk_t *talk, int code, char token, const void *rest, size_t length) {
  uint8_t *at = talk->bytes + talk->length;
  size_t head = length < 13 ? 1 : 2;

  assert_true(length < 269 && talk->length + length + 4 <= TALK_MAX);
  at[0] = (uint8_t)((length < 13 ? length : 13) << 4 | 1);
  if (head == 2)
    at[1] = (uint8_t)(length - 13);
  at[head] = (uint8_t)code;
  at[head + 1] = (uint8_t)token;
  memcpy(at + head + 2, rest, length);
  talk->length += head + 2 + length;
}

static void
make_talk(talk_t *talk) {
  uint8_t block[64] = {0xb1, 'r', 0xd1, 0x03, 0x08, 0xff}; /* Uri-Path, Block1: 0, more, 16 bytes */

  talk->length = 0;
  say(talk, ST_CSM, 'c', "\x20\x20", 2); /* Max-Message-Size, Block-Wise-Transfer */
  say(talk, RAW_GET, 'a', "\xb1r", 2);
  say(talk, RAW_GET, 'o', "\x60\x51r", 3); /* observes */
  memset(block + 6, 'x', 16);
  say(talk, RAW_PUT, 'b', block, 22);
  block[4] = 0x10; /* 1, the last */
  say(talk, RAW_PUT, 'b', block, 22);
  say(talk, ST_PING, 'p', "\x20", 1);
  say(talk, RAW_GET, 'o', "\x61\x01\x51r", 4);
  say(talk, RAW_GET, 'n', "\xb4none", 5);
  say(talk, ST_RELEASE, 'r', "", 0);
}

/* The whole talk; 1 when memory was asked for at least `nth` times. */
static int
talk_with_failure(unsigned int nth) {
  static talk_t talk;
  struct coap_mem_sim_stats stats;
  uint64_t before;
  st_conn_t *conn;
  st_conn_t *other;
  st_message_t message;
  unsigned int answers = 0;

  make_talk(&talk);
  assert_int_equal(st_setup_server(NULL), 0);
  coap_context_set_block_mode(st_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_mem_sim_stats(&stats);
  before = stats.requests;
  coap_mem_sim_fail(nth, 0);
  conn = st_open();
  for (size_t at = 0; at < talk.length && !conn->closed; at += PIECE)
    st_push(conn, talk.bytes + at, talk.length - at < PIECE ? talk.length - at : PIECE);
  sim_run(1000);
  coap_mem_sim_stats(&stats);
  coap_mem_sim_fail(0, 0);
  /* What was said is whole, and no request got two answers. */
  while (st_next(conn, &message))
    answers += message.code != ST_CSM && message.code != ST_PONG && message.code != ST_ABORT;
  assert_true(answers <= 6);
  if (stats.requests - before < nth) {
    assert_int_equal(answers, 6);
    assert_int_equal(coap_context_core(st_context)->counters.no_memory, 0);
  }
  /* Another peer is served as if nothing had been. */
  other = st_open_ready();
  st_get(other, "z");
  st_expect(other, RAW_CONTENT);
  assert_int_equal(st_teardown(NULL), 0); /* checks that nothing is left */
  return stats.requests - before >= nth;
}

static void
every_allocation_may_fail(void **state) {
  unsigned int nth = 1;

  (void)state;
  while (talk_with_failure(nth)) {
    nth++;
    assert_true(nth < 1000);
  }
  assert_true(nth > 20);
}

int
main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
