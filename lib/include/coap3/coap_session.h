/* coap_session.h -- coap_session(3), coap_endpoint_client(3), coap_endpoint_server(3) and
 * coap_recovery(3). A NULL session gives the error value, never a crash. */
#ifndef COAP_SESSION_H_
#define COAP_SESSION_H_

#include <coap3/coap_address.h>
#include <coap3/coap_dtls.h>
#include <coap3/coap_net.h>
#include <coap3/coap_pdu.h>

COAP_BEGIN_DECLS

/* Idle server sessions are freed after this many seconds. */
#define COAP_DEFAULT_SESSION_TIMEOUT 300

typedef enum coap_session_type_t {
  COAP_SESSION_TYPE_NONE = 0,
  COAP_SESSION_TYPE_CLIENT, /* opened by this side, or turned by coap_session_set_type_client() */
  COAP_SESSION_TYPE_SERVER, /* opened by the peer */
  COAP_SESSION_TYPE_HELLO   /* (D)TLS handshake of a peer not yet known to be there */
} coap_session_type_t;

typedef enum coap_session_state_t {
  COAP_SESSION_STATE_NONE = 0,
  COAP_SESSION_STATE_CONNECTING,
  COAP_SESSION_STATE_HANDSHAKE,
  COAP_SESSION_STATE_CSM,
  COAP_SESSION_STATE_ESTABLISHED
} coap_session_state_t;

/* A non-negative number in thousandths: {2, 500} is 2.5. */
typedef struct coap_fixed_point_t {
  uint16_t integer_part;
  uint16_t fractional_part; /* 0..999 */
} coap_fixed_point_t;

/* Takes a reference: the library keeps the session until as many coap_session_release(). Gives
 * `session`. */
coap_session_t *coap_session_reference(coap_session_t *session);

/* Gives a reference back. The last one frees a client session (requests without an answer reach
 * the NACK handler) and puts a server session into the idle pool. */
void coap_session_release(coap_session_t *session);

/* Ends all traffic of the session: each outstanding request reaches the NACK handler once, with
 * `reason`. */
void coap_session_disconnected(coap_session_t *session, coap_nack_reason_t reason);

/* Turns a server session into a client one with one reference more (call-home). 1, or 0 when it is
 * not a server session or memory is short. */
int coap_session_set_type_client(coap_session_t *session);

void coap_session_set_app_data(coap_session_t *session, void *data);
void *coap_session_get_app_data(const coap_session_t *session);

/* Borrowed from the session. The remote address of a session opened towards a group is the one that
 * answered last, until the next coap_send(); the group itself is coap_session_get_addr_mcast(),
 * NULL for other sessions. */
const coap_address_t *coap_session_get_addr_local(const coap_session_t *session);
const coap_address_t *coap_session_get_addr_mcast(const coap_session_t *session);
const coap_address_t *coap_session_get_addr_remote(const coap_session_t *session);

coap_context_t *coap_session_get_context(const coap_session_t *session);

/* The interface the last message came in on; -1 on error. */
int coap_session_get_ifindex(const coap_session_t *session);

coap_proto_t coap_session_get_proto(const coap_session_t *session);
coap_session_state_t coap_session_get_state(const coap_session_t *session);
coap_session_type_t coap_session_get_type(const coap_session_t *session);

/* The TLS library's object, its kind in *tls_lib (may be NULL); NULL when there is none. */
void *coap_session_get_tls(const coap_session_t *session, coap_tls_library_t *tls_lib);

/* Pre-shared key hint (server), identity (client) and key in use; NULL when there is none. */
const coap_bin_const_t *coap_session_get_psk_hint(const coap_session_t *session);
const coap_bin_const_t *coap_session_get_psk_identity(const coap_session_t *session);
const coap_bin_const_t *coap_session_get_psk_key(const coap_session_t *session);

/* The session with that remote address on that interface, or NULL. */
coap_session_t *coap_session_get_by_peer(const coap_context_t *context,
                                         const coap_address_t *remote_addr, int ifindex);

/* A client session to `server` from `local_if` (NULL: the system's choice), with one reference.
 * NULL: no such protocol in this build, no socket, no memory. Port 0 means the protocol's own. A
 * connection is opened without waiting: what is sent before the peer's CSM waits for it; the event
 * handler hears how it went. A connection that has ended is opened again by coap_send(). */
coap_session_t *coap_new_client_session(coap_context_t *context, const coap_address_t *local_if,
                                        const coap_address_t *server, coap_proto_t proto);

/* As above over (D)TLS with a pre-shared key or certificates; `setup_data` is copied, what it
 * points at is borrowed for the call only. NULL also when this build has no such (D)TLS. */
coap_session_t *coap_new_client_session_psk2(coap_context_t *context,
                                             const coap_address_t *local_if,
                                             const coap_address_t *server, coap_proto_t proto,
                                             coap_dtls_cpsk_t *setup_data);
