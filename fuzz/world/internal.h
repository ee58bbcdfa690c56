/* internal.h -- the parts of the world, for its own files. */
#ifndef FUZZ_WORLD_INTERNAL_H_
#define FUZZ_WORLD_INTERNAL_H_

#include "oracle/oracle.h"
#include "world/place.h"
#include "world/program.h"
#include "world/trace.h"

#include <coap3/coap.h>

#define WORLD_SLOTS     8U   /* sessions that a program can name */
#define WORLD_SESSIONS  250U /* sessions followed in one run */
#define WORLD_DEFERRED  8U
#define WORLD_ASYNCS    8U
#define WORLD_RESOURCES 8U
#define WORLD_FLIGHTS   32U /* datagrams held back */
#define WORLD_RECENT    4U
#define WORLD_FLOWS     128U
#define WORLD_DATAGRAM  4096U

enum { WORLD_SERVER, WORLD_CLIENT, WORLD_CONTEXTS };

enum { SETTING_KEYS = 100 }; /* as OBS_SETTING has it, far from those of program_spec.c */

/* What the library has sent from one place to another, newest first: a peer's messages refer to
 * it. */
struct world_flow {
  uint64_t local, remote;
  uint16_t mids[WORLD_RECENT];
  uint8_t tokens[WORLD_RECENT][8];
  uint8_t token_lengths[WORLD_RECENT];
  uint8_t own[16]; /* the token that the peer itself used last */
  uint8_t own_length;
  uint16_t next_mid; /* of the peer */
};

struct world_session {
  coap_session_t *session;
  unsigned int id;
  int context;
  int client;   /* type CLIENT at present */
  int endpoint; /* that it came by, -1: none */
  int mcast;
  int alive;
  int dying; /* given back; the pointer may only come from the library, or is another's by now: NULL
              */
  long held; /* references of the program's */
  long kept; /* of these, those of deferred answers */
  uint64_t local, remote;
};

struct world_deferred {
  struct world_session *owner;
  uint8_t token[16];
  size_t token_length;
};

struct world_async {
  const struct world_session *owner;
  coap_mid_t mid;
  uint64_t due; /* UINT64_MAX: not before it is told */
  uint8_t token[8];
  size_t token_length;
};

struct world_flight {
  uint64_t due;
  struct place from, to;
  size_t length;
  uint8_t data[WORLD_DATAGRAM];
};

struct world_fault {
  int active;
  uint32_t action;
  uint32_t ms;
  int swapping; /* a datagram is held until the next one has passed */
  struct world_flight held;
};

struct world_reaction {
  uint32_t action; /* 0: none */
  uint32_t slot;
};

struct world {
  const struct program *program;
  struct trace trace;
  unsigned int op;
  uint64_t now;
  int settling;
  int opening;         /* a client session is being made: its handlers may be called already */
  int closing;         /* an endpoint or context is being freed */
  int short_of_memory; /* some request for it has been made to fail */
  int led_elsewhere;   /* a client over a stream has got an Alternative-Address */

  coap_context_t *context[WORLD_CONTEXTS];
  uint32_t due_in[WORLD_CONTEXTS]; /* ms from the last processing, UINT32_MAX: never */
  uint64_t due_from[WORLD_CONTEXTS];
  size_t max_token[WORLD_CONTEXTS]; /* accepted */
  coap_endpoint_t *endpoint[PLACE_ENDPOINTS];
  coap_resource_t *resource[WORLD_RESOURCES];
  unsigned int counter;
  unsigned int lent; /* bodies that the library has */
  uint8_t stored[64];
  size_t stored_length;

  /* From here on reset() empties what it has to. */
  struct world_session sessions[WORLD_SESSIONS];
  unsigned int n_sessions;
  struct world_session *slot[WORLD_SLOTS];
  struct world_deferred deferred[WORLD_DEFERRED];
  unsigned int n_deferred;
  struct world_async async[WORLD_ASYNCS];
  unsigned int n_asyncs;
  int async_next; /* the next request is put off for async_ms */
  uint32_t async_ms;
  struct world_reaction reaction[7]; /* by handler: order of program_spec.c */
  unsigned int depth;                /* of handlers calling the library */

