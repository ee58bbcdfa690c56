/* stream_fixture.h -- the library on simulated TCP, and raw peers that speak bytes to it. */
#ifndef COAPSPEC_TESTS_STREAM_FIXTURE_H_
#define COAPSPEC_TESTS_STREAM_FIXTURE_H_

#include "sim_world.h"

enum { ST_CONNS = 8, ST_BYTES = 1 << 21 };

enum { ST_CSM = 0xe1, ST_PING, ST_PONG, ST_RELEASE, ST_ABORT };

/* The peer's end of a connection. */
typedef struct st_conn_t {
  unsigned int id;
  int closed; /* by the library */
  size_t length;
  size_t read; /* by st_next() */
} st_conn_t;

/* A message as the peer got it. */
typedef struct st_message_t {
  int code;
  size_t token_length;
  const uint8_t *token;
  const uint8_t *rest; /* options and payload */
  size_t rest_length;
} st_message_t;

extern coap_context_t *st_context;
extern unsigned int st_connects; /* that the library began */
extern int st_connect_result;    /* what they come to: 0, -EINPROGRESS, -errno */
extern uint16_t st_connect_port; /* of the last one's target */

/* A server's context, listening at SIM_HOST:5683 by TCP; or a client's. */
int st_setup_server(void **state);
int st_setup_client(void **state);
int st_teardown(void **state);

void st_settle(void);

/* A peer connects to SIM_HOST:5683 or another port; with CSM sent or without. */
st_conn_t *st_open(void);
st_conn_t *st_open_at(uint16_t port);
st_conn_t *st_open_ready(void);

/* The connection the library began last. */
st_conn_t *st_begun(void);

/* Sends bytes, at once or one at a time. */
void st_push(st_conn_t *conn, const void *bytes, size_t length);

/* Sends a message of at most 12 bytes behind its token. */
void st_send(st_conn_t *conn, int code, const char *token, const void *rest, size_t length);
void st_send_csm(st_conn_t *conn);

/* GET /r */
void st_get(st_conn_t *conn, const char *token);

/* The next message from the library: 1, or 0 for none. */
int st_next(st_conn_t *conn, st_message_t *message);

/* What was written to the connection so far. */
const uint8_t *st_bytes(const st_conn_t *conn);

/* The next message has that code; its token. */
st_message_t st_expect(st_conn_t *conn, int code);

/* The library's server session, the newest. */
coap_session_t *st_session(void);

#endif /* COAPSPEC_TESTS_STREAM_FIXTURE_H_ */
