/* request_ends.h -- counts requests and what becomes of them. Each that is taken is to have one
 * end: an answer, or a NACK that tells of it. Observations, with many answers, count apart. */
#ifndef COAPSPEC_TESTS_REQUEST_ENDS_H_
#define COAPSPEC_TESTS_REQUEST_ENDS_H_

#include <coap3/coap.h>

typedef struct request_ends_t {
  unsigned int asked;
  unsigned int refused; /* by coap_send() */
  unsigned int answered;
  unsigned int told; /* NACKs */
  unsigned int observed;
  unsigned int notified;
} request_ends_t;
extern request_ends_t request_ends;

/* Every count is 0 again; the handlers of a client count from now on. */
void request_ends_reset(void);
void request_ends_watch(coap_context_t *client);

/* coap_send() of a request, counted. */
void request_ends_send(coap_session_t *session, coap_pdu_t *request);

#endif /* COAPSPEC_TESTS_REQUEST_ENDS_H_ */
