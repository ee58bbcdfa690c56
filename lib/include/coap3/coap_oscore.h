/* coap_oscore.h -- OSCORE, RFC 8613: messages protected end to end (coap_oscore(3)). */
#ifndef COAP_OSCORE_H_
#define COAP_OSCORE_H_

#include <coap3/coap_address.h>
#include <coap3/coap_dtls.h>
#include <coap3/coap_forward_decls.h>
#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>

COAP_BEGIN_DECLS

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

COAP_END_DECLS

#endif /* COAP_OSCORE_H_ */
