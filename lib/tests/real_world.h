/* real_world.h -- a small server and client on real sockets, through the public API alone. */
#ifndef COAPSPEC_TESTS_REAL_WORLD_H_
#define COAPSPEC_TESTS_REAL_WORLD_H_

#include <coap3/coap.h>

enum { REAL_LARGE = 5000 };

typedef struct real_server_t {
  coap_context_t *context;
  coap_endpoint_t *endpoint;
  coap_address_t address; /* with the port that was free */
  coap_session_t *last_session;
  unsigned int requests;
} real_server_t;

typedef struct real_client_t {
  coap_context_t *context;
  coap_session_t *session;
  unsigned int responses;
  unsigned int nacks;
  int reason;
  coap_pdu_code_t code;
  size_t length;
  int in_order;     /* the large body's bytes are where they belong */
  char payload[64]; /* the beginning, NUL-terminated */
  coap_address_t from;
} real_client_t;

/* With /hello and /large, but nowhere to listen yet; and with no session yet. 1 or 0. */
int real_server_begin(real_server_t *server);
int real_client_begin(real_client_t *client);

/* The same on a free port of `ip`. 1 or 0. */
int real_server_open(real_server_t *server, const char *ip);
void real_server_close(real_server_t *server);

/* The same with a session to there. */
int real_client_open(real_client_t *client, const coap_address_t *peer);
void real_client_close(real_client_t *client);

/* For cmocka: the library, and a server on 127.0.0.1 with its client. */
extern real_server_t real_server;
extern real_client_t real_client;
int real_pair_setup(void **state);
int real_pair_teardown(void **state);
#define REAL_PAIR_TEST(name)                                                                       \
  cmocka_unit_test_setup_teardown(name, real_pair_setup, real_pair_teardown)

/* Sends a GET for /hello or another path; the message ID. */
coap_mid_t real_request(real_client_t *client, coap_pdu_type_t type);
coap_mid_t real_request_path(real_client_t *client, coap_pdu_type_t type, const char *path);

/* The port that the system chose. */
uint16_t real_endpoint_port(const coap_endpoint_t *endpoint);

uint64_t real_now_ms(void);
int real_lo_index(void);
int real_open_descriptors(void);

#endif /* COAPSPEC_TESTS_REAL_WORLD_H_ */
