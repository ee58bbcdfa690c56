/* world_calls_nothing.c -- functions asked about nothing at all: a null pointer where an object has
 * to be is no reason to crash, and gives nothing. */
#include "world/calls.h"
#include "world/internal.h"

#include <arpa/inet.h>

/* The older names are called, too. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define IS_NOTHING(call) HOLDS((call) == 0)
#define IS_NULL(call)    HOLDS((call) == NULL)

static void
contexts(void) {
  coap_clear_event_handler(NULL);
  coap_context_set_block_mode(NULL, 0);
  coap_context_set_csm_max_message_size(NULL, 0);
  coap_context_set_csm_optional(NULL, 1);
  coap_context_set_csm_timeout(NULL, 1);
  coap_context_set_csm_timeout_ms(NULL, 1);
  coap_context_set_keepalive(NULL, 1);
  coap_context_set_max_handshake_sessions(NULL, 1);
  coap_context_set_max_idle_sessions(NULL, 1);
  coap_context_set_session_timeout(NULL, 1);
  coap_free_context(NULL);
  coap_io_do_epoll(NULL, NULL, 0);
  coap_io_do_io(NULL, 0);
  coap_mcast_per_resource(NULL);
  coap_register_event_handler(NULL, NULL);
  coap_register_nack_handler(NULL, NULL);
  coap_register_option(NULL, 1);
  coap_register_ping_handler(NULL, NULL);
  coap_register_pong_handler(NULL, NULL);
  coap_register_response_handler(NULL, NULL);
  coap_set_app_data(NULL, NULL);
  IS_NULL(coap_get_app_data(NULL));
  IS_NOTHING(coap_context_get_csm_max_message_size(NULL));
  IS_NOTHING(coap_context_get_csm_timeout(NULL));
  IS_NOTHING(coap_context_get_csm_timeout_ms(NULL));
  IS_NOTHING(coap_context_get_max_handshake_sessions(NULL));
  IS_NOTHING(coap_context_get_max_idle_sessions(NULL));
  IS_NOTHING(coap_context_get_session_timeout(NULL));
  IS_NOTHING(coap_context_set_max_token_size(NULL, 8));
  IS_NOTHING(coap_context_set_pki(NULL, NULL));
  IS_NOTHING(coap_context_set_pki_root_cas(NULL, NULL, NULL));
  IS_NOTHING(coap_context_set_psk(NULL, NULL, NULL, 0));
  IS_NOTHING(coap_context_set_psk2(NULL, NULL));
  IS_NOTHING(coap_handle_event(NULL, COAP_EVENT_DTLS_CLOSED, NULL));
  IS_NOTHING(coap_io_pending(NULL));
  IS_NOTHING(coap_io_prepare_epoll(NULL, 0));
  IS_NOTHING(coap_io_prepare_io(NULL, NULL, 0, NULL, 0));
  IS_NOTHING(coap_context_get_coap_fd(NULL) + 1);
  IS_NOTHING(coap_io_process(NULL, COAP_IO_NO_WAIT) + 1);
  IS_NOTHING(coap_join_mcast_group_intf(NULL, NULL, NULL) + 1);
}

static void
endpoints_and_resources(void) {
  coap_add_resource(NULL, NULL);
  coap_endpoint_set_default_mtu(NULL, 0);
  coap_free_endpoint(NULL);
  coap_persist_set_observe_num(NULL, 0);
  coap_persist_stop(NULL);
  coap_persist_track_funcs(NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL);
  coap_register_request_handler(NULL, COAP_REQUEST_GET, NULL);
  coap_resource_release_userdata_handler(NULL, NULL);
  coap_resource_set_get_observable(NULL, 1);
  coap_resource_set_mode(NULL, 0);
  coap_resource_set_userdata(NULL, NULL);
  IS_NULL(coap_add_attr(NULL, NULL, NULL, 0));
  IS_NULL(coap_attr_get_value(NULL));
  IS_NULL(coap_find_attr(NULL, NULL));
  IS_NULL(coap_get_resource_from_uri_path(NULL, NULL));
  IS_NULL(coap_new_endpoint(NULL, NULL, COAP_PROTO_UDP));
  IS_NULL(coap_persist_observe_add(NULL, COAP_PROTO_UDP, NULL, NULL, NULL, NULL));
  IS_NULL(coap_resource_get_uri_path(NULL));
  IS_NULL(coap_resource_get_userdata(NULL));
  IS_NULL(coap_resource_proxy_uri_init(NULL, 0, NULL));
  IS_NOTHING(coap_delete_resource(NULL, NULL));
  IS_NOTHING(coap_persist_startup(NULL, NULL, NULL, NULL, 0));
  IS_NOTHING(coap_resource_notify_observers(NULL, NULL));
}

static void
sessions(void) {
  coap_session_disconnected(NULL, COAP_NACK_RST);
  coap_session_init_token(NULL, 0, NULL);
  coap_session_release(NULL);
  coap_session_set_app_data(NULL, NULL);
  coap_session_set_mtu(NULL, 64);
  coap_session_set_no_observe_cancel(NULL);
  IS_NULL(coap_new_client_session(NULL, NULL, NULL, COAP_PROTO_UDP));
  IS_NULL(coap_new_client_session_oscore(NULL, NULL, NULL, COAP_PROTO_UDP, NULL));
  IS_NULL(coap_new_client_session_pki(NULL, NULL, NULL, COAP_PROTO_DTLS, NULL));
  IS_NULL(coap_new_client_session_psk(NULL, NULL, NULL, COAP_PROTO_DTLS, NULL, NULL, 0));
  IS_NULL(coap_new_client_session_psk2(NULL, NULL, NULL, COAP_PROTO_DTLS, NULL));
  IS_NULL(coap_session_get_addr_local(NULL));
  IS_NULL(coap_session_get_addr_mcast(NULL));
  IS_NULL(coap_session_get_addr_remote(NULL));
  IS_NULL(coap_session_get_app_data(NULL));
  IS_NULL(coap_session_get_by_peer(NULL, NULL, 0));
  IS_NULL(coap_session_get_context(NULL));
  IS_NULL(coap_session_get_psk_hint(NULL));
  IS_NULL(coap_session_get_psk_identity(NULL));
  IS_NULL(coap_session_get_psk_key(NULL));
  IS_NULL(coap_session_reference(NULL));
  IS_NOTHING(coap_cancel_observe(NULL, NULL, COAP_MESSAGE_CON));
  IS_NOTHING(coap_mcast_set_hops(NULL, 1));
  IS_NOTHING(coap_send(NULL, NULL) - COAP_INVALID_MID);
  IS_NOTHING(coap_send_ack(NULL, NULL) - COAP_INVALID_MID);
  IS_NOTHING(coap_send_error(NULL, NULL, COAP_RESPONSE_CODE_NOT_FOUND, NULL) - COAP_INVALID_MID);
  IS_NOTHING(coap_send_message_type(NULL, NULL, COAP_MESSAGE_RST) - COAP_INVALID_MID);
  IS_NOTHING(coap_session_get_ifindex(NULL) + 1);
  IS_NOTHING(coap_session_max_pdu_size(NULL));
  IS_NOTHING(coap_session_send_ping(NULL) - COAP_INVALID_MID);
  IS_NOTHING(coap_session_set_type_client(NULL));
  IS_NOTHING(coap_ws_set_host_request(NULL, NULL));
}

static void
keeping(void) {
  coap_bin_const_t token = {0, NULL};
  coap_str_const_t text = {0, NULL};

  coap_async_set_app_data(NULL, NULL);
  coap_async_set_delay(NULL, 1);
  coap_async_trigger(NULL);
  coap_cache_set_app_data(NULL, NULL, NULL);
  coap_delete_cache_entry(NULL, NULL);
  coap_delete_cache_key(NULL);
  coap_free_async(NULL, NULL);
  IS_NULL(coap_async_get_app_data(NULL));
  IS_NULL(coap_cache_derive_key(NULL, NULL, COAP_CACHE_NOT_SESSION_BASED));
  IS_NULL(coap_cache_get_app_data(NULL));
  IS_NULL(coap_cache_get_by_key(NULL, NULL));
  IS_NULL(coap_cache_get_by_pdu(NULL, NULL, COAP_CACHE_IS_SESSION_BASED));
  IS_NULL(coap_cache_get_pdu(NULL));
  IS_NULL(coap_find_async(NULL, token));
  IS_NULL(coap_new_cache_entry(NULL, NULL, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0));
  IS_NULL(coap_register_async(NULL, NULL, 1));
  IS_NULL(coap_new_oscore_conf(text, NULL, NULL, 0));
  IS_NOTHING(coap_cache_ignore_options(NULL, NULL, 0));
  IS_NOTHING(coap_context_oscore_server(NULL, NULL));
  IS_NOTHING(coap_delete_oscore_conf(NULL));
  IS_NOTHING(coap_delete_oscore_recipient(NULL, NULL));
  IS_NOTHING(coap_new_oscore_recipient(NULL, NULL));
}

static void
is_text(const char *text) {
  HOLDS(text != NULL && *text != '\0');
}

static void
values(void) {
  is_text(coap_session_str(NULL));
  is_text(coap_endpoint_str(NULL));
  coap_free_address_info(NULL);
  coap_delete_bin_const(NULL);
  coap_delete_binary(NULL);
  coap_delete_optlist(NULL);
  coap_delete_pdu(NULL);
  coap_delete_str_const(NULL);
  coap_delete_string(NULL);
  coap_delete_uri(NULL);
  coap_show_pdu(COAP_LOG_EMERG, NULL);
  IS_NULL(coap_clone_uri(NULL));
  IS_NULL(coap_new_error_response(NULL, COAP_RESPONSE_CODE_NOT_FOUND, NULL));
  IS_NULL(coap_pdu_duplicate(NULL, NULL, 0, NULL, NULL));
  IS_NOTHING(coap_debug_set_packet_loss(NULL));
  IS_NOTHING(coap_host_is_unix_domain(NULL));
  IS_NOTHING(coap_insert_optlist(NULL, NULL));
  IS_NOTHING(coap_is_af_unix(NULL));
  IS_NOTHING(coap_is_bcast(NULL));
  IS_NOTHING(coap_is_mcast(NULL));
  IS_NOTHING(coap_print_addr(NULL, NULL, 0));
}

/* Addresses, protocols and keys that a context has no use for. */
static void
refused(coap_context_t *context) {
  static const uint8_t bytes[] = {0x40, 0x01, 0x00, 0x01};
  static const char path[] = "/run/socket";
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, 64);
  coap_address_t unix_socket;
  coap_address_t group;

  coap_address_init(&unix_socket);
  coap_address_set_unix_domain(&unix_socket, (const uint8_t *)path, sizeof(path) - 1);
  coap_address_init(&group);
  group.size = sizeof(group.addr.sin);
  group.addr.sin.sin_family = AF_INET;
  group.addr.sin.sin_addr.s_addr = htonl(0xe00001bb);
  IS_NULL(coap_new_endpoint(context, &unix_socket, COAP_PROTO_UDP));
  IS_NULL(coap_new_endpoint(context, &group, COAP_PROTO_LAST));
  IS_NULL(coap_new_client_session(context, NULL, &unix_socket, COAP_PROTO_UDP));
  IS_NULL(coap_new_client_session(context, NULL, &group, COAP_PROTO_LAST));
  IS_NULL(coap_new_client_session(context, NULL, &group, COAP_PROTO_DTLS));
  if (pdu != NULL)
    IS_NOTHING(coap_pdu_parse(COAP_PROTO_NONE, bytes, sizeof(bytes), pdu));
  coap_delete_pdu(pdu);
  coap_join_mcast_group_intf(context, "not an address", NULL);
}

void
world_calls_nothing(void) {
  int which;

  for (which = 0; which < WORLD_CONTEXTS; which++) {
    if (world.context[which] != NULL)
      refused(world.context[which]);
  }
  contexts();
  endpoints_and_resources();
  sessions();
  keeping();
  values();
}
