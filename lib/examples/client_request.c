/* client_request.c -- the URI's target and the request for it. */
#include "client_request.h"

#include "arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
target_resolve(const client_options_t *options, coap_uri_t *uri, coap_address_t *server,
               coap_proto_t *proto, int *exit_code) {
  coap_addr_info_t *list;

  if (coap_split_uri((const uint8_t *)options->uri, strlen(options->uri), uri) < 0 ||
      uri->host.length == 0) {
    complain(client_program, "%s: not a URI like coap://host[:port]/path?query", options->uri);
    *exit_code = EXIT_USAGE;
    return 0;
  }
  if (!(coap_get_available_scheme_hint_bits(1, 1, COAP_PROTO_NONE) >> uri->scheme & 1)) {
    complain(client_program, "%s: this scheme is not built in", options->uri);
    *exit_code = EXIT_USAGE;
    return 0;
  }
  list = coap_resolve_address_info(&uri->host, uri->port, uri->port, uri->port, uri->port, 0,
                                   1 << uri->scheme, COAP_RESOLVE_TYPE_REMOTE);
  if (!list) {
    complain(client_program, "%s: no address for host \"%.*s\": check the name", options->uri,
             (int)uri->host.length, (const char *)uri->host.s);
    *exit_code = EXIT_FAILED;
    return 0;
  }
  coap_address_copy(server, &list->addr);
  *proto = list->proto;
  coap_free_address_info(list);
  return 1;
}

/* The local address to bind, of the server's family: what -a says, or any. 1 or 0. */
static int
local_address(const client_options_t *options, const coap_address_t *server,
              coap_address_t *local) {
  static const char *const any[] = {"0.0.0.0", "::"};
  int is_v6 = server->addr.sa.sa_family == AF_INET6;
  const char *name = options->address ? options->address : any[is_v6];
  coap_str_const_t host = {strlen(name), (const uint8_t *)name};
  coap_addr_info_t *list = coap_resolve_address_info(
      &host, 0, 0, 0, 0, 0, 1 << COAP_URI_SCHEME_COAP, COAP_RESOLVE_TYPE_LOCAL);
  const coap_addr_info_t *info = list;

  while (info && info->addr.addr.sa.sa_family != server->addr.sa.sa_family)
    info = info->next;
  if (info) {
    coap_address_copy(local, &info->addr);
    coap_address_set_port(local, (uint16_t)options->port);
  } else {
    complain(client_program, "-a %s: no local address of the server's kind", name);
  }
  coap_free_address_info(list);
  return info != NULL;
}

coap_session_t *
target_connect(const client_options_t *options, coap_context_t *context,
               const coap_address_t *server, coap_proto_t proto, const coap_uri_t *uri,
               coap_oscore_conf_t *conf) {
  int bound = options->address || options->port;
  coap_address_t local;
  coap_session_t *session;

  coap_address_init(&local);
  if (bound && !local_address(options, server, &local)) {
    coap_delete_oscore_conf(conf);
    return NULL;
  }
  if (proto == COAP_PROTO_DTLS || proto == COAP_PROTO_TLS || proto == COAP_PROTO_WSS)
    return credentials_connect(&options->credentials, client_program, context,
                               bound ? &local : NULL, server, proto, &uri->host, conf);
  errno = 0;
  if (conf)
    session = coap_new_client_session_oscore(context, bound ? &local : NULL, server, proto, conf);
  else
    session = coap_new_client_session(context, bound ? &local : NULL, server, proto);
  if (!session && conf && !errno)
    complain(client_program,
             "-E %s: this cannot protect a session: a recipient_id is missing, an "
             "ID is too long, or the URI's host is a group",
             options->oscore);
  else if (!session)
    complain(client_program, "%s: cannot open a socket%s%s; is the local address or port in use?",
             options->uri, errno ? ": " : "", errno ? strerror(errno) : "");
  return session;
}

static int
add_uint(coap_optlist_t **list, uint16_t number, unsigned int value) {
  uint8_t bytes[4];
  size_t length = coap_encode_var_safe(bytes, sizeof(bytes), value);
  coap_optlist_t *option = coap_new_optlist(number, length, bytes);

  return option && coap_insert_optlist(list, option);
}

static int
add_extra(coap_optlist_t **list, const coap_optlist_t *extra) {
  for (; extra; extra = extra->next) {
    coap_optlist_t *copy = coap_new_optlist(extra->number, extra->length, extra->data);

    if (!copy || !coap_insert_optlist(list, copy))
      return 0;
  }
  return 1;
}

/* RFC 7959: a request with a body says the size of its own blocks, one without asks for it. */
static int
add_block(const client_options_t *options, coap_optlist_t **list, size_t length) {
  int has_body = length != 0;
  unsigned int more = has_body && (16U << options->block_szx) < length;

  return add_uint(list, has_body ? COAP_OPTION_BLOCK1 : COAP_OPTION_BLOCK2,
                  options->block_num << 4 | more << 3 | options->block_szx);
}

static int
add_options(const client_options_t *options, const coap_address_t *server, const coap_uri_t *uri,
            size_t length, coap_optlist_t **list) {
  uint8_t scratch[1024];

  if (coap_uri_into_options(uri, server, list, !options->no_uri_host, scratch, sizeof(scratch)) < 0)
    return 0;
  return (!options->has_observe || add_uint(list, COAP_OPTION_OBSERVE, COAP_OBSERVE_ESTABLISH)) &&
         (!options->has_format || add_uint(list, COAP_OPTION_CONTENT_FORMAT, options->format)) &&
         (!options->has_accept || add_uint(list, COAP_OPTION_ACCEPT, options->accept)) &&
         (!options->has_block || add_block(options, list, length)) &&
         add_extra(list, options->extra);
}

static int
add_token(const client_options_t *options, coap_session_t *session, coap_pdu_t *pdu) {
  uint8_t token[8];
  size_t length = 0;

  if (options->token)
    return coap_add_token(pdu, options->token_length, options->token);
  coap_session_new_token(session, &length, token);
  return coap_add_token(pdu, length, token);
}

coap_pdu_t *
request_build(const client_options_t *options, coap_session_t *session, const coap_uri_t *uri,
              const uint8_t *payload, size_t length) {
  const coap_address_t *group = coap_session_get_addr_mcast(session);
  const coap_address_t *server = group ? group : coap_session_get_addr_remote(session);
  /* RFC 7252 8.1: requests to a group are NON. */
  coap_pdu_type_t type = options->non || group ? COAP_MESSAGE_NON : COAP_MESSAGE_CON;
  coap_pdu_t *pdu = coap_new_pdu(type, (coap_pdu_code_t)options->method, session);
  coap_optlist_t *list = NULL;
  int is_right =
      pdu && add_token(options, session, pdu) && add_options(options, server, uri, length, &list) &&
      (!list || coap_add_optlist_pdu(pdu, &list)) &&
      (!length || coap_add_data_large_request(session, pdu, length, payload, NULL, NULL));

  coap_delete_optlist(list);
  if (is_right)
    return pdu;
  coap_delete_pdu(pdu);
  complain(client_program, "%s: the request cannot be built: too long, or out of memory",
           options->uri);
  return NULL;
}
