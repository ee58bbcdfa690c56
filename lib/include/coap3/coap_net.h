/* coap_net.h -- coap_context(3), coap_handler(3), sending. */
#ifndef COAP_NET_H_
#define COAP_NET_H_

#include <coap3/coap_address.h>
#include <coap3/coap_dtls.h>
#include <coap3/coap_pdu.h>
#include <coap3/coap_time.h>

COAP_BEGIN_DECLS

/* Why a request came to nothing. */
typedef enum coap_nack_reason_t {
  COAP_NACK_TOO_MANY_RETRIES,
  COAP_NACK_NOT_DELIVERABLE,
  COAP_NACK_RST,
  COAP_NACK_TLS_FAILED,
  COAP_NACK_ICMP_ISSUE,
  COAP_NACK_BAD_RESPONSE,
  COAP_NACK_TLS_LAYER_FAILED,
  COAP_NACK_WS_LAYER_FAILED,
  COAP_NACK_WS_FAILED
} coap_nack_reason_t;

/* What a response handler thinks of a response: FAIL has it rejected with a Reset. */
typedef enum coap_response_t { COAP_RESPONSE_FAIL, COAP_RESPONSE_OK } coap_response_t;

/* All PDUs given to handlers are borrowed for the call. `sent` is the request, or NULL when it is
 * not known any more. */
typedef coap_response_t (*coap_response_handler_t)(coap_session_t *session, const coap_pdu_t *sent,
                                                   const coap_pdu_t *received,
                                                   const coap_mid_t mid);
typedef void (*coap_nack_handler_t)(coap_session_t *session, const coap_pdu_t *sent,
                                    const coap_nack_reason_t reason, const coap_mid_t mid);
typedef void (*coap_ping_handler_t)(coap_session_t *session, const coap_pdu_t *received,
                                    const coap_mid_t mid);
typedef void (*coap_pong_handler_t)(coap_session_t *session, const coap_pdu_t *received,
                                    const coap_mid_t mid);

/* NULL removes a handler. */
void coap_register_response_handler(coap_context_t *context, coap_response_handler_t handler);
void coap_register_nack_handler(coap_context_t *context, coap_nack_handler_t handler);
void coap_register_ping_handler(coap_context_t *context, coap_ping_handler_t handler);
void coap_register_pong_handler(coap_context_t *context, coap_pong_handler_t handler);

/* Makes an option number known, so that messages carrying it as a critical one are not rejected. */
void coap_register_option(coap_context_t *context, uint16_t type);

/* Prepares and tidies up the library as a whole; once each. */
void coap_startup(void);
void coap_cleanup(void);

/* A context, listening on `listen_addr` by UDP unless that is NULL. NULL: no memory, no descriptor,
 * address taken. */
coap_context_t *coap_new_context(const coap_address_t *listen_addr);

/* Frees the context with its endpoints, sessions and resources. NULL is allowed. */
void coap_free_context(coap_context_t *context);

void coap_set_app_data(coap_context_t *context, void *data);
void *coap_get_app_data(const coap_context_t *context);

/* How many idle server sessions are kept; a new peer makes the oldest go. 0: as many as memory
 * bounds allow. */
void coap_context_set_max_idle_sessions(coap_context_t *context, unsigned int max_idle_sessions);
unsigned int coap_context_get_max_idle_sessions(const coap_context_t *context);

/* Seconds after which an idle server session goes; 0 brings the default back. */
void coap_context_set_session_timeout(coap_context_t *context, unsigned int session_timeout);
unsigned int coap_context_get_session_timeout(const coap_context_t *context);

/* How many peers may be in the middle of a (D)TLS handshake at a time; one more makes the one go
 * that has been silent for longest, when that is 2 s or more, and is not heard otherwise. 0 brings
 * the default back. */
#define COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS 100
void coap_context_set_max_handshake_sessions(coap_context_t *context,
                                             unsigned int max_handshake_sessions);
unsigned int coap_context_get_max_handshake_sessions(const coap_context_t *context);

/* Identity hint and keys, or certificates, of a (D)TLS server (RFC 7252 9.1). 1; 0 when a value is
 * out of range or this build has no (D)TLS for it (coap_dtls_psk_is_supported() and its kin). */
int coap_context_set_psk2(coap_context_t *context, coap_dtls_spsk_t *setup_data);
int coap_context_set_pki(coap_context_t *context, const coap_dtls_pki_t *setup_data);

