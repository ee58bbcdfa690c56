/* world_calls_half.c -- functions given a part of what they need, or a number out of range: nothing
 * comes of it, and what they were given stays as it was. */
#include "world/calls.h"
#include "world/internal.h"

#define IS_NOTHING(call) HOLDS((call) == 0)
#define IS_NULL(call)    HOLDS((call) == NULL)
#define IS_NO_ID(call)   HOLDS((call) == COAP_INVALID_MID)

/* More than a token or an option may have, or a list. */
#define TOO_MANY        70000U
#define TOO_MANY_BLOCKS 0x100000U

static const uint8_t byte[1] = {'b'};

static void
keys(coap_context_t *context, const coap_address_t *server) {
  coap_dtls_spsk_t spsk = {.version = 0};
  coap_dtls_cpsk_t cpsk = {.version = 0};
  coap_dtls_pki_t pki = {.version = 0};

  IS_NOTHING(coap_context_set_psk2(context, NULL));
  IS_NOTHING(coap_context_set_psk2(context, &spsk));
  IS_NOTHING(coap_context_set_pki(context, NULL));
  IS_NOTHING(coap_context_set_pki(context, &pki));
  IS_NULL(coap_new_client_session_psk2(context, NULL, NULL, COAP_PROTO_DTLS, &cpsk));
  IS_NULL(coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_DTLS, NULL));
  IS_NULL(coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_DTLS, &cpsk));
  cpsk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  cpsk.psk_info.identity.s = cpsk.psk_info.key.s = byte;
  cpsk.psk_info.identity.length = cpsk.psk_info.key.length = sizeof(byte);
  IS_NULL(coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_UDP, &cpsk));
  IS_NULL(coap_new_client_session_pki(context, NULL, NULL, COAP_PROTO_DTLS, &pki));
  IS_NULL(coap_new_client_session_pki(context, NULL, server, COAP_PROTO_DTLS, NULL));
  IS_NULL(coap_new_client_session_pki(context, NULL, server, COAP_PROTO_DTLS, &pki));
}

static void
never(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
      const coap_string_t *query, coap_pdu_t *response) {
  (void)resource, (void)session, (void)request, (void)query, (void)response;
}

static void
of_context(coap_context_t *context) {
  static const uint16_t numbers[1] = {COAP_OPTION_ACCEPT};
  static const coap_bin_const_t nothing = {0, NULL};
  coap_addr_tuple_t pair;
  coap_address_t address;

  coap_address_init(&address);
  address.size = sizeof(address.addr.sin);
  address.addr.sin.sin_family = AF_INET;
  pair.local = pair.remote = address;
  coap_add_resource(context, NULL);
  coap_context_set_shared_ports(context, 0);
  IS_NOTHING(coap_cache_ignore_options(context, NULL, 1));
  IS_NOTHING(coap_cache_ignore_options(context, numbers, TOO_MANY));
  IS_NOTHING(coap_context_set_max_token_size(context, 0));
  IS_NOTHING(coap_context_set_max_token_size(context, TOO_MANY));
  IS_NOTHING(coap_delete_oscore_recipient(context, NULL));
  IS_NOTHING(coap_new_oscore_recipient(context, NULL));
  IS_NOTHING(coap_join_mcast_group_intf(context, NULL, NULL) + 1);
  IS_NOTHING(coap_join_mcast_group_intf(context, "127.0.0.1", NULL) + 1);
  IS_NULL(coap_cache_get_by_key(context, NULL));
  IS_NULL(coap_get_resource_from_uri_path(context, NULL));
  IS_NULL(coap_new_client_session(context, NULL, NULL, COAP_PROTO_UDP));
  IS_NULL(coap_new_endpoint(context, NULL, COAP_PROTO_UDP));
  IS_NULL(coap_session_get_by_peer(context, NULL, 0));
  IS_NULL(coap_persist_observe_add(context, COAP_PROTO_TCP, &address, &pair, NULL, NULL));
  IS_NULL(coap_persist_observe_add(context, COAP_PROTO_UDP, NULL, &pair, NULL, NULL));
  IS_NULL(coap_persist_observe_add(context, COAP_PROTO_UDP, &address, NULL, NULL, NULL));
  IS_NULL(coap_persist_observe_add(context, COAP_PROTO_UDP, &address, &pair, NULL, &nothing));
  keys(context, &address);
}

