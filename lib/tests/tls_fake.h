/* tls_fake.h -- a back end for tests of the session layer: it protects nothing and does as told. */
#ifndef COAPSPEC_TESTS_TLS_FAKE_H_
#define COAPSPEC_TESTS_TLS_FAKE_H_

#include "secure/tls.h"

typedef struct tls_fake_t {
  coap_tls_status_t handshake; /* what coap_tls_handshake() gives */
  coap_tls_status_t read_end;  /* what coap_tls_read() gives when all has been read */
  uint32_t timeout;
  size_t left;             /* of what has come, what nobody reads */
  int lent;                /* something has come that has not been given back */
  unsigned int handshakes; /* calls */
  unsigned int writes;
  unsigned int closes;
  unsigned int live;                             /* coap_tls_t that are not freed */
  void (*on_handshake)(coap_session_t *session); /* as the application's call-backs are called */
} tls_fake_t;

extern tls_fake_t tls_fake;

/* Every handshake waits for more, nothing can be read. */
void tls_fake_reset(void);

#endif /* COAPSPEC_TESTS_TLS_FAKE_H_ */
