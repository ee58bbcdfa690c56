/* world_server.c -- the application on the server's side: endpoints, resources, answers now or
 * later. */
#include "world/internal.h"
#include "world/stack.h"

#include <string.h>

enum { RES_TEST, RES_OBS, RES_SEPARATE, RES_LARGE, RES_ECHO, RES_NESTED, RES_COUNT, RES_OBS_CON };
enum { REACT_REQUEST = 0, REACTION_DEFER = 7 };

#define LARGE_SIZE 700U

/* Borrowed by the resources as long as they live. */
#define PATH(text)                                                                                 \
  { sizeof(text) - 1, (const uint8_t *)(text) }
static coap_str_const_t paths[WORLD_RESOURCES] = {PATH("test"),  PATH("obs"),    PATH("separate"),
                                                  PATH("large"), PATH("echo"),   PATH("a/b/c"),
                                                  PATH("count"), PATH("obs-con")};

static int
resource_index(const coap_resource_t *resource) {
  int i;

  for (i = 0; i < (int)WORLD_RESOURCES; i++) {
    if (world.resource[i] == resource)
      return i;
  }
  return -1;
}

/* Keeps a reference until the answer is sent, as an application does. */
static int
defer(struct world_session *s, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  struct world_deferred *d;

  if (s == NULL || s->dying || world.n_deferred == WORLD_DEFERRED ||
      token.length > sizeof(d->token))
    return 0;
  world_reference(s);
  s->kept++;
  d = &world.deferred[world.n_deferred++];
  d->owner = s;
  d->token_length = token.length;
  if (token.length > 0)
    memcpy(d->token, token.s, token.length);
  return 1;
}

static size_t
answer(int index, const coap_pdu_t *request, coap_pdu_t *response) {
  static const uint8_t filler[LARGE_SIZE] = {0};
  const uint8_t *data = NULL;
  size_t len = 0;
  uint8_t number[8];
  coap_pdu_code_t code = coap_pdu_get_code(request);

  switch (code) {
  case COAP_REQUEST_CODE_GET:
  case COAP_REQUEST_CODE_FETCH:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    data = world.stored;
    len = world.stored_length;
    if (index == RES_LARGE) {
      data = filler;
      len = sizeof(filler);
    } else if (index == RES_OBS || index == RES_OBS_CON || index == RES_COUNT) {
      len = coap_encode_var_safe8(number, sizeof(number), world.counter);
      data = number;
    } else if (index == RES_ECHO) {
      coap_get_data(request, &len, &data);
    }
    break;
  case COAP_REQUEST_CODE_DELETE:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_DELETED);
    world.stored_length = 0;
    break;
  default:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
    world.counter++;
    if (coap_get_data(request, &len, &data)) {
      world.stored_length = len < sizeof(world.stored) ? len : sizeof(world.stored);
      memcpy(world.stored, data, world.stored_length);
    }
    len = 0;
    break;
  }
  return len > 0 && coap_add_data(response, len, data) ? len : 0;
}

static int
is_read(const coap_pdu_t *request) {
  coap_pdu_code_t code = coap_pdu_get_code(request);

  return code == COAP_REQUEST_CODE_GET || code == COAP_REQUEST_CODE_FETCH;
}

/* Gives the payload's length. */
static size_t
answer_now(const struct world_session *s, coap_resource_t *resource, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  int index = resource_index(resource);

  if (index == RES_LARGE && world.program->blocks != PROG_BLOCKS_NO && is_read(request))
    return world_blocks_answer(resource, s->session, request, query, response);
  return answer(index, request, response);
}

/* What a request that the library had put off is answered at last. */
static void
answer_again(struct world_session *s, coap_resource_t *resource, const coap_pdu_t *request,
             const coap_string_t *query, coap_pdu_t *response) {
  struct obs o = world_session_obs(OBS_API, s);

  o.value = OBS_API_RESPOND;
  o.extra = s->held;
  o.count = answer_now(s, resource, request, query, response);
  world_emit(&o);
}

static void
on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  struct world_session *s = world_session_find(session);
  struct world_reaction *r = &world.reaction[REACT_REQUEST];
  int index = resource_index(resource);
  int later = index == RES_SEPARATE || r->action == REACTION_DEFER;
  struct obs o;
  struct msg m;

  if (s == NULL)
    s = world_session_born(session, 0, WORLD_SERVER);
  if (s == NULL)
    return;
  world_session_refresh(s);
  if (world_async_is_again(s, request)) {
    answer_again(s, resource, request, query, response);
    return;
  }
  world_message_of(request, &m);
  o = world_session_obs(OBS_REQUEST, s);
  o.value = index;
  o.extra = (long)coap_session_get_state(session);
  o.msg = &m;
  world_emit(&o);

  o = world_session_obs(OBS_REPLY, s);
  o.flag = world_async_begins(s, request) || (later && defer(s, request));
  if (!o.flag)
    o.value = (long)answer_now(s, resource, request, query, response);
  world_react(REACT_REQUEST, s);
  if (s->alive) /* its endpoint may have been closed */
    world_emit(&o);
}