/* 0, and a part of a second that is a second, are no times; 0 is no number either. */
static void
recovery_of(coap_session_t *session) {
  static const coap_fixed_point_t none = {0, 0};
  static const coap_fixed_point_t odd = {2, 1000};
  uint16_t nstart = coap_session_get_nstart(session);
  coap_fixed_point_t timeout = coap_session_get_ack_timeout(session);

  coap_session_set_ack_random_factor(session, none);
  coap_session_set_ack_random_factor(session, odd);
  coap_session_set_ack_timeout(session, none);
  coap_session_set_ack_timeout(session, odd);
  coap_session_set_default_leisure(session, none);
  coap_session_set_default_leisure(session, odd);
  coap_session_set_max_payloads(session, 0);
  coap_session_set_max_retransmit(session, 0);
  coap_session_set_max_retransmit(session, UINT16_MAX);
  coap_session_set_non_max_retransmit(session, 0);
  coap_session_set_non_receive_timeout(session, none);
  coap_session_set_non_receive_timeout(session, odd);
  coap_session_set_non_timeout(session, none);
  coap_session_set_non_timeout(session, odd);
  coap_session_set_nstart(session, 0);
  coap_session_set_probing_rate(session, 0);
  HOLDS(coap_session_get_nstart(session) == nstart);
  HOLDS(coap_session_get_ack_timeout(session).integer_part == timeout.integer_part &&
        coap_session_get_ack_timeout(session).fractional_part == timeout.fractional_part);
}

static void
of_session(coap_session_t *session, const coap_pdu_t *request, const coap_pdu_t *response) {
  static const coap_cache_session_based_t based = COAP_CACHE_IS_SESSION_BASED;

  recovery_of(session);
  coap_session_get_tls(session, NULL);
  IS_NOTHING(coap_mcast_set_hops(session, 256));
  coap_session_init_token(session, 1, NULL);
  IS_NO_ID(coap_send(session, NULL));
  IS_NO_ID(coap_send_error(session, NULL, COAP_RESPONSE_CODE_NOT_FOUND, NULL));
  IS_NO_ID(coap_send_message_type(session, NULL, COAP_MESSAGE_RST));
  IS_NO_ID(coap_send_message_type(session, request, COAP_MESSAGE_CON));
  IS_NOTHING(coap_add_data_large_request(session, NULL, 1, byte, NULL, NULL));
  IS_NOTHING(
      coap_add_data_large_response(NULL, session, NULL, NULL, NULL, 0, -1, 0, 1, byte, NULL, NULL));
  IS_NOTHING(coap_add_data_large_response(NULL, session, request, NULL, NULL, 0, -1, 0, 1, byte,
                                          NULL, NULL));
  IS_NOTHING(coap_ws_set_host_request(session, NULL));
  IS_NULL(coap_cache_derive_key(session, NULL, based));
  IS_NULL(coap_cache_get_by_pdu(session, NULL, based));
  IS_NULL(coap_new_cache_entry(session, NULL, COAP_CACHE_RECORD_PDU, based, 0));
  IS_NULL(coap_pdu_duplicate(NULL, session, 0, NULL, NULL));
  IS_NULL(coap_register_async(session, NULL, 1));
  IS_NULL(coap_register_async(session, response, 1));
}

static void
of_no_session(const coap_pdu_t *request) {
  uint8_t token[8];
  size_t length = sizeof(token);

  recovery_of(NULL);
  coap_session_new_token(NULL, &length, token);
  IS_NOTHING(length);
  IS_NOTHING(coap_new_message_id(NULL));
  IS_NOTHING(coap_add_data_large_request(NULL, NULL, 1, byte, NULL, NULL));
  HOLDS(coap_session_get_proto(NULL) == COAP_PROTO_NONE);
  HOLDS(coap_session_get_state(NULL) == COAP_SESSION_STATE_NONE);
  HOLDS(coap_session_get_type(NULL) == COAP_SESSION_TYPE_NONE);
  IS_NULL(coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, NULL));
  IS_NULL(coap_pdu_duplicate(request, NULL, 0, NULL, NULL));
}