  struct world_flow flows[WORLD_FLOWS];
  unsigned int n_flows;
  struct world_fault fault[2]; /* in, out */
  struct world_flight flights[WORLD_FLIGHTS];
  unsigned int n_flights;
  unsigned int failing_sends;
  int send_error;
  uint32_t keys; /* of client sessions to come: order of program_spec.c */
};

extern struct world world;

/* world.c */
struct obs world_obs(enum obs_kind kind);
struct obs world_session_obs(enum obs_kind kind, const struct world_session *s);
void world_emit(const struct obs *o);
void world_process(void);
void world_advance(uint64_t ms);
/* Within a call for `which`, which waits until then at most: time goes on to what happens next. */
void world_wait(int which, uint64_t until);
void world_close_context(int which);
int world_open_context(int which);

/* world_address.c */
void world_to_address(const struct place *p, coap_address_t *out);
void world_to_place(const coap_address_t *a, struct place *out);
uint64_t world_key(const coap_address_t *a);

/* world_net.c */
void world_net_reset(void);
void world_deliver(const struct place *from, const struct place *to, const uint8_t *data,
                   size_t len);
/* Delivers what is due. */
void world_net_due(void);
uint64_t world_net_next(void);
struct world_flow *world_flow(uint64_t local, uint64_t remote);
/* The token of a request that the library sent, for "token=last". */
void world_flow_remember_token(struct world_flow *f, const struct msg *m);
/* Socket that a program's "to" names, in this world. */
void world_target(uint32_t to, struct place *out, uint64_t *local);

/* To the library, protected where the world is secure. */
void world_deliver_message(const struct place *from, const struct place *to, const uint8_t *data,
                           size_t len);
void world_carry_out(const struct place *from, const struct place *to, const uint8_t *data,
                     size_t len);
void world_saw_in(const struct place *at, const struct place *from, const uint8_t *data,
                  size_t len);
void world_saw_out(const struct place *from, const struct place *to, const uint8_t *data,
                   size_t len, long result);
ssize_t world_send_result(size_t len);

/* world_dtls.c */
void world_dtls_reset(void);
/* A datagram of the library's has reached a peer. */
void world_dtls_arrived(const struct place *peer, const struct place *lib, const uint8_t *data,
                        size_t length);
/* One lies in a socket of the library's. */
void world_dtls_got(const struct place *from, const struct place *to, const uint8_t *data,
                    size_t length);
/* The library sends one. Gives what its socket says. */
ssize_t world_dtls_sends(const struct place *from, const struct place *to, const uint8_t *data,
                         size_t length);
void world_dtls_message(const struct place *peer, const struct place *lib, const uint8_t *data,
                        size_t length);
int world_dtls_pump(void);
int world_dtls_waiting(void);
void world_dtls_due(void);
uint64_t world_dtls_next(void);
void world_dtls_settle(void);
/* 0: the library is the one to begin. */
int world_dtls_handshake(const struct prog_op *op);
void world_dtls_execute(const struct prog_op *op);

/* world_keys.c */
/* The library's server has keys from the beginning. */
void world_keys_open(void);
/* A client session with the keys of the moment. */
coap_session_t *world_keys_connect(const coap_address_t *remote);
void world_keys(uint32_t context, uint32_t are);

/* world_secure.c */
void world_secure_reset(void);
void world_secure_settle(void);
/* 1 when the operation is of secure worlds. */
int world_secure_execute(const struct prog_op *op);

/* world_session.c */
struct world_session *world_session_find(const coap_session_t *session);
struct world_session *world_session_born(coap_session_t *session, int announced, int context);
void world_session_refresh(struct world_session *s);
void world_session_gone(struct world_session *s, enum obs_gone how);
void world_sessions_reap(void);
/* Nothing that may have kept one that was given back is there any more. */
void world_sessions_forget(void);
void world_sessions_snapshot(void);
struct world_session *world_slot(uint32_t index);
void world_reference(struct world_session *s);
void world_release(struct world_session *s);
void world_disconnect(struct world_session *s, uint32_t reason);
void world_set_type_client(struct world_session *s);
void world_open_client(uint32_t slot, uint32_t to);
void world_hold(uint32_t slot, uint32_t peer);
void world_release_all(void);

