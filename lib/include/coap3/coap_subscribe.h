/* coap_subscribe.h -- coap_observe(3): observing resources (RFC 7641). */
#ifndef COAP_SUBSCRIBE_H_
#define COAP_SUBSCRIBE_H_

#include <coap3/coap_address.h>
#include <coap3/coap_io.h>
#include <coap3/coap_pdu.h>
#include <coap3/coap_resource.h>

COAP_BEGIN_DECLS

/* Whether GET (and FETCH) with Observe registers: `mode` 1 or 0. */
void coap_resource_set_get_observable(coap_resource_t *resource, int mode);

/* The resource has changed: its observers will be sent notifications. `query` is not used. 1 when
 * there is an observer, else 0. */
int coap_resource_notify_observers(coap_resource_t *resource, const coap_string_t *query);

/* Ends the observation that the request with `token` began: sends the deregistration (RFC 7641 3.6)
 * as a message of `message_type`. 1, or 0 when there is no such observation. */
int coap_cancel_observe(coap_session_t *session, coap_binary_t *token,
                        coap_pdu_type_t message_type);

/* coap_persist(3): observations that survive a restart of the server. Each call-back returns 1, or
 * 0 when it failed; all arguments are borrowed for the call. */

/* An observation began: `raw_packet` is the request that registered it, as over UDP. `oscore_info`
 * is NULL: protected ones are not kept. */
typedef int (*coap_observe_added_t)(coap_session_t *session, coap_subscription_t *observe_key,
                                    coap_proto_t e_proto, coap_address_t *e_listen_addr,
                                    coap_addr_tuple_t *s_addr_info, coap_bin_const_t *raw_packet,
                                    coap_bin_const_t *oscore_info, void *user_data);

/* It ended. */
typedef int (*coap_observe_deleted_t)(coap_session_t *session, coap_subscription_t *observe_key,
                                      void *user_data);

/* A resource's Observe number, every `save_freq` changes. */
typedef int (*coap_track_observe_value_t)(coap_context_t *context, coap_str_const_t *resource_name,
                                          uint32_t observe_num, void *user_data);

/* A client made a resource by this request, by way of the unknown resource's handler. */
typedef int (*coap_dyn_resource_added_t)(coap_session_t *session, coap_str_const_t *resource_name,
                                         coap_bin_const_t *raw_packet, void *user_data);

/* A resource is deleted. */
typedef int (*coap_resource_deleted_t)(coap_context_t *context, coap_str_const_t *resource_name,
                                       void *user_data);

/* Sets the call-backs, each of which may be NULL. */
void coap_persist_track_funcs(coap_context_t *context, coap_observe_added_t observe_added,
                              coap_observe_deleted_t observe_deleted,
                              coap_track_observe_value_t track_observe_value,
                              coap_dyn_resource_added_t dyn_resource_added,
                              coap_resource_deleted_t resource_deleted, uint32_t save_freq,
                              void *user_data);

/* Brings an observation back, as coap_observe_added_t reported it. NULL: not over UDP, no endpoint
 * at `e_listen_addr`, not a request that observes a resource which is there, a bound reached, out
 * of memory. */
coap_subscription_t *coap_persist_observe_add(coap_context_t *context, coap_proto_t e_proto,
                                              const coap_address_t *e_listen_addr,
                                              const coap_addr_tuple_t *s_addr_info,
                                              const coap_bin_const_t *raw_packet,
                                              const coap_bin_const_t *oscore_info);

/* The number of the resource's next notification is one more. */
void coap_persist_set_observe_num(coap_resource_t *resource, uint32_t observe_num);

/* The library's own keeping, in files of which each may be NULL: resources that clients made,
 * observations, Observe numbers. Reads what is there (endpoints and resources have to be there by
 * then) and replaces a file, as a whole, when what it holds changes. 1; 0: no context, a file that
 * cannot be read, out of memory. */
int coap_persist_startup(coap_context_t *context, const char *dyn_resource_save_file,
                         const char *observe_save_file, const char *obs_cnt_save_file,
                         uint32_t save_freq);

/* Ends all keeping and leaves the files as they are; coap_free_context() does so by itself. */
void coap_persist_stop(coap_context_t *context);

COAP_END_DECLS

#endif /* COAP_SUBSCRIBE_H_ */
