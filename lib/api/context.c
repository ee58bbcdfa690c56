/* context.c -- coap_context(3): the layers put together. */
#include "api/context.h"

#include "api/oscore_guard.h"
#include "api/persist.h"
#include "exchange/track.h"
#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/random.h"
#include "session/session_table.h"

#include <utlist.h>

#include <stddef.h>
#include <string.h>

static uint8_t
context_jitter(coap_session_t *session) {
  uint8_t byte = 0;

  (void)session;
  coap_prng(&byte, sizeof(byte));
  return byte;
}

static void
context_session_gone(coap_session_t *session) {
  coap_exchange_session_gone(session);
  coap_oscore_session_gone(session);
}

static const coap_core_ops_t context_ops = {
    .transmit = coap_source_transmit,
    .seal = coap_oscore_seal,
    .open = coap_oscore_open,
    .request = coap_oscore_on_request,
    .response = coap_exchange_on_response,
    .stray_response = coap_exchange_on_stray_response,
    .nack = coap_exchange_on_nack,
    .outgoing_gone = coap_exchange_outgoing_gone,
    .reset = coap_exchange_on_reset,
    .event = coap_exchange_on_event,
    .ping = coap_exchange_on_ping,
    .pong = coap_exchange_on_pong,
    .gone = context_session_gone,
    .close = coap_source_session_close,
    .connect = coap_source_connect,
    .write = coap_source_write,
    .want = coap_source_want,
    .jitter = context_jitter,
};

coap_core_t *
coap_context_core(const coap_context_t *context) {
  return (coap_core_t *)(uintptr_t)&context->core;
}

coap_exchange_t *
coap_context_exchange(const coap_context_t *context) {
  return (coap_exchange_t *)(uintptr_t)&context->exchange;
}

const coap_address_t *
coap_session_listen_address(const coap_session_t *session) {
  return session->endpoint ? &session->endpoint->bind_addr : NULL;
}

coap_context_t *
coap_new_context(const coap_address_t *listen_addr) {
  coap_context_t *context = coap_mem_alloc(sizeof(*context));

  if (!context)
    return NULL;
  memset(context, 0, offsetof(coap_context_t, rx)); /* nobody reads what was not received */
  coap_core_init(&context->core, context, &context_ops);
  context->core.by_peer.seed = coap_random_hash_seed();
  context->net = coap_net_new();
  if (!context->net || !coap_exchange_init(&context->exchange, &context->core) ||
      (listen_addr && !coap_new_endpoint(context, listen_addr, COAP_PROTO_UDP))) {
    coap_free_context(context);
    return NULL;
  }
  return context;
}

void
coap_free_context(coap_context_t *context) {
  if (!context)
    return;
  coap_persist_free(context);
  while (context->endpoints)
    coap_free_endpoint(context->endpoints);
  coap_core_clear(&context->core);
  coap_exchange_clear(&context->exchange);
  while (context->oscore) {
    coap_oscore_context_t *next = context->oscore->next;

    coap_oscore_context_unref(context->oscore);
    context->oscore = next;
  }
  coap_net_free(context->net);
  coap_tls_wipe(&context->cookies, sizeof(context->cookies));
  coap_mem_free(context);
}

void
coap_set_app_data(coap_context_t *context, void *data) {
  if (context)
    context->app_data = data;
}

void *
coap_get_app_data(const coap_context_t *context) {
  return context ? context->app_data : NULL;
}

void
coap_context_set_max_idle_sessions(coap_context_t *context, unsigned int max_idle_sessions) {
  if (!context)
    return;
  context->core.max_idle = max_idle_sessions;
  context->core.max_sessions =
      max_idle_sessions > COAP_CORE_MAX_SESSIONS ? max_idle_sessions : COAP_CORE_MAX_SESSIONS;
}

unsigned int
coap_context_get_max_idle_sessions(const coap_context_t *context) {
  return context ? context->core.max_idle : 0;
}

void
coap_context_set_session_timeout(coap_context_t *context, unsigned int session_timeout) {
  if (!context)
    return;
  context->core.session_timeout_s =
      session_timeout ? session_timeout : COAP_DEFAULT_SESSION_TIMEOUT;
  if (!coap_session_pool_arm(&context->core))
    context->core.counters.no_memory++;
}

unsigned int
coap_context_get_session_timeout(const coap_context_t *context) {
  return context ? context->core.session_timeout_s : 0;
}

void
coap_context_set_max_handshake_sessions(coap_context_t *context,
                                        unsigned int max_handshake_sessions) {
  if (context)
    context->core.max_handshakes =
        max_handshake_sessions ? max_handshake_sessions : COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS;
}

unsigned int
coap_context_get_max_handshake_sessions(const coap_context_t *context) {
  return context ? context->core.max_handshakes : 0;
}

void
coap_context_set_csm_timeout_ms(coap_context_t *context, unsigned int csm_timeout_ms) {
  if (context)
    context->core.csm_timeout_ms = csm_timeout_ms ? csm_timeout_ms : COAP_DEFAULT_CSM_TIMEOUT_MS;
}

void
coap_context_set_csm_optional(coap_context_t *context, int optional) {
  if (context)
    context->core.csm_optional = optional != 0;
}

void
coap_context_set_shared_ports(coap_context_t *context, int shared) {
  if (context)
    coap_net_share_ports(context->net, shared != 0);
}

unsigned int
coap_context_get_csm_timeout_ms(const coap_context_t *context) {
  return context ? context->core.csm_timeout_ms : 0;
}

void
coap_context_set_csm_timeout(coap_context_t *context, unsigned int csm_timeout) {
  unsigned int most = UINT32_MAX / 1000;

  coap_context_set_csm_timeout_ms(context, (csm_timeout < most ? csm_timeout : most) * 1000);
}

unsigned int
coap_context_get_csm_timeout(const coap_context_t *context) {
  return context ? context->core.csm_timeout_ms / 1000 + (context->core.csm_timeout_ms % 1000 != 0)
                 : 0;
}

void
coap_context_set_csm_max_message_size(coap_context_t *context, uint32_t csm_max_message_size) {
  enum { SMALLEST = 64 };

  if (context)
    context->core.csm_max_message = csm_max_message_size < SMALLEST ? SMALLEST
                                    : csm_max_message_size > COAP_DEFAULT_MAX_PDU_RX_SIZE
                                        ? COAP_DEFAULT_MAX_PDU_RX_SIZE
                                        : csm_max_message_size;
}

uint32_t
coap_context_get_csm_max_message_size(const coap_context_t *context) {
  return context ? context->core.csm_max_message : 0;
}

void
coap_context_set_keepalive(coap_context_t *context, unsigned int seconds) {
  coap_session_t *session;

  if (!context)
    return;
  context->core.keepalive_s = seconds;
  DL_FOREACH(context->core.sessions, session) {
    if (session->type == COAP_SESSION_TYPE_CLIENT)
      coap_session_arm(session, coap_clock_now());
  }
  coap_context_rearm(context);
}

int
coap_context_set_max_token_size(coap_context_t *context, size_t max_token_size) {
  if (!context || max_token_size < COAP_TOKEN_DEFAULT_MAX || max_token_size > COAP_TOKEN_EXT_MAX)
    return 0;
  context->core.max_token = max_token_size;
  return 1;
}

int
coap_context_get_coap_fd(const coap_context_t *context) {
  return context ? coap_net_fd(context->net) : -1;
}

void
coap_context_rearm(coap_context_t *context) {
  coap_net_arm(context->net, coap_core_next_deadline(&context->core), coap_clock_now());
}
