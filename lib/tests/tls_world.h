/* tls_world.h -- both sides of (D)TLS in the simulated world: a server with DTLS, TLS and secure
 * WebSocket endpoints, a client, and the wires between them. */
#ifndef COAPSPEC_TESTS_TLS_WORLD_H_
#define COAPSPEC_TESTS_TLS_WORLD_H_

#include "sim_world.h"

enum { TLS_PORT = 5684, TLS_WS_PORT = 8443 };

extern coap_context_t *tls_server;
extern coap_context_t *tls_client;

/* The (D)TLS library tells the time of the simulation from now on. The server has no keys and no
 * secure endpoints yet. */
int tls_setup(void **state);
int tls_teardown(void **state);

/* The endpoints; keys have to be set before. */
void tls_listen(void);

coap_address_t tls_address(coap_proto_t proto);

/* A server's key "secret" for everybody, with the hint "hint". */
coap_dtls_spsk_t tls_server_psk(void);
void tls_serve_psk(void);

/* Client "me" with that key, or another one. */
coap_dtls_cpsk_t tls_client_psk(const char *key);
coap_session_t *tls_connect_psk(coap_proto_t proto, const char *key);

/* The server's session that was opened last. */
coap_session_t *tls_server_session(void);

/* Everything that is under way arrives, no time passes. */
void tls_settle(void);
void tls_run(uint64_t ms);

/* GET /r by `session`, and its answer. */
void tls_ask(coap_session_t *session);

/* A session that asks, is closed, and asks again, for which it opens anew. */
void tls_live_twice(coap_proto_t proto);

/* Datagrams and bytes of connections sent so far, by the client and by the server. */
size_t tls_bytes_of_client(void);
size_t tls_bytes_of_server(void);

/* Forgets what was sent, and connections of before. */
void tls_forget(void);

/* The byte of connections that comes after so many more, by whichever side, is sent as another one;
 * 0: all are as they were. */
extern size_t tls_flip_after;

/* 1 when `text` has been seen in the bytes of connections or in datagrams. */
int tls_was_seen(const char *text);

/* Asserts that an identity, a hint or a key is this. */
void tls_is_text(const coap_bin_const_t *value, const char *text);

#endif /* COAPSPEC_TESTS_TLS_WORLD_H_ */
