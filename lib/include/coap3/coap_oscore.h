/* coap_oscore.h -- OSCORE, RFC 8613: messages protected end to end (coap_oscore(3)). */
#ifndef COAP_OSCORE_H_
#define COAP_OSCORE_H_

#include <coap3/coap_address.h>
#include <coap3/coap_dtls.h>
#include <coap3/coap_forward_decls.h>
#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>

COAP_BEGIN_DECLS

/* Keys of (D)TLS sessions. */
typedef struct coap_dtls_cpsk_t coap_dtls_cpsk_t;
typedef struct coap_dtls_pki_t coap_dtls_pki_t;

/* What a security context is made from; opaque. */
typedef struct coap_oscore_conf_t coap_oscore_conf_t;

/* Puts `sender_seq_num` where it outlasts the program: the Sender Sequence Number to begin with
 * after a restart. Called before a message that needs it is sent; 1, or 0 when it could not be
 * saved, and then that message is not sent (RFC 8613 B.1.1). */
typedef int (*coap_oscore_save_seq_num_t)(uint64_t sender_seq_num, void *param);

/* Reads a configuration: lines "keyword,encoding,value", '#' starts a comment line. Keywords
 * (coap-oscore-conf(5)): master_secret, master_salt, id_context, sender_id, recipient_id (hex or
 * ascii; recipient_id any number of times), replay_window, ssn_freq, aead_alg, hkdf_alg (integer;
 * the last two text too), rfc8613_b_1_2, rfc8613_b_2, break_sender_key, break_recipient_key (bool).
 * RFC 8613 B.2 is not here: rfc8613_b_2,bool,true is an error.
 *
 * `conf_mem` is only read; `save_seq_num_func` (NULL: nothing is saved) is called every ssn_freq
 * messages; `start_seq_num` is what it saved last, or 0. NULL when out of memory or at the first
 * error, which is logged with its line number. The result is the caller's until given away. */
coap_oscore_conf_t *coap_new_oscore_conf(coap_str_const_t conf_mem,
                                         coap_oscore_save_seq_num_t save_seq_num_func,
                                         void *save_seq_num_func_param, uint64_t start_seq_num);

/* Frees a configuration that has not been given away; its secrets are wiped. 1, or 0 for NULL. */
int coap_delete_oscore_conf(coap_oscore_conf_t *oscore_conf);

/* A security context for requests that come in, beside those there already; to be called before
 * requests come. Unprotected requests are answered unprotected still, but for resources with
 * COAP_RESOURCE_FLAGS_OSCORE_ONLY. Takes `oscore_conf` whatever comes of it. 1, or 0: no
 * configuration, an ID too long for the AEAD, no memory. */
int coap_context_oscore_server(coap_context_t *context, coap_oscore_conf_t *oscore_conf);

/* Adds a peer to the first context that coap_context_oscore_server() was given, or takes one away:
 * requests from it are refused then. The ID is copied. 1, or 0: no such context, too long or known
 * (unknown) ID, no memory. */
int coap_new_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id);
int coap_delete_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id);

/* A client session whose requests are protected (RFC 8613 8.1) by a context of its own, towards the
 * first recipient_id. Responses that do not verify are dropped; of unprotected ones only errors
 * (4.xx, 5.xx) are taken. Requests with a Proxy-Uri option are not sent, bodies not by Q-Block. No
 * two sessions may use the same Sender ID and master secret, now or after a restart, but for the
 * sequence number being saved. Takes `oscore_conf` whatever comes of it; NULL: as
 * coap_new_client_session(), no recipient_id, or a group address. */
coap_session_t *coap_new_client_session_oscore(coap_context_t *context,
                                               const coap_address_t *local_if,
                                               const coap_address_t *server, coap_proto_t proto,
                                               coap_oscore_conf_t *oscore_conf);

/* The same over (D)TLS, which is not built in: NULL. */
coap_session_t *coap_new_client_session_oscore_psk(coap_context_t *context,
                                                   const coap_address_t *local_if,
                                                   const coap_address_t *server, coap_proto_t proto,
                                                   coap_dtls_cpsk_t *psk_data,
                                                   coap_oscore_conf_t *oscore_conf);
coap_session_t *coap_new_client_session_oscore_pki(coap_context_t *context,
                                                   const coap_address_t *local_if,
                                                   const coap_address_t *server, coap_proto_t proto,
                                                   coap_dtls_pki_t *pki_data,
                                                   coap_oscore_conf_t *oscore_conf);

COAP_END_DECLS

#endif /* COAP_OSCORE_H_ */
