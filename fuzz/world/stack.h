/* stack.h -- what a stack does in its own way, and the world and its oracles have to respect. All
 * that follows the name is 0 for a stack that does as ours does, but for ends_held_sessions. */
#ifndef FUZZ_WORLD_STACK_H_
#define FUZZ_WORLD_STACK_H_

struct world_stack {
  const char *name;
  /* Words of what oracles say to faults of it that are known and frequent, up to NULL; NULL: none.
   */
  const char *const *known;

  /* Sessions (coap_session(3) leaves these open).
   */
  /* An endpoint or a context may be freed while the program refers to sessions of it. */
  int ends_held_sessions;
  /* A server's new connection is told as COAP_EVENT_TCP_CONNECTED before it is told as a session.
   */
  int connects_before_new;
  /* What is queued or observed refers to a client's session too: when the program has given its
   * last reference back, handlers may still hear of it, and what it has sent is repeated. */
  int keeps_released_sessions;
  /* Known faults, so that others show: a client's session with a group is one with whoever answers
   * it first, from then on; a connection whose peer has sent no CSM stays, with what
   * waits for that, also where it is made to a client. */
  int follows_responders;
  int waits_for_csm;
  /* Programs with proto=ws and wss say nothing of it, and are not run. */
  int has_no_websockets;
  /* It asserts that csm-max-message-size is no less. */
  unsigned int least_csm_size;
  /* Its intervals overflow with a larger MAX_RETRANSMIT: no session is given one. 0: any. */
  unsigned int most_retransmissions;

  /* What RFC 7252 lets a stack choose.
   */
  /* 4.2: after an ICMP error it goes on with what it has told to be lost. */
  int goes_on_after_icmp;
  /* 4.2: it asks its timers before its sockets: a copy may go out in the very millisecond in which
   * the first one's acknowledgement arrives. */
  int timers_first;
  /* 4.2, 5.3.2: an acknowledgement with a request's message ID and another token is rejected, and
   * the request is not repeated all the same. */
  int acknowledged_by_id;
  /* 4.2, 5.4.1: an acknowledgement is rejected, that is, ignored, for a critical option; a known
   * fault: for an elective one of a wrong length, too (5.4.3). */
  int rejects_acknowledgements;
  /* 4.8: what waits for its turn while the parameters change has its time-out from before. */
  int draws_timeout_early;
  /* 4.2: it reckons seconds and ACK_RANDOM_FACTOR in so many parts, 0: in thousandths. */
  unsigned int parts_of_a_second;
  /* 4.5: a repeated request that is idempotent is answered anew. */
  int repeats_idempotent;
  /* 8.1 has no word on a Confirmable message to a group, which must not be: it may be answered. */
  int answers_confirmable_groups;
  /* It reads a datagram at a time: those that came in one moment are answered in several. */
  int reads_one;
};

/* Ours: world/stack_ours.c; of others: oracles.c in their folders of fuzz/sut/. */
extern const struct world_stack world_stack;

#endif /* FUZZ_WORLD_STACK_H_ */
