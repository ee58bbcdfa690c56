/* sim_world.h -- the whole library on simulated seams: contexts, raw peers, a recording network and
 * virtual time. */
#ifndef COAPSPEC_TESTS_SIM_WORLD_H_
#define COAPSPEC_TESTS_SIM_WORLD_H_

#include "raw_message.h"

#include <coap3/coap.h>

enum { SIM_SENT_MAX = 4096, SIM_BYTES_MAX = 1400 };

#define SIM_HOST "10.0.0.1" /* where the library's sockets are */
#define SIM_PEER "10.0.0.2" /* where raw peers are, by custom */

/* One datagram that the library sent. */
typedef struct sim_sent_t {
  coap_address_t from;
  coap_address_t to;
  uint64_t at; /* ms since the world began */
  size_t length;
  uint8_t bytes[SIM_BYTES_MAX];
} sim_sent_t;

/* What handlers of the tests' contexts have been told. */
typedef struct sim_told_t {
  unsigned int responses;
  unsigned int nacks;
  unsigned int pings;
  unsigned int pongs;
  unsigned int requests;
  unsigned int events[COAP_EVENT_KEEPALIVE_FAILURE + 1]; /* by event: sim_event_count() */
  int nack_reason;                                       /* the last one */
  coap_mid_t nack_mid;
  coap_mid_t response_mid;
  coap_pdu_code_t response_code;
  coap_session_t *event_session; /* of the last session event; may be gone */
} sim_told_t;

extern sim_told_t sim_told;

/* For cmocka. The end fails when memory, sockets or a session are left, or when an impossible row
 * of the transition table was taken. */
int sim_setup(void **state);
int sim_teardown(void **state);

coap_address_t sim_address(const char *ip, uint16_t port);

/* Contexts with all handlers set; freed at the end. */
coap_context_t *sim_client_context(void);

/* A resource /r of the context that answers GET, POST and PUT with 2.05 "r" and the number of
 * requests. */
coap_resource_t *sim_serve(coap_context_t *context);

/* A context with an endpoint at SIM_HOST:5683 and /r, and /slow that does not answer at once. */
coap_context_t *sim_server_context(void);
coap_resource_t *sim_server_resource(void);

/* A GET handler: 2.05 with the bytes of the coap_bin_const_t that is the resource's user data, in
 * blocks where they are many. */
void sim_on_get_body(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                     const coap_string_t *query, coap_pdu_t *response);

/* A test that frees a context itself says so here. */
void sim_forget_context(coap_context_t *context);

/* A client session from `context` to `peer`. */
coap_session_t *sim_client_session(coap_context_t *context, const coap_address_t *peer);

/* Sends a request for /r with a fresh token; its message ID. */
coap_mid_t sim_request(coap_session_t *session, coap_pdu_type_t type);

/* Time passes, all that is due is done. sim_settle() lets no time pass. */
void sim_run(uint64_t ms);
void sim_settle(void);
uint64_t sim_now(void);

/* Time until the earliest timer of any context is due, UINT64_MAX: none is armed. */
uint64_t sim_next_deadline(void);

/* A datagram to a library socket. 0 or -errno. */
int sim_inject(const coap_address_t *from, const coap_address_t *to, const raw_message_t *message);
int sim_inject_bytes(const coap_address_t *from, const coap_address_t *to, const uint8_t *bytes,
                     size_t length);

/* What was sent so far, oldest first. Datagrams between library sockets are carried over unless
 * sim_drop() says to drop the next `count`. */
unsigned int sim_sent_count(void);
const sim_sent_t *sim_sent(unsigned int index);
const sim_sent_t *sim_last(void);
void sim_forget_sent(void);
void sim_drop(unsigned int count);

/* What the next `count` sends give: a negative errno. */
void sim_fail_send(int error, unsigned int count);

unsigned int sim_event_count(coap_event_t event);

/* The handler of the next such event, of any context above, frees the endpoint. */
void sim_free_endpoint_at(coap_event_t event, coap_endpoint_t *endpoint);
int sim_endpoint_is_freed(void);

#endif /* COAPSPEC_TESTS_SIM_WORLD_H_ */
