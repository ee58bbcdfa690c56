/* real_world.c -- a small server and client on real sockets, through the public API alone. */
#include "test.h"

#include "real_world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint8_t large[REAL_LARGE];

static void
on_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  real_server_t *server = coap_get_app_data(coap_session_get_context(session));

  (void)resource;
  (void)request;
  (void)query;
  server->requests++;
  server->last_session = session;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

static void
on_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, -1, 0, sizeof(large), large,
                               NULL, NULL);
}

static int
add_resource(coap_context_t *context, const char *path, coap_method_handler_t handler) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), 0);

  if (!resource)
    return 0;
  coap_register_request_handler(resource, COAP_REQUEST_GET, handler);
  coap_add_resource(context, resource);
  return 1;
}

/* All that the public API tells of it is the endpoint's text, "address:port ...". */
uint16_t
real_endpoint_port(const coap_endpoint_t *endpoint) {
  const char *text = coap_endpoint_str(endpoint);
  size_t length = strcspn(text, " ");
  const char *colon = memrchr(text, ':', length);

  return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

static int
parse_address(coap_address_t *address, const char *ip) {
  coap_address_init(address);
  if (inet_pton(AF_INET, ip, &address->addr.sin.sin_addr) == 1) {
    address->addr.sin.sin_family = AF_INET;
    address->size = sizeof(address->addr.sin);
    return 1;
  }
  address->addr.sin6.sin6_family = AF_INET6;
  address->size = sizeof(address->addr.sin6);
  return inet_pton(AF_INET6, ip, &address->addr.sin6.sin6_addr) == 1;
}

int
real_server_begin(real_server_t *server) {
  memset(server, 0, sizeof(*server));
  for (size_t i = 0; i < sizeof(large); i++)
    large[i] = (uint8_t)(i * 7);
  server->context = coap_new_context(NULL);
  if (!server->context)
    return 0;
  coap_set_app_data(server->context, server);
  coap_context_set_block_mode(server->context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  if (add_resource(server->context, "hello", on_hello) &&
      add_resource(server->context, "large", on_large))
    return 1;
  real_server_close(server);
  return 0;
}

int
real_server_open(real_server_t *server, const char *ip) {
  if (!real_server_begin(server))
    return 0;
  if (parse_address(&server->address, ip))
    server->endpoint = coap_new_endpoint(server->context, &server->address, COAP_PROTO_UDP);
  if (!server->endpoint) {
    real_server_close(server);
    return 0;
  }
  coap_address_set_port(&server->address, real_endpoint_port(server->endpoint));
  return 1;
}

void
real_server_close(real_server_t *server) {
  coap_free_context(server->context);
  server->context = NULL;
  server->endpoint = NULL;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  real_client_t *client = coap_get_app_data(coap_session_get_context(session));
  const uint8_t *data = NULL;
  size_t offset = 0;
  size_t total = 0;

  (void)sent;
  (void)mid;
  client->responses++;
  client->code = coap_pdu_get_code(received);
  client->from = *coap_session_get_addr_remote(session);
  client->length = 0;
  if (!coap_get_data_large(received, &client->length, &data, &offset, &total))
    return COAP_RESPONSE_OK;
  client->in_order = client->length == sizeof(large) && memcmp(data, large, sizeof(large)) == 0;
  strncpy(client->payload, (const char *)data,
          client->length < sizeof(client->payload) ? client->length : sizeof(client->payload) - 1);
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  real_client_t *client = coap_get_app_data(coap_session_get_context(session));

  (void)sent;
  (void)mid;
  client->nacks++;
  client->reason = (int)reason;
}

int
real_client_begin(real_client_t *client) {
  memset(client, 0, sizeof(*client));
  client->context = coap_new_context(NULL);
  if (!client->context)
    return 0;
  coap_set_app_data(client->context, client);
  coap_context_set_block_mode(client->context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(client->context, on_response);
  coap_register_nack_handler(client->context, on_nack);
  return 1;
}

int
real_client_open(real_client_t *client, const coap_address_t *peer) {
  if (!real_client_begin(client))
    return 0;
  client->session = coap_new_client_session(client->context, NULL, peer, COAP_PROTO_UDP);
  if (client->session)
    return 1;
  real_client_close(client);
  return 0;
}

void
real_client_close(real_client_t *client) {
  coap_free_context(client->context);
  client->context = NULL;
  client->session = NULL;
}

real_server_t real_server;
real_client_t real_client;

int
real_pair_setup(void **state) {
  quiet_setup(state);
  return !real_server_open(&real_server, "127.0.0.1") ||
         !real_client_open(&real_client, &real_server.address);
}

int
real_pair_teardown(void **state) {
  real_client_close(&real_client);
  real_server_close(&real_server);
  return quiet_teardown(state);
}

coap_mid_t
real_request_path(real_client_t *client, coap_pdu_type_t type, const char *path) {
  coap_pdu_t *pdu = coap_new_pdu(type, COAP_REQUEST_CODE_GET, client->session);
  uint8_t token[8];
  size_t length;

  if (!pdu)
    return COAP_INVALID_MID;
  coap_session_new_token(client->session, &length, token);
  coap_add_token(pdu, length, token);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  return coap_send(client->session, pdu);
}

coap_mid_t
real_request(real_client_t *client, coap_pdu_type_t type) {
  return real_request_path(client, type, "hello");
}

uint64_t
real_now_ms(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int
real_lo_index(void) {
  return (int)if_nametoindex("lo");
}

int
real_open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  int count = 0;

  if (!folder)
    return -1;
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}