/* world_server.c */
void world_server_open(void);
void world_endpoint_open(uint32_t index, uint32_t join_group);
void world_endpoint_close(uint32_t index);
void world_resource(uint32_t action, uint32_t index);
/* It is about to go, by other means than world_resource(). */
void world_forget_resource(const coap_resource_t *resource);
void world_respond(uint32_t type, uint32_t code, uint32_t size);
void world_notify(uint32_t index);
void world_drop_deferred(void);
coap_str_const_t world_resource_path(uint32_t index);
/* Observers refer to their sessions for as long as there is something to observe. */
void world_end_observations(void);

/* world_calls.c */
void world_calls_reset(void);
void world_call(const struct prog_op *op);
void world_calls_end(void);
/* Lets the library of a context work, in the way that the program has chosen. */
void world_calls_process(int which);

/* world_calls_keep.c */
/* Whether the next client session is to be protected (coap_oscore(3)); that session. */
int world_calls_protects(void);
coap_session_t *world_calls_connect(const coap_address_t *remote);

/* world_async.c */
void world_async(const struct prog_op *op);
/* In the handler: the library is asked to put the request off, when the program says so. */
int world_async_begins(struct world_session *s, const coap_pdu_t *request);
/* ... this is the second call, of a request that was put off. */
int world_async_is_again(const struct world_session *s, const coap_pdu_t *request);
int world_async_holds(const struct world_session *s);
void world_async_session_gone(const struct world_session *s);
void world_async_drop_all(void);

/* world_handlers.c */
void world_handlers_register(int which);
void world_react(uint32_t handler, struct world_session *from);

/* conn_secure.c */
int conn_secure_handshake(const struct prog_op *op);
void conn_secure_execute(const struct prog_op *op);

/* world_stream.c */
void world_stream_reset(void);
/* The same, when what the run has shown may still be asked for. */
void world_stream_end(void);
/* What one side of the library wrote for the other is carried over, a piece a round. */
void world_stream_pump(void);
int world_stream_waiting(void);
/* A message from a peer on its connection. */
void world_stream_message(uint32_t peer, const struct msg *m);
void world_stream_settle(void);
/* Where the peer's connection comes from; datagrams always come from the same place. */
void world_stream_peer(uint32_t peer, struct place *out);
/* 1 when the operation was one of streams, or is something else in a world of streams. */
int world_stream_execute(const struct prog_op *op);

/* world_send.c */
void world_send(const struct prog_op *op, struct world_session *s);
void world_send_plain(struct world_session *s);
void world_cancel(const struct prog_op *op, struct world_session *s);
/* Options in order of number; 0 when one does not fit. */
int world_add_options(const struct prog_op *op, coap_pdu_t *pdu);
/* `many`: more than one response may come. */
void world_send_pdu(struct world_session *s, coap_pdu_t *pdu, int many);
/* A method code, whatever the program says. */
coap_pdu_code_t world_method(uint32_t code);
void world_cancel_token(struct world_session *s, coap_binary_t *token);
void world_message_of(const coap_pdu_t *pdu, struct msg *out);
void world_send_observe(struct world_session *s, coap_str_const_t path, uint8_t token);

/* world_blocks.c */
void world_blocks_prepare(void);
void world_blocks_open(coap_context_t *context);
/* Every body that was lent has come back. */
void world_blocks_end(void);
/* A body of many blocks as the answer. Gives the bytes. */
size_t world_blocks_answer(coap_resource_t *resource, coap_session_t *session,
                           const coap_pdu_t *request, const coap_string_t *query,
                           coap_pdu_t *response);
void world_send_large(const struct prog_op *op, struct world_session *s);

/* world_observe.c */
void world_observe(const struct prog_op *op);

/* world_ops.c */
coap_proto_t world_proto(void);
int world_is_secure(void);
int world_is_stream(void);
int world_is_ws(void);
void world_message_token(const struct prog_op *op, uint32_t mode, struct world_flow *f,
                         struct msg *m, uint8_t fresh[2]);
/* Options, payload and, of a request, the token for "own". */
void world_message_content(const struct prog_op *op, struct world_flow *f, struct msg *m);
void world_execute(const struct prog_op *op);

#endif /* FUZZ_WORLD_INTERNAL_H_ */
