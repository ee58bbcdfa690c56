/* oscore_fixture.h -- a client and a server of the library that share a security context, on the
 * simulated network. */
#ifndef COAPSPEC_TESTS_OSCORE_FIXTURE_H_
#define COAPSPEC_TESTS_OSCORE_FIXTURE_H_

#include "sim_world.h"
#include "test.h"

enum { OS_BODY_MAX = 4096, OS_OPTION = 9 };

#define OS_SECRET "master_secret,hex,0102030405060708090a0b0c0d0e0f10\n"
#define OS_CLIENT "sender_id,ascii,c\nrecipient_id,ascii,s\n"
#define OS_SERVER "sender_id,ascii,s\nrecipient_id,ascii,c\n"
#define OS_NO_B12 "rfc8613_b_1_2,bool,false\n"

extern coap_context_t *os_server;
extern coap_context_t *os_client;
extern coap_session_t *os_session;   /* protected */
extern coap_resource_t *os_resource; /* /secret, observable */
extern coap_address_t os_address;    /* the server's */

/* What the client's response handler was given last, and how often it was called. */
typedef struct os_got_t {
  unsigned int count;
  coap_pdu_code_t code;
  size_t length;
  uint8_t body[OS_BODY_MAX];
  uint8_t echo[40];
  size_t echo_length;
} os_got_t;
extern os_got_t os_got;

/* What the server's handler of /secret does and saw. */
typedef struct os_served_t {
  unsigned int calls;
  size_t body_length; /* of the last request */
  size_t answer;      /* bytes to answer with */
  int later;          /* no answer now */
} os_served_t;
extern os_served_t os_served;

/* For cmocka: sim_setup(), a server context, a client context, no security yet. */
int os_setup(void **state);

/* A configuration; NULL when the text has an error. */
coap_oscore_conf_t *os_conf(const char *text);

/* Gives the server its context, opens the client's session with its own. */
void os_secure(const char *server, const char *client);
/* The two that fit together, no Echo first. */
void os_secure_plainly(void);

/* A CON for /secret with `length` bytes of body; its message ID, then the network settles. */
coap_mid_t os_send(coap_session_t *session, coap_pdu_code_t code, size_t length);
coap_pdu_t *os_request(coap_session_t *session, coap_pdu_code_t code);
void os_ask(void);

/* Registers an observation of /secret, and lets the network settle. */
void os_observe(void);

/* The i-th of a body's bytes. */
uint8_t os_byte(size_t i);

/* The latest datagram from the client (or the server), and its OSCORE option. */
const sim_sent_t *os_last_from(int from_server);
int os_has_option(const sim_sent_t *sent, unsigned int number);

/* A datagram once more, `change` applied to its byte `at`, under message ID `mid` when that is not
 * 0. */
void os_replay(const sim_sent_t *sent, size_t at, uint8_t change, uint16_t mid);

#endif /* COAPSPEC_TESTS_OSCORE_FIXTURE_H_ */
