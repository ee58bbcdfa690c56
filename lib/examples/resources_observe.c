/* resources_observe.c -- resources that change by themselves (RFC 7641): /obs, /obs-non,
 * /obs-large, /obs-pumping, /obs-pumping-non. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OBSERVED_COUNT = 5,
  BACK_AFTER_TICKS = 2, /* a deleted /obs comes back, for the next client's sake */
  FORMATS_MAX = 64,     /* registrations whose format is remembered; the oldest is forgotten */
  LARGE_REPEAT = 40,
  TEXT_MAX = 2048
};

typedef struct observed_resource_t {
  const char *path;
  int flags;
  int large_on; /* bit 0: large on even counts, bit 1: on odd ones */
} observed_resource_t;

static const observed_resource_t observed_resources[OBSERVED_COUNT] = {
    {"obs", COAP_RESOURCE_FLAGS_NOTIFY_CON, 0},
    {"obs-non", COAP_RESOURCE_FLAGS_NOTIFY_NON, 0},
    {"obs-large", COAP_RESOURCE_FLAGS_NOTIFY_CON, 3},
    {"obs-pumping", COAP_RESOURCE_FLAGS_NOTIFY_CON, 1},
    {"obs-pumping-non", COAP_RESOURCE_FLAGS_NOTIFY_NON, 1},
};

/* The format of a registration's first answer. Sessions are compared, never used: one that has
 * gone does no harm here. */
typedef struct registration_t {
  const coap_session_t *session;
  uint8_t token[8];
  size_t token_length;
  uint16_t format;
} registration_t;

typedef struct observed_t {
  coap_resource_t *resources[OBSERVED_COUNT];
  registration_t formats[FORMATS_MAX];
  unsigned int next_format;
  unsigned int count;
  unsigned int gone_ticks; /* /obs is deleted for so many ticks yet */
  int pinned;              /* /obs has a client's content, which does not change by itself */
  uint64_t due;
} observed_t;

static registration_t *
registration_find(observed_t *observed, const coap_session_t *session, coap_bin_const_t token) {
  for (unsigned int i = 0; i < FORMATS_MAX; i++) {
    registration_t *known = &observed->formats[i];

    if (known->session == session && known->token_length == token.length &&
        memcmp(known->token, token.s, token.length) == 0)
      return known;
  }
  return NULL;
}

static void
registration_note(observed_t *observed, const coap_session_t *session, coap_bin_const_t token,
                  uint16_t format) {
  registration_t *known;

  if (token.length == 0 || token.length > sizeof(known->token))
    return;
  known = registration_find(observed, session, token);
  if (!known) {
    known = &observed->formats[observed->next_format++ % FORMATS_MAX];
    known->session = session;
    known->token_length = token.length;
    memcpy(known->token, token.s, token.length);
  }
  known->format = format;
}

static int
is_registration(const coap_pdu_t *request) {
  coap_opt_iterator_t it;
  coap_opt_t *option = coap_check_option(request, COAP_OPTION_OBSERVE, &it);

  return option && coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) ==
                       COAP_OBSERVE_ESTABLISH;
}

/* RFC 7641 4.2: all notifications have the format of the first answer; when that cannot be any
 * more, 4.06 ends the observation. The answer to a request is piggybacked or a NON, so only
 * notifications of this resource are CON. */
static int
format_has_changed(observed_t *observed, const coap_session_t *session, const coap_pdu_t *request,
                   const coap_pdu_t *response, uint16_t format) {
  const registration_t *known;

  if (!is_registration(request))
    return 0;
  if (coap_pdu_get_type(response) != COAP_MESSAGE_CON) {
    registration_note(observed, session, coap_pdu_get_token(request), format);
    return 0;
  }
  known = registration_find(observed, session, coap_pdu_get_token(response));
  return known && known->format != format;
}