coap_session_t *coap_new_client_session_pki(coap_context_t *context, const coap_address_t *local_if,
                                            const coap_address_t *server, coap_proto_t proto,
                                            coap_dtls_pki_t *setup_data);

/* The last coap_session_release() of a client session deregisters what it observes (RFC 7641 3.6)
 * when the library sees to blocks (COAP_BLOCK_USE_LIBCOAP); not after this call. */
void coap_session_set_no_observe_cancel(coap_session_t *session);

/* Largest datagram to send; bounded to 64..65507. Connections have their peer's Max-Message-Size
 * (RFC 8323 5.3.1): nothing comes of it there. */
void coap_session_set_mtu(coap_session_t *session, unsigned mtu);

/* Room for token, options and payload in one message; for a `size` of coap_pdu_init(). */
size_t coap_session_max_pdu_size(const coap_session_t *session);

/* Starts listening. NULL: no such protocol in this build, the address is taken (errno says why), no
 * memory. Freed by coap_free_endpoint() or with the context. */
coap_endpoint_t *coap_new_endpoint(coap_context_t *context, const coap_address_t *listen_addr,
                                   coap_proto_t proto);

/* Closes it and frees its sessions. */
void coap_free_endpoint(coap_endpoint_t *ep);

/* MTU of the sessions that come in from now on. */
void coap_endpoint_set_default_mtu(coap_endpoint_t *endpoint, unsigned mtu);

/* A message ID not used before in this session, as far as 16 bits go (RFC 7252 4.4). */
uint16_t coap_new_message_id(coap_session_t *session);

/* The next coap_session_new_token() gives `token` (of it, at most 8 bytes). */
void coap_session_init_token(coap_session_t *session, size_t length, const uint8_t *token);

/* A token not used before: *length bytes (at most 8, 0 without memory) at `token`. */
void coap_session_new_token(coap_session_t *session, size_t *length, uint8_t *token);

/* Sends an Empty CON (RFC 7252 4.3), or Ping on a connection (RFC 8323 5.4); the pong handler is
 * told of the answer. Message ID or COAP_INVALID_MID. */
coap_mid_t coap_session_send_ping(coap_session_t *session);

/* coap_recovery(3): transmission parameters, RFC 7252 4.8 and RFC 9177 7.2. Values outside of what
 * the RFC allows leave the old one. */
#define COAP_DEFAULT_ACK_TIMEOUT         ((coap_fixed_point_t){2, 0})
#define COAP_DEFAULT_ACK_RANDOM_FACTOR   ((coap_fixed_point_t){1, 500})
#define COAP_DEFAULT_MAX_RETRANSMIT      4
#define COAP_DEFAULT_NSTART              1
#define COAP_DEFAULT_DEFAULT_LEISURE     ((coap_fixed_point_t){5, 0})
#define COAP_DEFAULT_PROBING_RATE        1
#define COAP_DEFAULT_MAX_PAYLOADS        10
#define COAP_DEFAULT_NON_MAX_RETRANSMIT  4
#define COAP_DEFAULT_NON_TIMEOUT         ((coap_fixed_point_t){2, 0})
#define COAP_DEFAULT_NON_RECEIVE_TIMEOUT ((coap_fixed_point_t){4, 0})

void coap_session_set_ack_random_factor(coap_session_t *session, coap_fixed_point_t value);
coap_fixed_point_t coap_session_get_ack_random_factor(const coap_session_t *session);
void coap_session_set_ack_timeout(coap_session_t *session, coap_fixed_point_t value);
coap_fixed_point_t coap_session_get_ack_timeout(const coap_session_t *session);
void coap_session_set_default_leisure(coap_session_t *session, coap_fixed_point_t value);
coap_fixed_point_t coap_session_get_default_leisure(const coap_session_t *session);
void coap_session_set_max_payloads(coap_session_t *session, uint16_t value);
uint16_t coap_session_get_max_payloads(const coap_session_t *session);
void coap_session_set_max_retransmit(coap_session_t *session, uint16_t value);
uint16_t coap_session_get_max_retransmit(const coap_session_t *session);
void coap_session_set_non_max_retransmit(coap_session_t *session, uint16_t value);
uint16_t coap_session_get_non_max_retransmit(const coap_session_t *session);
void coap_session_set_non_receive_timeout(coap_session_t *session, coap_fixed_point_t value);
coap_fixed_point_t coap_session_get_non_receive_timeout(const coap_session_t *session);
void coap_session_set_non_timeout(coap_session_t *session, coap_fixed_point_t value);
coap_fixed_point_t coap_session_get_non_timeout(const coap_session_t *session);
void coap_session_set_nstart(coap_session_t *session, uint16_t value);
uint16_t coap_session_get_nstart(const coap_session_t *session);
void coap_session_set_probing_rate(coap_session_t *session, uint32_t value);
uint32_t coap_session_get_probing_rate(const coap_session_t *session);

COAP_END_DECLS

#endif /* COAP_SESSION_H_ */
