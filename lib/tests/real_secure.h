/* real_secure.h -- what a secure server and client on real sockets begin with: real_server and
 * real_client, keys, and somewhere to listen. Every call fails the test that it cannot do its work
 * for. */
#ifndef COAPSPEC_TESTS_REAL_SECURE_H_
#define COAPSPEC_TESTS_REAL_SECURE_H_

#include "real_world.h"

/* Sessions of the server, since its beginning. */
typedef struct real_sessions_t {
  unsigned int opened;
  unsigned int closed;
} real_sessions_t;
extern real_sessions_t real_sessions;

/* For cmocka: both sides, without keys, an endpoint or a session. */
int real_secure_setup(void **state);
int real_secure_teardown(void **state);

/* The server's side of real_connect_psk(); without a hint when that is NULL. */
void real_serve_psk(const char *hint);

/* Where the server listens: on 127.0.0.1, and a port that the system has chosen. */
coap_address_t real_listen(coap_proto_t proto);

/* A new session of the client. */
coap_session_t *real_connect_psk(coap_proto_t proto, const coap_address_t *at);

/* Sends a GET for /hello through that session. */
void real_ask(coap_session_t *session);

/* Each side does what there is to do now. */
void real_turn(void);

#endif /* COAPSPEC_TESTS_REAL_SECURE_H_ */
