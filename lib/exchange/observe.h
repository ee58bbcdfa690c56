/* observe.h -- clients that observe our resources (RFC 7641). */
#ifndef COAP_EXCHANGE_OBSERVE_H_
#define COAP_EXCHANGE_OBSERVE_H_

#include "exchange/incoming.h"

/* One entry of a resource's list of observers. Holds a reference of its session. */
typedef struct coap_observer_t {
  coap_resource_t *resource;
  coap_session_t *session;
  coap_pdu_t *request;  /* the registration, put to the handler again for each notification */
  coap_outgoing_t *out; /* CON notification in flight; its record points back here */
  coap_mid_t last_mid;  /* of the last NON notification, COAP_INVALID_MID for none */
  unsigned int is_due : 1;
  unsigned int non_count; /* NON notifications since the last CON */
  coap_tick_t last_con;
  struct coap_observer_t *prev, *next;                 /* resource->observers */
  struct coap_observer_t *session_prev, *session_next; /* the session's */
} coap_observer_t;

void coap_observe_resource_init(coap_resource_t *resource);

/* The resource is out of the table: its observers get a 4.04 and are forgotten (4.2). */
void coap_observe_resource_gone(coap_resource_t *resource, coap_tick_t now);

/* 1 when the request is one to register; one to deregister is seen to here (4.1). */
int coap_observe_is_wanted(const coap_incoming_t *in);

/* Adds the Observe option with the resource's current number. 1 or 0. */
int coap_observe_add_option(const coap_resource_t *resource, coap_pdu_t *pdu);

/* The entry that is known by endpoint and token (RFC 7641 4.1), or NULL. */
coap_observer_t *coap_observe_find(const coap_resource_t *resource, const coap_session_t *session,
                                   const coap_pdu_t *request);

/* Adds or renews the entry of the request's client. 1; 0 when it cannot be: no memory, a bound
 * reached, session or resource gone. */
int coap_observe_register(const coap_incoming_t *in);

/* Which record is of a notification that is under way to the observer; NULL: none is. */
void coap_observe_tie(coap_observer_t *observer, coap_outgoing_t *out);

/* The answer to a registration has been sent. One that was put off is a CON notification like
 * others: what is newer waits until it is settled (4.4, 4.5). `response` may be freed: its address
 * counts. */
void coap_observe_answered(const coap_incoming_t *in, const coap_pdu_t *response);

/* The resource changed: notifications will go out from the context's timers. 1 when there is an
 * observer. */
int coap_observe_notify(coap_resource_t *resource, coap_tick_t now);

/* Sends what is due (resource->notify_timer, observe_notify.c). */
void coap_observe_timer_fire(coap_timer_t *timer, uint64_t now);

/* Ends an observation, and with it the notification of it that still waits to be sent, and what a
 * registration that is put off asks for. */
void coap_observe_leave(coap_observer_t *observer);

/* Takes the entry out of both lists and frees it. */
void coap_observe_remove(coap_observer_t *observer);

/* A CON notification was rejected or never acknowledged; its record has ended; a NON one was
 * rejected. (4.5) */
void coap_observe_failed(coap_outgoing_t *out);
void coap_observe_settled(coap_outgoing_t *out);
void coap_observe_reset(coap_session_t *session, coap_mid_t mid);

void coap_observe_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_OBSERVE_H_ */