static void
of_resource(void) {
  const char *names[] = {"proxy.example"};
  unsigned char text[8];
  size_t length = sizeof(text);
  size_t offset = 0;
  coap_resource_t *resource =
      coap_resource_init(coap_new_str_const(byte, sizeof(byte)), COAP_RESOURCE_FLAGS_RELEASE_URI);
  coap_str_const_t *name = coap_new_str_const(byte, sizeof(byte));
  coap_str_const_t *value = coap_new_str_const(byte, sizeof(byte));

  if (resource == NULL || name == NULL || value == NULL) {
    coap_delete_str_const(name);
    coap_delete_str_const(value);
    coap_delete_resource(NULL, resource);
    return;
  }
  coap_add_attr(resource, name, value,
                COAP_ATTR_FLAGS_RELEASE_NAME | COAP_ATTR_FLAGS_RELEASE_VALUE);
  coap_register_request_handler(resource, (coap_request_t)0, NULL);
  coap_register_request_handler(resource, (coap_request_t)TOO_MANY, NULL);
  coap_add_attr(resource, coap_make_str_const("ct"), NULL, 0);
  IS_NULL(coap_add_attr(resource, NULL, NULL, 0));
  IS_NULL(coap_find_attr(resource, NULL));
  IS_NULL(coap_find_attr(resource, coap_make_str_const("rt")));
  IS_NULL(coap_find_attr(resource, coap_make_str_const("title")));
  IS_NOTHING(coap_print_link(NULL, NULL, NULL, NULL) - COAP_PRINT_STATUS_ERROR);
  IS_NOTHING(coap_print_link(resource, NULL, &length, &offset) - COAP_PRINT_STATUS_ERROR);
  IS_NOTHING(coap_print_link(resource, text, NULL, &offset) - COAP_PRINT_STATUS_ERROR);
  IS_NOTHING(coap_print_link(resource, text, &length, NULL) - COAP_PRINT_STATUS_ERROR);
  IS_NULL(coap_resource_proxy_uri_init(never, 0, names));
  IS_NULL(coap_resource_proxy_uri_init(never, 1, NULL));
  coap_delete_resource(NULL, resource);
}

/* Of a message with option, block and payload. */
static void
of_message(coap_pdu_t *pdu) {
  static const uint8_t several[1] = {0x07}; /* RFC 8323 6: blocks that UDP does not have */
  coap_block_t far = {.num = TOO_MANY_BLOCKS};
  coap_block_t wide = {.szx = COAP_MAX_BLOCK_SZX + 1};
  coap_optlist_t *list = NULL;
  coap_block_b_t block_b;
  coap_block_t block;

  IS_NOTHING(coap_add_token(pdu, TOO_MANY, byte));
  coap_add_option(pdu, COAP_OPTION_BLOCK2, sizeof(several), several);
  IS_NOTHING(coap_add_option(pdu, COAP_OPTION_BLOCK2, TOO_MANY, byte));
  IS_NOTHING(coap_add_option(pdu, COAP_OPTION_ETAG, TOO_MANY, byte));
  IS_NOTHING(coap_add_token(pdu, sizeof(byte), byte));
  IS_NOTHING(coap_get_block(pdu, COAP_OPTION_BLOCK2, &block));
  IS_NOTHING(coap_get_block_b(NULL, pdu, COAP_OPTION_BLOCK2, &block_b));
  IS_NOTHING(coap_add_optlist_pdu(pdu, NULL));
  IS_NOTHING(coap_add_optlist_pdu(NULL, &list));
  HOLDS(coap_write_block_opt(&far, COAP_OPTION_BLOCK1, pdu, 1) < 0);
  HOLDS(coap_write_block_opt(&wide, COAP_OPTION_BLOCK1, pdu, 1) < 0);
  IS_NOTHING(coap_add_block(pdu, sizeof(byte), byte, TOO_MANY_BLOCKS, 0));
  IS_NOTHING(coap_add_block(pdu, sizeof(byte), byte, 1, 0));
  IS_NOTHING(coap_add_block(pdu, sizeof(byte), byte, 0, COAP_MAX_BLOCK_SZX + 1));
  IS_NULL(coap_add_data_after(pdu, 0));
  IS_NULL(coap_add_data_after(pdu, SIZE_MAX));
  if (coap_add_data(pdu, sizeof(byte), byte)) {
    IS_NOTHING(coap_add_data(pdu, sizeof(byte), byte));
    IS_NOTHING(coap_add_option(pdu, COAP_OPTION_SIZE1, sizeof(byte), byte));
  }
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_UDP, NULL, 0, pdu));
}

