/* client_fixture.h -- a client under test and a raw server. */
#ifndef COAPSPEC_TESTS_CLIENT_FIXTURE_H_
#define COAPSPEC_TESTS_CLIENT_FIXTURE_H_

#include "exchange_fixture.h"

extern coap_context_t *cl_context;
extern coap_session_t *cl_session;
extern coap_address_t cl_server; /* raw */

/* What the response handler was given last. */
typedef struct cl_got_t {
  unsigned int count;
  coap_pdu_code_t code;
  uint8_t token[8];
  size_t token_length;
  uint8_t body[8192];
  size_t length;
  size_t offset;
  size_t total;
  int sent_is_known;
  int has_block2;          /* the option was shown */
  coap_response_t verdict; /* what it says to each */
} cl_got_t;
extern cl_got_t cl_got;

int cl_setup(void **state);

/* A CON request for /p with the token "app". */
coap_pdu_t *cl_request(coap_pdu_code_t method);
void cl_get(int observe);

/* A response to what the client sent last; its token is that one's. */
raw_message_t cl_response(int type, int code, uint16_t mid);

/* From the server to the client. */
void cl_give(const raw_message_t *message);

/* An option of what the client sent last. */
uint32_t cl_sent_option(unsigned int number);
int cl_sent_has(unsigned int number);

/* Registers an observation, number 10; a notification of it. */
void cl_observe(void);
void cl_notify(int type, uint16_t mid, uint8_t number);

#endif /* COAPSPEC_TESTS_CLIENT_FIXTURE_H_ */