static void
add_resource(unsigned int index) {
  static const coap_request_t methods[] = {COAP_REQUEST_GET,   COAP_REQUEST_POST,
                                           COAP_REQUEST_PUT,   COAP_REQUEST_DELETE,
                                           COAP_REQUEST_FETCH, COAP_REQUEST_PATCH};
  coap_resource_t *r;
  size_t i;

  r = coap_resource_init(&paths[index], index == RES_OBS_CON ? COAP_RESOURCE_FLAGS_NOTIFY_CON : 0);
  if (r == NULL)
    return;
  for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
    coap_register_request_handler(r, methods[i], on_request);
  if (index == RES_OBS || index == RES_OBS_CON)
    coap_resource_set_get_observable(r, 1);
  coap_add_resource(world.context[WORLD_SERVER], r);
  world.resource[index] = r;
}

void
world_endpoint_open(uint32_t index, uint32_t join_group) {
  struct place place;
  coap_address_t address;

  if (!world_open_context(WORLD_SERVER))
    return;
  if (world.endpoint[index] == NULL) {
    place_endpoint(&place, index, (int)world.program->ipv6);
    world_to_address(&place, &address);
    world.endpoint[index] = coap_new_endpoint(world.context[WORLD_SERVER], &address, world_proto());
  }
  if (join_group && world.endpoint[0] != NULL && world.program->proto == PROG_UDP)
    coap_join_mcast_group_intf(world.context[WORLD_SERVER],
                               world.program->ipv6 ? "ff02::fd" : "224.0.1.187", NULL);
}

void
world_endpoint_close(uint32_t index) {
  coap_endpoint_t *endpoint = world.endpoint[index];
  struct obs o = world_obs(OBS_API);
  unsigned int i;

  /* Observations and queues refer to sessions as well, which nobody sees. */
  if (!world_stack.ends_held_sessions && oracle_past_known())
    return;
  if (endpoint == NULL || world.closing || (world.depth > 0 && !world_stack.ends_held_sessions))
    return;
  if (!world_stack.ends_held_sessions)
    world_release_all();
  o.value = OBS_API_CLOSE_ENDPOINT;
  world_emit(&o);
  world.endpoint[index] = NULL;
  world.closing = 1;
  coap_free_endpoint(endpoint);
  world.closing = 0;
  for (i = 0; i < world.n_sessions; i++) {
    struct world_session *s = &world.sessions[i];

    if (!s->alive || s->context != WORLD_SERVER || s->endpoint != (int)index)
      continue;
    if (world.depth > 0)
      s->dying = 1; /* of a session that is new just now the end is told when its handler returns */
    else
      world_session_gone(s, OBS_GONE_CONTEXT);
  }
}

void
world_server_open(void) {
  unsigned int i;

  for (i = 0; i < WORLD_RESOURCES; i++)
    add_resource(i);
}

void
world_resource(uint32_t action, uint32_t index) {
  coap_resource_t *r = world.resource[index];

  if (world.context[WORLD_SERVER] == NULL || world.depth > 0)
    return;
  if (action == 1) {
    if (r == NULL)
      add_resource(index);
  } else if (r != NULL) {
    world.resource[index] = NULL;
    coap_delete_resource(world.context[WORLD_SERVER], r);
  }
}

void
world_forget_resource(const coap_resource_t *resource) {
  int index = resource != NULL ? resource_index(resource) : -1;

  if (index >= 0)
    world.resource[index] = NULL;
}

coap_str_const_t
world_resource_path(uint32_t index) {
  return paths[index];
}

void
world_end_observations(void) {
  world_resource(0, RES_OBS);
  world_resource(0, RES_OBS_CON);
}

static void
drop_first_deferred(void) {
  struct world_session *s = world.deferred[0].owner;

  world.n_deferred--;
  memmove(&world.deferred[0], &world.deferred[1], sizeof(world.deferred[0]) * world.n_deferred);
  s->kept--;
  world_release(s);
}

void
world_drop_deferred(void) {
  while (world.n_deferred > 0)
    drop_first_deferred();
}

/* The answer that a handler put off. */
void
world_respond(uint32_t type, uint32_t code, uint32_t size) {
  static const uint8_t filler[PROG_NEW_DATA] = {0};
  struct world_session *s;
  struct world_deferred d;
  struct obs o;
  coap_pdu_t *pdu;

  if (world.n_deferred == 0)
    return;
  d = world.deferred[0];
  s = d.owner;
  if (!msg_is_response((uint8_t)code))
    code = COAP_RESPONSE_CODE_CONTENT;
  if (s->alive && !s->dying) {
    pdu =
        coap_pdu_init(type == TYPE_CON ? COAP_MESSAGE_CON : COAP_MESSAGE_NON, (coap_pdu_code_t)code,
                      coap_new_message_id(s->session), coap_session_max_pdu_size(s->session));
    if (pdu != NULL) {
      coap_add_token(pdu, d.token_length, d.token);
      if (size > 0)
        coap_add_data(pdu, size, filler);
      o = world_session_obs(OBS_API, s);
      o.value = OBS_API_RESPOND;
      o.count = size;
      o.extra = s->held;
      world_emit(&o);
      coap_send(s->session, pdu);
    }
  }
  /* Handlers that ran meanwhile may have ended the session and this entry with it. */
  if (world.n_deferred > 0 && world.deferred[0].owner == s && s->alive)
    drop_first_deferred();
}

void
world_notify(uint32_t index) {
  world.counter++;
  if (world.resource[index] != NULL)
    coap_resource_notify_observers(world.resource[index], NULL);
}