/* The certificates, as PEM file or directory of such (either may be NULL), that a peer's
 * certificate may be signed by. As above. */
int coap_context_set_pki_root_cas(coap_context_t *context, const char *ca_file, const char *ca_dir);

/* How long to wait for the peer's CSM on a new connection (RFC 8323 5.3), in seconds or
 * milliseconds; 0 brings the default back. One value: both getters show what either call has set,
 * the one in seconds rounded up. */
#define COAP_DEFAULT_CSM_TIMEOUT    30
#define COAP_DEFAULT_CSM_TIMEOUT_MS (COAP_DEFAULT_CSM_TIMEOUT * 1000)
void coap_context_set_csm_timeout(coap_context_t *context, unsigned int csm_timeout);
unsigned int coap_context_get_csm_timeout(const coap_context_t *context);
void coap_context_set_csm_timeout_ms(coap_context_t *context, unsigned int csm_timeout_ms);
unsigned int coap_context_get_csm_timeout_ms(const coap_context_t *context);

/* Non-zero: connections whose peer sends no CSM are used all the same, as if it had sent an empty
 * one: a server's from the first message on, a client's after the CSM time-out. Off by default,
 * since RFC 8323 3.3 calls that a connection error. Ours, libcoap has no such call. */
void coap_context_set_csm_optional(coap_context_t *context, int optional);

/* Non-zero: endpoints made from now on share their port with those of other processes of the same
 * user that say so, too (SO_REUSEPORT); the system gives each peer to one of them, and always to
 * the same while none comes or goes. Ours, libcoap has no such call. */
void coap_context_set_shared_ports(coap_context_t *context, int shared);

/* Longest message taken on connections opened from now on, and said so in our CSM (RFC 8323 5.3.1):
 * 64 bytes to COAP_DEFAULT_MAX_PDU_RX_SIZE; what is out of that range is brought into it. */
#define COAP_DEFAULT_MAX_PDU_RX_SIZE (8 * 1024 * 1024 + 256)
void coap_context_set_csm_max_message_size(coap_context_t *context, uint32_t csm_max_message_size);
uint32_t coap_context_get_csm_max_message_size(const coap_context_t *context);

/* Client sessions ping after so many seconds without traffic; 0: never. */
void coap_context_set_keepalive(coap_context_t *context, unsigned int seconds);

/* Longest token accepted, 8..65804 (RFC 8974). With 8 longer ones are message format errors, above
 * it a request with a longer one is answered 4.00. 1, or 0 when out of range. */
int coap_context_set_max_token_size(coap_context_t *context, size_t max_token_size);

/* Sends, by the rules of the PDU's type. Takes `pdu` whatever comes of it. The message ID, or
 * COAP_INVALID_MID: not sent, and no handler will be told of it. */
coap_mid_t coap_send(coap_session_t *session, coap_pdu_t *pdu);

/* Acknowledges or rejects `request` with an Empty message. Message ID or COAP_INVALID_MID. */
coap_mid_t coap_send_ack(coap_session_t *session, const coap_pdu_t *request);
coap_mid_t coap_send_message_type(coap_session_t *session, const coap_pdu_t *request,
                                  coap_pdu_type_t type);

/* A response `code` to `request` with its token, the request's options in `opts` and the code's
 * words as diagnostic payload (RFC 7252 5.5.2). coap_new_error_response() gives it, or NULL. */
coap_pdu_t *coap_new_error_response(const coap_pdu_t *request, coap_pdu_code_t code,
                                    coap_opt_filter_t *opts);
coap_mid_t coap_send_error(coap_session_t *session, const coap_pdu_t *request, coap_pdu_code_t code,
                           coap_opt_filter_t *opts);

/* Listens to a group on interface `ifname` (NULL: the system's choice). 0 or -1. */
int coap_join_mcast_group_intf(coap_context_t *context, const char *group_name, const char *ifname);
#define coap_join_mcast_group(context, group_name)                                                 \
  (coap_join_mcast_group_intf((context), (group_name), NULL))

/* Resources answer groups only when their flags say so (COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT). */
void coap_mcast_per_resource(coap_context_t *context);

/* Hop limit of requests to a group. 1 or 0. */
int coap_mcast_set_hops(coap_session_t *session, size_t hops);

COAP_END_DECLS

#endif /* COAP_NET_H_ */
