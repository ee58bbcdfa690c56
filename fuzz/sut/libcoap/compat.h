/* compat.h -- what the world says and libcoap 4.3.1 (Debian 12) has no word for. Included before
 * each file of the harness when that is built for libcoap; what a program asks of it by these names
 * is not done. */
#ifndef FUZZ_SUT_LIBCOAP_COMPAT_H_
#define FUZZ_SUT_LIBCOAP_COMPAT_H_

#include <coap3/coap.h>

/* Names of later versions. */
#define COAP_TOKEN_DEFAULT_MAX 8
#define COAP_BLOCK_TRY_Q_BLOCK 0
#define COAP_PROTO_WS          COAP_PROTO_NONE
#define COAP_PROTO_WSS         COAP_PROTO_NONE
#define COAP_NACK_BAD_RESPONSE COAP_NACK_NOT_DELIVERABLE
#define COAP_LOG_EMERG         LOG_EMERG

/* Parameters of RFC 9177, and others that came later: the value that was set shows, and that is
 * all there is of them. */
#define coap_session_set_default_leisure(session, value)     ((void)(session), (void)(value))
#define coap_session_get_default_leisure(session)            (sut_no_point(session))
#define coap_session_set_probing_rate(session, value)        ((void)(session), (void)(value))
#define coap_session_get_probing_rate(session)               ((void)(session), 0)
#define coap_session_set_max_payloads(session, value)        ((void)(session), (void)(value))
#define coap_session_get_max_payloads(session)               ((void)(session), 0)
#define coap_session_set_non_timeout(session, value)         ((void)(session), (void)(value))
#define coap_session_get_non_timeout(session)                (sut_no_point(session))
#define coap_session_set_non_receive_timeout(session, value) ((void)(session), (void)(value))
#define coap_session_get_non_receive_timeout(session)        (sut_no_point(session))
#define coap_session_set_non_max_retransmit(session, value)  ((void)(session), (void)(value))
#define coap_session_get_non_max_retransmit(session)         ((void)(session), 0)
#define coap_context_set_max_token_size(context, size)       ((void)(context), (void)(size), 0)
#define coap_context_set_csm_timeout_ms(context, ms)                                               \
  coap_context_set_csm_timeout((context), ((ms) + 999) / 1000)

/* The group that a session talks to is its remote address. */
#define coap_session_get_addr_mcast(session)                                                       \
  (coap_is_mcast(coap_session_get_addr_remote(session)) ? coap_session_get_addr_remote(session)    \
                                                        : NULL)

static inline coap_fixed_point_t
sut_no_point(const coap_session_t *session) {
  coap_fixed_point_t none = {0, 0};

  (void)session;
  return none;
}

#endif /* FUZZ_SUT_LIBCOAP_COMPAT_H_ */
