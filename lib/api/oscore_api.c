/* oscore_api.c -- coap_oscore(3): contexts of a server, client sessions that use one. */
#include "api/context.h"
#include "api/oscore_guard.h"

int
coap_oscore_is_supported(void) {
  return 1;
}

/* Takes `conf` whatever comes of it. */
static coap_oscore_context_t *
context_from(coap_oscore_conf_t *conf, const char *caller) {
  coap_oscore_context_t *context = conf ? coap_oscore_context_new(conf) : NULL;

  if (!context) {
    coap_log_warn("%s: no security context can be derived\n", caller);
    coap_delete_oscore_conf(conf);
  }
  return context;
}

int
coap_context_oscore_server(coap_context_t *context, coap_oscore_conf_t *oscore_conf) {
  coap_oscore_context_t *made = context_from(oscore_conf, "coap_context_oscore_server");
  coap_oscore_context_t **end;

  if (!context || !made) {
    coap_oscore_context_unref(made);
    return 0;
  }
  for (end = &context->oscore; *end; end = &(*end)->next) {
  }
  *end = made;
  return 1;
}

int
coap_new_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id) {
  if (!context || !context->oscore || !recipient_id)
    return 0;
  return coap_oscore_context_add_recipient(context->oscore, recipient_id);
}

int
coap_delete_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id) {
  if (!context || !context->oscore || !recipient_id)
    return 0;
  return coap_oscore_context_remove_recipient(context->oscore, recipient_id);
}

/* Ties a session that has just been made to a context; gives it up when that fails. Takes `conf`.
 */
static coap_session_t *
protect(coap_session_t *session, coap_oscore_conf_t *conf, const char *caller) {
  coap_oscore_context_t *context = context_from(conf, caller);
  int done = session && context && context->recipients && !session->is_mcast &&
             coap_oscore_guard_requests(session, context);

  coap_oscore_context_unref(context);
  if (done)
    return session;
  coap_session_release(session);
  return NULL;
}

coap_session_t *
coap_new_client_session_oscore(coap_context_t *context, const coap_address_t *local_if,
                               const coap_address_t *server, coap_proto_t proto,
                               coap_oscore_conf_t *oscore_conf) {
  return protect(coap_new_client_session(context, local_if, server, proto), oscore_conf,
                 "coap_new_client_session_oscore");
}

coap_session_t *
coap_new_client_session_oscore_psk(coap_context_t *context, const coap_address_t *local_if,
                                   const coap_address_t *server, coap_proto_t proto,
                                   coap_dtls_cpsk_t *psk_data, coap_oscore_conf_t *oscore_conf) {
  return protect(coap_new_client_session_psk2(context, local_if, server, proto, psk_data),
                 oscore_conf, "coap_new_client_session_oscore_psk");
}

coap_session_t *
coap_new_client_session_oscore_pki(coap_context_t *context, const coap_address_t *local_if,
                                   const coap_address_t *server, coap_proto_t proto,
                                   coap_dtls_pki_t *pki_data, coap_oscore_conf_t *oscore_conf) {
  return protect(coap_new_client_session_pki(context, local_if, server, proto, pki_data),
                 oscore_conf, "coap_new_client_session_oscore_pki");
}