static void
obs_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
        const coap_string_t *query, coap_pdu_t *response) {
  node_t *node = node_of(resource);
  observed_t *observed = node->server->observed;

  if (observed->gone_ticks)
    answer_error(response, COAP_RESPONSE_CODE_NOT_FOUND, "deleted; it comes back");
  else if (format_has_changed(observed, session, request, response, node->content.format))
    answer_error(response, COAP_RESPONSE_CODE_NOT_ACCEPTABLE, "it has another format now");
  else
    node_get(resource, session, request, query, response);
}

static void
obs_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
        const coap_string_t *query, coap_pdu_t *response) {
  observed_t *observed = node_of(resource)->server->observed;

  node_put(resource, session, request, query, response);
  if (coap_pdu_get_code(response) == COAP_RESPONSE_CODE_CHANGED) {
    observed->pinned = 1;
    observed->gone_ticks = 0;
  }
}

static void
obs_delete(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  observed_t *observed = node_of(resource)->server->observed;

  node_delete(resource, session, request, query, response);
  if (coap_pdu_get_code(response) == COAP_RESPONSE_CODE_DELETED) {
    observed->pinned = 0;
    observed->gone_ticks = BACK_AFTER_TICKS;
  }
}

static int
set_content(coap_resource_t *resource, unsigned int count, int large) {
  char text[TEXT_MAX];
  size_t used = (size_t)snprintf(text, sizeof(text), "count %u\n", count);

  for (int line = 0; large && line < LARGE_REPEAT; line++)
    used += (size_t)snprintf(text + used, sizeof(text) - used, "line %02d of large count %u\n",
                             line, count);
  return representation_set(&node_of(resource)->content, (const uint8_t *)text, used,
                            COAP_MEDIATYPE_TEXT_PLAIN);
}

static void
change(server_t *server) {
  observed_t *observed = server->observed;

  observed->count++;
  if (observed->gone_ticks)
    observed->gone_ticks--;
  for (int i = 0; i < OBSERVED_COUNT; i++) {
    int large = observed_resources[i].large_on >> observed->count % 2 & 1;

    if (i == 0 && observed->pinned) {
      coap_resource_notify_observers(observed->resources[i], NULL);
      continue;
    }
    if (set_content(observed->resources[i], observed->count, large))
      coap_resource_notify_observers(observed->resources[i], NULL);
  }
}

uint32_t
observe_tick(server_t *server) {
  observed_t *observed = server->observed;
  uint64_t now = server_now_ms();

  if (now >= observed->due) {
    change(server);
    observed->due = now + SERVER_OBSERVE_MS;
  }
  return (uint32_t)(observed->due - now);
}

static coap_resource_t *
add_observed(server_t *server, const observed_resource_t *observed) {
  int flags = server->options->notify_non ? COAP_RESOURCE_FLAGS_NOTIFY_NON : observed->flags;
  coap_resource_t *resource =
      node_resource(server, observed->path, "count 0\n", COAP_MEDIATYPE_TEXT_PLAIN, flags);

  if (!resource)
    return NULL;
  coap_resource_set_get_observable(resource, 1);
  coap_add_attr(resource, coap_make_str_const("rt"), coap_make_str_const("\"observe\""), 0);
  coap_add_resource(server->context, resource);
  return resource;
}

int
resources_add_observe(server_t *server) {
  observed_t *observed = calloc(1, sizeof(*observed));

  if (!observed)
    return 0;
  server->observed = observed;
  observed->due = server_now_ms() + SERVER_OBSERVE_MS;
  for (int i = 0; i < OBSERVED_COUNT; i++) {
    observed->resources[i] = add_observed(server, &observed_resources[i]);
    if (!observed->resources[i])
      return 0;
  }
  coap_register_request_handler(observed->resources[0], COAP_REQUEST_GET, obs_get);
  coap_register_request_handler(observed->resources[0], COAP_REQUEST_PUT, obs_put);
  coap_register_request_handler(observed->resources[0], COAP_REQUEST_DELETE, obs_delete);
  return 1;
}

void
observe_free(server_t *server) {
  free(server->observed);
  server->observed = NULL;
}
