/* body_world.h -- a client and a server of ours that pass each other bodies over a lossy network.
 */
#ifndef COAPSPEC_TESTS_BODY_WORLD_H_
#define COAPSPEC_TESTS_BODY_WORLD_H_

#include "lossy_net.h"
#include "test.h"

enum { BODY_LARGEST = 16 * 1024 * 1024 };

extern coap_context_t *bw_client;
extern coap_context_t *bw_server;
extern coap_session_t *bw_session;

/* What came of the last transfer. */
typedef struct bw_told_t {
  unsigned int ended; /* responses and NACKs */
  unsigned int nacks;
  coap_nack_reason_t reason;
  coap_pdu_code_t code;
  unsigned int puts; /* calls of the server's handlers */
  unsigned int gets;
  unsigned int released; /* bodies given back, by client and server */
  unsigned int lent;     /* and handed over */
  int put_is_same;       /* the server was given what was sent, whole */
  int got_is_same;       /* the client likewise */
} bw_told_t;
extern bw_told_t bw_told;

/* The world with block mode `mode` on both sides and of 1000 datagrams `loss` lost. /big takes and
 * gives the first bw_size bytes of the same random body. */
void bw_setup(uint32_t mode, uint64_t seed, unsigned int loss);
extern size_t bw_size;

/* The same without the network, over any transport. */
void bw_setup_over(coap_proto_t proto, uint32_t mode);
const uint8_t *bw_body(void);

/* For cmocka: nothing is left, every body has been given back. */
int bw_teardown(void **state);

/* Begins a transfer: PUT or GET as `type` CON or NON. */
void bw_put(coap_pdu_type_t type);
void bw_get(coap_pdu_type_t type);

/* The largest body there is, and no more memory than for it and a half. */
void bw_put_largest(coap_pdu_type_t type);
void bw_get_largest(coap_pdu_type_t type);

/* From its beginning to its end; fails unless the body arrived as it was, within an hour. */
void bw_put_whole(coap_pdu_type_t type);
void bw_get_whole(coap_pdu_type_t type);

/* Bodies of all the lengths next to which there is a block or a set more: each down, and up those
 * of at least `put_min` bytes. */
void bw_every_size(coap_pdu_type_t type, size_t put_min);

/* Fails unless it has arrived. */
void bw_check(void);

/* Most memory used since the world began. */
size_t bw_peak(void);

#endif /* COAPSPEC_TESTS_BODY_WORLD_H_ */
