/* exchange_fixture.h -- a server under test and a raw peer that asks it. */
#ifndef COAPSPEC_TESTS_EXCHANGE_FIXTURE_H_
#define COAPSPEC_TESTS_EXCHANGE_FIXTURE_H_

#include "test.h"
#include "sim_world.h"

extern coap_context_t *ex_context; /* the server; its resources are the tests' own */
extern coap_address_t ex_peer;     /* the raw peer */
extern coap_address_t ex_server;

/* What the handlers made by ex_resource() answer with, and what they saw. */
typedef struct ex_handler_t {
  coap_pdu_code_t code; /* of the answers; 0: none now */
  const char *payload;
  unsigned int calls;
  char query[64];
  char body[8192]; /* of the last request */
  size_t body_length;
  size_t body_offset;
  size_t body_total;
  unsigned int content_formats; /* options that the handler saw */
} ex_handler_t;
extern ex_handler_t ex_handler;

int ex_setup(void **state);

/* Adds a resource that answers GET, POST, PUT and FETCH as ex_handler says. */
coap_resource_t *ex_resource(const char *path, int flags);

/* A CON of its own message ID, with the token "tok". */
raw_message_t ex_request(int method, const char *path);

/* From the peer to the server; what was sent before is forgotten. */
void ex_send(const raw_message_t *message);
void ex_send_to(const raw_message_t *message, const coap_address_t *to);

/* The one datagram that came of it. */
int ex_type(void);
int ex_code(void);
uint16_t ex_mid(void);
int ex_payload_is(const char *text);
size_t ex_payload_length(void);
int ex_has_option(unsigned int number);
uint32_t ex_option(unsigned int number); /* as unsigned integer; 0 too when it is empty */

/* Any option, however far from the one before. */
void ex_far_option(raw_message_t *message, unsigned int number, const void *value, size_t length);
void ex_block(raw_message_t *message, unsigned int number, unsigned int num, int more,
              unsigned int szx);
void ex_fill(raw_message_t *message, char byte, size_t length);

#define BLOCK_VALUE(num, more, szx) ((uint32_t)(num) << 4 | ((more) ? 8U : 0U) | (szx))

#endif /* COAPSPEC_TESTS_EXCHANGE_FIXTURE_H_ */
