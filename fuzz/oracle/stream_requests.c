/* stream_requests.c -- on a connection the request handler sees each request at most once, as it
 * was sent, and each response answers a request of that connection, one each but for observations
 * (RFC 7252 5.2, RFC 8323 3.3, 7). */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/inbox.h"

#define REQUESTS_MAX   512U
#define OPTION_QBLOCK2 31U

static const char name[] = "stream-requests";

static struct request {
  size_t connection;
  uint64_t content;
  uint64_t token;
  int handled;
  int many; /* may be handled and answered again and again */
  int answered;
} requests[REQUESTS_MAX];
static unsigned int n_requests;

static void
reset(void) {
  n_requests = 0;
}

static void
got(const struct obs *o) {
  if (o->malformed != NULL || !msg_is_request(o->msg->code) || n_requests == REQUESTS_MAX)
    return;
  requests[n_requests++] = (struct request){
      .connection = o->count,
      .content = inbox_content(o->msg),
      .token = oracle_hash(o->msg->token, o->msg->token_length),
      .many = inbox_is_observation(o->msg) || msg_option(o->msg, OPTION_QBLOCK2) != NULL};
}

static void
handled(const struct obs *o) {
  const struct connection *c = connection_of(o->local, o->remote);
  uint64_t content = inbox_content(o->msg);
  unsigned int i;

  if (!o->stream || c->id == 0 || n_requests == REQUESTS_MAX)
    return;
  for (i = 0; i < n_requests; i++) {
    struct request *r = &requests[i];

    if (r->connection == c->id && r->content == content && (!r->handled || r->many)) {
      r->handled = 1;
      return;
    }
  }
  oracle_violated(name, "RFC 8323 3.3", o,
                  "handler called for a request that connection %zu did not bring", c->id);
}

static void
sent(const struct obs *o) {
  uint64_t token;
  unsigned int i;

  if (o->malformed != NULL || !msg_is_response(o->msg->code) || n_requests == REQUESTS_MAX)
    return;
  token = oracle_hash(o->msg->token, o->msg->token_length);
  for (i = 0; i < n_requests; i++) {
    struct request *r = &requests[i];

    if (r->connection == o->count && r->token == token && (!r->answered || r->many)) {
      r->answered = 1;
      return;
    }
  }
  oracle_violated(name, "RFC 7252 5.2", o, "a response that answers no request");
}

static void
observe(const struct obs *o) {
  if (o->kind == OBS_GOT)
    got(o);
  else if (o->kind == OBS_REQUEST)
    handled(o);
  else
    sent(o);
}

const struct oracle oracle_stream_requests = {
    name, OBS_BIT(OBS_GOT) | OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_SENT), reset, observe};