/* RFC 8323 3.2: shorter than they say, than a header, with a token that is none. */
static void
of_bytes(coap_pdu_t *pdu) {
  static const uint8_t cut[] = {0x20, 0x01, 0xb1};
  static const uint8_t head[] = {0xd0};
  static const uint8_t reserved[] = {0x0f, 0x01};

  static const uint8_t plain[] = {0x00, 0x01};
  static const uint8_t datagram[] = {0x40, 0x01, 0x00, 0x01};

  /* Over (D)TLS they are the same; a protocol that there is not has none. */
  coap_pdu_parse(COAP_PROTO_DTLS, datagram, sizeof(datagram), pdu);
  coap_pdu_parse(COAP_PROTO_TLS, plain, sizeof(plain), pdu);
  coap_pdu_parse(COAP_PROTO_WSS, plain, sizeof(plain), pdu);
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_LAST, plain, sizeof(plain), pdu));
  IS_NOTHING(coap_pdu_parse((coap_proto_t)(COAP_PROTO_LAST + 1), plain, sizeof(plain), pdu));
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_TCP, cut, sizeof(cut), pdu));
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_TCP, head, sizeof(head), pdu));
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_TCP, reserved, sizeof(reserved), pdu));
}

static void
of_values(void) {
  coap_block_b_t block_b;
  coap_block_t block;
  coap_uri_t uri;
  char text[8];
  const uint8_t *data;
  size_t length;
  size_t offset;
  size_t total;

  IS_NULL(coap_pdu_init((coap_pdu_type_t)(COAP_MESSAGE_RST + 1), COAP_EMPTY_CODE, 0, 64));
  IS_NULL(coap_pdu_init(COAP_MESSAGE_CON, (coap_pdu_code_t)256, 0, 64));
  IS_NULL(coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, -1, 64));
  IS_NULL(coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0x10000, 64));
  IS_NULL(coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, SIZE_MAX));
  IS_NULL(coap_add_data_after(NULL, 1));
  IS_NULL(coap_new_optlist(COAP_OPTION_ETAG, TOO_MANY, byte));
  IS_NULL(coap_new_uri(NULL, 0));
  IS_NULL(coap_get_uri_path(NULL));
  IS_NULL(coap_get_query(NULL));
  HOLDS(coap_uri_into_options(NULL, NULL, NULL, 0, NULL, 0) < 0);
  IS_NULL(coap_block_build_body(NULL, 1, NULL, 0, 1));
  IS_NULL(coap_block_build_body(NULL, 1, byte, SIZE_MAX, 1));
  IS_NOTHING(coap_add_token(NULL, 0, NULL));
  IS_NOTHING(coap_add_option(NULL, COAP_OPTION_ETAG, 0, NULL));
  IS_NOTHING(coap_get_block(NULL, COAP_OPTION_BLOCK2, &block));
  IS_NOTHING(coap_get_block_b(NULL, NULL, COAP_OPTION_BLOCK2, &block_b));
  IS_NOTHING(coap_get_data_large(NULL, &length, &data, &offset, &total));
  IS_NOTHING(coap_pdu_parse(COAP_PROTO_UDP, byte, sizeof(byte), NULL));
  IS_NOTHING(coap_opt_encode(NULL, 0, 0, byte, sizeof(byte)));
  HOLDS(coap_split_uri(byte, sizeof(byte), NULL) < 0);
  HOLDS(coap_split_uri(NULL, 0, &uri) < 0);
  IS_NOTHING(coap_print_ip_addr(NULL, text, sizeof(text)));
  HOLDS(*coap_response_phrase(0xff) == '\0');
}

void
world_calls_half(void) {
  coap_pdu_t *request = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 128);
  coap_pdu_t *response = coap_pdu_init(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, 1, 128);
  unsigned int i;

  if (request != NULL && response != NULL) {
    for (i = 0; i < WORLD_CONTEXTS; i++) {
      if (world.context[i] != NULL)
        of_context(world.context[i]);
    }
    for (i = 0; i < WORLD_SLOTS; i++) {
      struct world_session *s = world_slot(i);

      if (s != NULL)
        of_session(s->session, request, response);
    }
    of_no_session(request);
    of_message(request);
    of_bytes(response);
  }
  coap_delete_pdu(request);
  coap_delete_pdu(response);
  of_resource();
  of_values();
}
