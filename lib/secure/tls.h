/* tls.h -- (D)TLS as the layers above see it; one of the back ends tls_*.c is linked in.
 *
 * A back end reads no socket: it is given what the peer sent, hands back what the peer is to get,
 * and says when it wants to be asked again. */
#ifndef COAP_SECURE_TLS_H_
#define COAP_SECURE_TLS_H_

#include "secure/tls_psk.h"
#include "secure/tls_setup.h"

#include <coap3/coap.h>

#include <sys/types.h>

/* What a back end can do. */
typedef struct coap_tls_ability_t {
  coap_tls_library_t library;
  uint64_t version; /* of the library at run time, as it counts versions itself */
  uint64_t built_version;
  const char *version_text;
  const char *built_text;
  unsigned int dtls : 1;
  unsigned int tls : 1;
  unsigned int psk : 1;
  unsigned int pki : 1;
  unsigned int pkcs11 : 1;
  unsigned int rpk : 1;
  unsigned int psk_hint : 1; /* servers send one, clients heed it */
  unsigned int tls_1_3 : 1;
  unsigned int resumption : 1;
} coap_tls_ability_t;

const coap_tls_ability_t *coap_tls_ability(void);

/* What the back end makes of a setup (setup->made): keys and certificates loaded. 1, or 0 when it
 * cannot use them, with what is wrong in the log. */
int coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role);
void coap_tls_unprepare(void *made);

typedef struct coap_tls_t coap_tls_t; /* one peer's (D)TLS */

/* The cookies of a DTLS server (RFC 6347 4.2.1): who has shown one back has the address that it
 * sends from. Their secret changes with time; one change later they still count. */
typedef struct coap_tls_cookies_t {
  uint8_t secret[2][16]; /* the one in use, and the one before */
  coap_tick_t since;
  unsigned int count; /* of secrets made so far, at most 2 */
} coap_tls_cookies_t;

/* What a ClientHello with a good cookie leaves for the handshake: its numbers. */
typedef struct coap_tls_hello_t {
  uint64_t record_sequence;
  unsigned int message_sequence;
} coap_tls_hello_t;

typedef enum coap_tls_hello_status_t {
  COAP_TLS_HELLO_IGNORE, /* no ClientHello: nothing is to be said */
  COAP_TLS_HELLO_ANSWER, /* to be answered with the bytes in `answer` */
  COAP_TLS_HELLO_GOOD    /* with a good cookie: the handshake may begin with this datagram */
} coap_tls_hello_status_t;

enum { COAP_TLS_ANSWER_MAX = 128 }; /* of a HelloVerifyRequest */

/* Looks at a datagram from nobody known, keeping nothing; the same for every back end
 * (tls_hello.c). `peer` are the bytes that tell peers apart; `answer` has room for
 * COAP_TLS_ANSWER_MAX bytes, of which never more than has come are used. */
coap_tls_hello_status_t coap_tls_hello(coap_tls_cookies_t *cookies, coap_tick_t now,
                                       const coap_bin_const_t *peer,
                                       const coap_bin_const_t *datagram, uint8_t *answer,
                                       size_t *answer_length, coap_tls_hello_t *hello);

/* What a session's (D)TLS is to be. */
typedef struct coap_tls_side_t {
  coap_dtls_role_t role;
  coap_session_t *session; /* for the application's call-backs */
  /* Bytes (of a datagram transport, one datagram) to the peer. 0 or a negative errno. */
  int (*send)(void *user, const uint8_t *data, size_t length);
  void *user;
  const coap_tls_hello_t *hello; /* DTLS server; else NULL */
  const char *alpn;              /* RFC 7301; NULL: none */
  unsigned int is_datagram : 1;
  unsigned int mtu; /* of datagrams */
  coap_tick_t now;
  /* Of clients; a back end that resumes nothing has no use for them. What an earlier session has
   * handed to keep() (NULL: nothing), and where this one hands what it could be resumed with; NULL:
   * nothing is to be resumed any more. */
  const coap_bin_const_t *past;
  void (*keep)(void *user, const coap_bin_const_t *data);
} coap_tls_side_t;

typedef enum coap_tls_status_t {
  COAP_TLS_DONE,  /* handshake through; data read */
  COAP_TLS_AGAIN, /* more is needed from the peer */
  COAP_TLS_ENDED, /* the peer has closed it */
  COAP_TLS_FAILED /* it cannot go on; why is in the log, the peer has been told */
} coap_tls_status_t;

/* `setup` has been prepared and outlives it. NULL: no memory. */
coap_tls_t *coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side);
void coap_tls_free(coap_tls_t *tls);

/* What has come from the peer: borrowed until coap_tls_forget(). */
void coap_tls_feed(coap_tls_t *tls, const uint8_t *data, size_t length);

/* Gives that back. How much of it nobody has read: 0 once coap_tls_handshake() or coap_tls_read()
 * has said AGAIN, unless there was too much that says nothing. */
size_t coap_tls_forget(coap_tls_t *tls);

/* Goes on with the handshake, as far as that goes; begins it, sends again what is due by `now`, or
 * by the back end's own clock when it insists on that. */
coap_tls_status_t coap_tls_handshake(coap_tls_t *tls, coap_tick_t now);

/* Milliseconds from then until coap_tls_handshake() wants to be called again (DTLS). */
uint32_t coap_tls_timeout(coap_tls_t *tls);

/* The next piece that was protected; of DTLS, one datagram's. Lives until the next call. */
coap_tls_status_t coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data);

/* Protects and sends all of it. 0 or a negative errno. */
int coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length);

/* Tells the peer that nothing more comes (RFC 5246 7.2.1). */
void coap_tls_close(coap_tls_t *tls);

/* The library's own object. */
void *coap_tls_native(const coap_tls_t *tls);

/* The pre-shared key that was agreed on, as far as there is one. */
const coap_tls_psk_t *coap_tls_psk(const coap_tls_t *tls);

#endif /* COAP_SECURE_TLS_H_ */
