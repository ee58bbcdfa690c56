/* coap_async.h -- coap_async(3): answering a request later (RFC 7252 5.2.2). */
#ifndef COAP_ASYNC_H_
#define COAP_ASYNC_H_

#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>
#include <coap3/coap_time.h>

COAP_BEGIN_DECLS

/* 1: this build can. */
int coap_async_is_supported(void);

/* From within a request's handler, which then returns without having set a code: a CON is
 * acknowledged at once, and the handler is called with the request again after `delay` ticks, or,
 * for `delay` 0, once coap_async_set_delay() or coap_async_trigger() says so. What it answers then
 * goes out on its own, with the request's token, as CON when that was one; afterwards the entry is
 * gone. Keeps a copy of `request` and a reference of the session. NULL: one with this token is
 * there already, the session holds as many as it may (64), it is closed, out of memory. */
coap_async_t *coap_register_async(coap_session_t *session, const coap_pdu_t *request,
                                  coap_tick_t delay);

/* Calls the handler again when the library works next, or `delay` ticks from now (0: not before it
 * is told so). */
void coap_async_trigger(coap_async_t *async);
void coap_async_set_delay(coap_async_t *async, coap_tick_t delay);

/* The session's entry for a request with that token, or NULL. Within the second call of the handler
 * it is still there. */
coap_async_t *coap_find_async(coap_session_t *session, coap_bin_const_t token);

/* Drops an entry: no answer will be made. Application data is the application's to free. NULL is
 * allowed. */
void coap_free_async(coap_session_t *session, coap_async_t *async);

void coap_async_set_app_data(coap_async_t *async, void *app_data);
void *coap_async_get_app_data(const coap_async_t *async);

COAP_END_DECLS

#endif /* COAP_ASYNC_H_ */
