/* outgoing.h -- what a session has sent, or is to send, and still has to follow: CON messages until
 * they are acknowledged, requests until they are answered, delayed messages until they go. */
#ifndef COAP_SESSION_OUTGOING_H_
#define COAP_SESSION_OUTGOING_H_

#include "session/session.h"

typedef enum coap_outgoing_stage_t {
  COAP_OUT_QUEUED,   /* CON waiting for its turn (NSTART, RFC 7252 4.7) */
  COAP_OUT_DELAYED,  /* waiting for its time (leisure, RFC 7252 8.2) */
  COAP_OUT_UNACKED,  /* CON in flight, retransmitted (RFC 7252 4.2) */
  COAP_OUT_AWAITING, /* request without a response yet; nothing is retransmitted */
  COAP_OUT_KEPT      /* answered, kept for more (observation, group request) */
} coap_outgoing_stage_t;

struct coap_outgoing_t {
  coap_session_t *session;
  coap_pdu_t *pdu;    /* owned */
  coap_pdu_t *sealed; /* owned: what goes out instead, NULL when that is `pdu` */
  uint64_t newest;    /* the guard's: rank of the newest response to `sealed`, 0 for none yet */
  coap_timer_t timer;
  coap_outgoing_stage_t stage;
  unsigned int retransmits;
  uint32_t timeout_ms;         /* initial time-out, doubled for each retransmission */
  unsigned int is_request : 1; /* a response is expected */
  unsigned int is_ping : 1;
  unsigned int keep : 1;     /* stay for further responses */
  unsigned int answered : 1; /* a response has been delivered: its end is no NACK */
  unsigned int acked : 1;    /* the CON was acknowledged, the response comes apart */
  unsigned int fresh : 1;    /* being sent for the first time: no earlier error is its own */
  unsigned int busy : 1;     /* being sent or delivered: ending it only marks it */
  unsigned int sending : 1;  /* busy with being sent */
  unsigned int promised : 1; /* coap_send() has given its ID: how it ends is told */
  unsigned int ended : 1;    /* ended while busy; whoever was busy with it finishes that */
  unsigned int doomed : 1;   /* among those that coap_outgoing_end_all() is about to end */
  int end_reason;
  void *extra; /* the exchange layer's, given back in ops->outgoing_gone */
  coap_outgoing_t *prev, *next;
};

/* Sends `pdu` by the rules of its type, or keeps it until it may be sent. Takes `pdu` whatever
 * comes of it. ACK and RST are remembered as the reply to the message they answer. `delay_ms`
 * holds a NON back (multicast leisure). Returns the message ID or COAP_INVALID_MID: session closed,
 * queue full, no memory, refused by the socket; nothing is reported to the NACK handler then. */
coap_mid_t coap_message_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now,
                             uint32_t delay_ms);

/* Sends a NON whose answer nobody waits for. Takes `pdu`. 1 or 0. No handler is called. */
int coap_message_tell(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);

/* Sends a NON of which no record is kept: what answers a request goes to ops->stray_response, a
 * Reset to ops->reset. As above otherwise. */
coap_mid_t coap_message_send_loose(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);

/* Empty message of `type` (ACK or RST) with `mid`. 1 or 0. */
int coap_message_send_empty(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid);

/* Empty CON (RFC 7252 4.3 "ping"); its Reset is the pong. Message ID or COAP_INVALID_MID. */
coap_mid_t coap_message_ping(coap_session_t *session, coap_tick_t now);

/* The record that holds `pdu`, or NULL. */
coap_outgoing_t *coap_outgoing_by_pdu(const coap_session_t *session, const coap_pdu_t *pdu);

coap_outgoing_t *coap_outgoing_by_mid(const coap_session_t *session, coap_mid_t mid);

/* The first record that still takes responses to `token`. */
coap_outgoing_t *coap_outgoing_by_token(const coap_session_t *session,
                                        const coap_bin_const_t *token);

/* Ends a record: tells the NACK handler unless it was answered or is a ping (reason < 0: nobody is
 * told) and frees it. coap_message_next() lets the next queued CON go. */
void coap_outgoing_end(coap_outgoing_t *out, int reason);

/* Sends queued CONs as far as NSTART allows. */
void coap_message_next(coap_session_t *session, coap_tick_t now);

/* The session of datagrams has become open: lets go what has waited for that. */
void coap_message_start(coap_session_t *session, coap_tick_t now);

/* Ends every record; `reason` as above. With `in_flight_only` those not yet sent and the kept ones
 * stay. */
void coap_outgoing_end_all(coap_session_t *session, int reason, int in_flight_only);

#endif /* COAP_SESSION_OUTGOING_H_ */
