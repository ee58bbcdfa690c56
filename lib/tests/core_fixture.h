/* core_fixture.h -- the session layer alone, on simulated seams, with calls out of it recorded. */
#ifndef COAPSPEC_TESTS_CORE_FIXTURE_H_
#define COAPSPEC_TESTS_CORE_FIXTURE_H_

#include "session/core.h"
#include "session/outgoing.h"
#include "session/session.h"

typedef struct core_record_t {
  unsigned int transmits;
  unsigned int nacks;
  unsigned int events;
  unsigned int gone;
  unsigned int closed;
  unsigned int connects;
  unsigned int responses;
  int nack_reason; /* the last one */
  int event;       /* the last one */
  uint8_t sent[64];
  size_t sent_length;
  int transmit_result; /* what transmitting gives */
} core_record_t;

extern coap_core_t fixture_core;
extern core_record_t fixture_record;

/* For cmocka: a fresh core, and its end, which fails when memory is left. */
int core_fixture_setup(void **state);
int core_fixture_teardown(void **state);

/* A session in INIT. */
coap_session_t *core_fixture_session(coap_session_type_t type, uint16_t remote_port);

coap_session_t *core_fixture_session_over(coap_proto_t proto, coap_session_type_t type,
                                          uint16_t remote_port);

/* A datagram session, opened. */
coap_session_t *core_fixture_open(coap_session_type_t type, uint16_t remote_port);

/* Sends a CON GET; its message ID. */
coap_mid_t core_fixture_request(coap_session_t *session);

#endif /* COAPSPEC_TESTS_CORE_FIXTURE_H_ */
