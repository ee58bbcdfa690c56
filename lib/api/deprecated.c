/* deprecated.c -- coap_deprecated(3). */
#include <coap3/coap.h>

#include <string.h>

void
coap_set_event_handler(coap_context_t *context, coap_event_handler_t hnd) {
  coap_register_event_handler(context, hnd);
}

void
coap_clear_event_handler(coap_context_t *context) {
  coap_register_event_handler(context, NULL);
}

static coap_bin_const_t
as_binary(const char *text) {
  return (coap_bin_const_t){text ? strlen(text) : 0, (const uint8_t *)text};
}

int
coap_context_set_psk(coap_context_t *context, const char *hint, const uint8_t *key,
                     size_t key_len) {
  coap_dtls_spsk_t setup = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

  setup.psk_info.hint = as_binary(hint);
  setup.psk_info.key = (coap_bin_const_t){key_len, key};
  return coap_context_set_psk2(context, &setup);
}

coap_session_t *
coap_new_client_session_psk(coap_context_t *context, const coap_address_t *local_if,
                            const coap_address_t *server, coap_proto_t proto, const char *identity,
                            const uint8_t *key, unsigned key_len) {
  coap_dtls_cpsk_t setup = {.version = COAP_DTLS_CPSK_SETUP_VERSION};

  setup.psk_info.identity = as_binary(identity);
  setup.psk_info.key = (coap_bin_const_t){key_len, key};
  return coap_new_client_session_psk2(context, local_if, server, proto, &setup);
}

int
coap_encode_var_bytes(uint8_t *buffer, unsigned int value) {
  return (int)coap_encode_var_safe(buffer, sizeof(value), value);
}

int
coap_option_setb(coap_opt_filter_t *filter, uint16_t number) {
  return coap_option_filter_set(filter, number);
}

int
coap_option_getb(coap_opt_filter_t *filter, uint16_t number) {
  return coap_option_filter_get(filter, number);
}

int
coap_option_clrb(coap_opt_filter_t *filter, uint16_t number) {
  return coap_option_filter_unset(filter, number);
}

unsigned int
coap_write(coap_context_t *context, coap_socket_t *sockets[], unsigned int max_sockets,
           unsigned int *num_sockets, coap_tick_t now) {
  return coap_io_prepare_io(context, sockets, max_sockets, num_sockets, now);
}

void
coap_read(coap_context_t *context, coap_tick_t now) {
  coap_io_do_io(context, now);
}

int
coap_run_once(coap_context_t *context, uint32_t timeout_ms) {
  return coap_io_process(context, timeout_ms);
}

int
coap_resource_set_dirty(coap_resource_t *resource, const coap_string_t *query) {
  return coap_resource_notify_observers(resource, query);
}
