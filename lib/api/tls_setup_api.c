/* tls_setup_api.c -- keys and certificates from the application: coap_endpoint_client(3),
 * coap_endpoint_server(3), coap_encryption(3). */
#include "api/context.h"

#include "session/framing.h"

/* Says why not. 0. */
static int
refuse(const char *function, const char *why) {
  coap_log_warn("%s: %s\n", function, why);
  return 0;
}

/* `may_lack`: a call-back finds the key. */
static int
is_psk_usable(const char *function, const coap_bin_const_t *name, size_t name_max,
              const coap_bin_const_t *key, int may_lack) {
  if (!coap_dtls_psk_is_supported())
    return refuse(function, "no (D)TLS with pre-shared keys in this build");
  if (name->length > name_max)
    return refuse(function, "the identity or hint is too long");
  if (key->length > COAP_DTLS_MAX_PSK || (!may_lack && (!key->s || !key->length)))
    return refuse(function, "the key is empty or too long");
  return 1;
}

static int
is_pki_usable(const char *function) {
  return coap_dtls_pki_is_supported() ||
         refuse(function, "no (D)TLS with certificates in this build");
}

/* A server's keys with one part changed. 1, or 0: those before count on. */
static int
replace(coap_context_t *context, const char *function, const coap_tls_setup_t *parts) {
  coap_core_t *core = &context->core;
  coap_tls_setup_t *setup = coap_tls_setup_new(parts);

  if (!setup)
    return refuse(function, "out of memory");
  if (!coap_tls_prepare(setup, COAP_DTLS_ROLE_SERVER)) {
    coap_tls_setup_unref(setup);
    return refuse(function, "what was given cannot be used");
  }
  coap_tls_setup_unref(core->tls_setup);
  core->tls_setup = setup;
  return 1;
}

/* The parts set so far. */
static coap_tls_setup_t
parts_of(const coap_context_t *context) {
  static const coap_tls_setup_t none;

  return context->core.tls_setup ? *context->core.tls_setup : none;
}

int
coap_context_set_psk2(coap_context_t *context, coap_dtls_spsk_t *setup_data) {
  coap_tls_setup_t parts;

  if (!context || !setup_data || setup_data->version != COAP_DTLS_SPSK_SETUP_VERSION)
    return refuse(__func__, "not a set-up of this version");
  if (!is_psk_usable(__func__, &setup_data->psk_info.hint, COAP_DTLS_HINT_LENGTH,
                     &setup_data->psk_info.key, setup_data->validate_id_call_back != NULL))
    return 0;
  parts = parts_of(context);
  parts.spsk = setup_data;
  return replace(context, __func__, &parts);
}

int
coap_context_set_pki(coap_context_t *context, const coap_dtls_pki_t *setup_data) {
  coap_tls_setup_t parts;

  if (!context || !setup_data || setup_data->version != COAP_DTLS_PKI_SETUP_VERSION)
    return refuse(__func__, "not a set-up of this version");
  if (!is_pki_usable(__func__))
    return 0;
  parts = parts_of(context);
  parts.pki = setup_data;
  return replace(context, __func__, &parts);
}

int
coap_context_set_pki_root_cas(coap_context_t *context, const char *ca_file, const char *ca_dir) {
  coap_tls_setup_t parts;

  if (!context || (!ca_file && !ca_dir))
    return refuse(__func__, "no file and no directory");
  if (!is_pki_usable(__func__))
    return 0;
  parts = parts_of(context);
  parts.ca_file = ca_file;
  parts.ca_dir = ca_dir;
  return replace(context, __func__, &parts);
}

/* A client's session with keys of its own. */
static coap_session_t *
open_with(coap_context_t *context, const char *function, const coap_address_t *local_if,
          const coap_address_t *server, coap_proto_t proto, const coap_tls_setup_t *parts) {
  const coap_framing_t *framing = coap_framing_for(proto);
  coap_tls_setup_t *setup;

  if (!framing || !framing->is_secure) {
    refuse(function, "the protocol is not one that (D)TLS secures");
    return NULL;
  }
  setup = coap_tls_setup_new(parts);
  if (setup && coap_tls_prepare(setup, COAP_DTLS_ROLE_CLIENT))
    return coap_client_open(context, local_if, server, proto, setup);
  refuse(function, setup ? "what was given cannot be used" : "out of memory");
  coap_tls_setup_unref(setup);
  return NULL;
}

coap_session_t *
coap_new_client_session_psk2(coap_context_t *context, const coap_address_t *local_if,
                             const coap_address_t *server, coap_proto_t proto,
                             coap_dtls_cpsk_t *setup_data) {
  coap_tls_setup_t parts = {.cpsk = setup_data};

  if (!context || !server || !setup_data || setup_data->version != COAP_DTLS_CPSK_SETUP_VERSION) {
    refuse(__func__, "not a set-up of this version");
    return NULL;
  }
  if (!is_psk_usable(__func__, &setup_data->psk_info.identity, COAP_DTLS_MAX_PSK_IDENTITY,
                     &setup_data->psk_info.key, setup_data->validate_ih_call_back != NULL))
    return NULL;
  return open_with(context, __func__, local_if, server, proto, &parts);
}

coap_session_t *
coap_new_client_session_pki(coap_context_t *context, const coap_address_t *local_if,
                            const coap_address_t *server, coap_proto_t proto,
                            coap_dtls_pki_t *setup_data) {
  coap_tls_setup_t parts = {.pki = setup_data};

  if (!context || !server || !setup_data || setup_data->version != COAP_DTLS_PKI_SETUP_VERSION) {
    refuse(__func__, "not a set-up of this version");
    return NULL;
  }
  if (!is_pki_usable(__func__))
    return NULL;
  /* The roots set for the context are the client's, too. */
  parts.ca_file = parts_of(context).ca_file;
  parts.ca_dir = parts_of(context).ca_dir;
  return open_with(context, __func__, local_if, server, proto, &parts);
}
