/* tls_peer.h -- the (D)TLS of scripted peers: sessions of a real library on the harness's side, so
 * that handshakes go through and what a program says in plain text gets there protected. One of
 * tls_peer_gnutls.c and tls_peer_none.c is linked. */
#ifndef FUZZ_WORLD_TLS_PEER_H_
#define FUZZ_WORLD_TLS_PEER_H_

#include <stddef.h>
#include <stdint.h>

/* Orders of program_spec.c. */
enum {
  AS_PSK,
  AS_WRONG_KEY,
  AS_STRANGER,
  AS_NO_SUITE,
  AS_CERTIFICATE,
  AS_RAW_KEY,
  AS_COOKIE,
  AS_N
};
enum { TLS_ANY, TLS_12, TLS_13, TLS_N };
enum { ACT_CLOSE, ACT_WARN, ACT_FATAL, ACT_RENEGOTIATE, ACT_REKEY, ACT_FORGET };

struct tls_peer;

struct tls_peer_side {
  int server;
  int datagram;
  const char *alpn; /* RFC 7301; NULL: none */
  uint32_t as;
  uint32_t version;
  uint32_t mtu;  /* 0: the default */
  uint32_t stop; /* after so many pieces sent it says nothing more; 0: never */
  /* To the library. */
  void (*out)(void *user, const uint8_t *data, size_t length);
  /* What the library has protected and this side has opened; NULL: nobody wants it. */
  void (*opened)(void *user, const uint8_t *data, size_t length);
  void *user;
};

enum tls_peer_state { TLS_PEER_SHAKING, TLS_PEER_UP, TLS_PEER_OVER };

/* 1 when there is (D)TLS in this build. */
int tls_peer_exists(void);

/* Randomness and time of the TLS library are the world's from now on, whose run begins. */
void tls_peer_begin_run(uint32_t seed);

/* NULL: there is no (D)TLS here, or the run has had its share. A client's handshake begins with the
 * first step. */
struct tls_peer *tls_peer_new(const struct tls_peer_side *side);
void tls_peer_free(struct tls_peer *p);

/* Begins, or goes on when a time-out is due. */
void tls_peer_step(struct tls_peer *p);
/* ms until it wants that; UINT64_MAX: never. */
uint64_t tls_peer_due_in(struct tls_peer *p);

/* What has come from the library. */
void tls_peer_input(struct tls_peer *p, const uint8_t *data, size_t length);

enum tls_peer_state tls_peer_state(const struct tls_peer *p);

/* Protects and sends. 0 when it cannot. */
int tls_peer_send(struct tls_peer *p, const uint8_t *data, size_t length);

void tls_peer_act(struct tls_peer *p, uint32_t act, uint32_t value);

#endif /* FUZZ_WORLD_TLS_PEER_H_ */
