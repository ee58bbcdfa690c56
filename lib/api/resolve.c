/* resolve.c -- coap_resolve_address_info(3): host names to addresses, one entry per scheme. */
#include <coap3/coap.h>

#include "seams/memory.h"
#include "seams/net.h"

#include <string.h>

enum { RESOLVE_MAX = 16, RESOLVE_HOST = 256 };

static coap_proto_t
scheme_proto(coap_uri_scheme_t scheme) {
  switch (scheme) {
  case COAP_URI_SCHEME_COAP:
    return COAP_PROTO_UDP;
  case COAP_URI_SCHEME_COAPS:
    return COAP_PROTO_DTLS;
  case COAP_URI_SCHEME_COAP_TCP:
    return COAP_PROTO_TCP;
  case COAP_URI_SCHEME_COAPS_TCP:
    return COAP_PROTO_TLS;
  case COAP_URI_SCHEME_COAP_WS:
    return COAP_PROTO_WS;
  case COAP_URI_SCHEME_COAPS_WS:
    return COAP_PROTO_WSS;
  default:
    return COAP_PROTO_NONE;
  }
}

static int
proto_is_supported(coap_proto_t proto) {
  switch (proto) {
  case COAP_PROTO_UDP:
    return 1;
  case COAP_PROTO_DTLS:
    return coap_dtls_is_supported();
  case COAP_PROTO_TCP:
    return coap_tcp_is_supported();
  case COAP_PROTO_TLS:
    return coap_tls_is_supported();
  case COAP_PROTO_WS:
    return coap_ws_is_supported();
  case COAP_PROTO_WSS:
    return coap_wss_is_supported();
  default:
    return 0;
  }
}

static uint16_t
scheme_port(coap_uri_scheme_t scheme, uint16_t port, uint16_t secure_port, uint16_t ws_port,
            uint16_t ws_secure_port) {
  switch (scheme) {
  case COAP_URI_SCHEME_COAPS:
  case COAP_URI_SCHEME_COAPS_TCP:
    return secure_port ? secure_port : COAPS_DEFAULT_PORT;
  case COAP_URI_SCHEME_COAP_WS:
    return ws_port ? ws_port : 80;
  case COAP_URI_SCHEME_COAPS_WS:
    return ws_secure_port ? ws_secure_port : 443;
  default:
    return port ? port : COAP_DEFAULT_PORT;
  }
}

uint32_t
coap_get_available_scheme_hint_bits(int have_pki_psk, int ws_check, coap_proto_t use_unix_proto) {
  uint32_t bits = 0;

  for (int scheme = COAP_URI_SCHEME_COAP; scheme < COAP_URI_SCHEME_LAST; scheme++) {
    coap_proto_t proto = scheme_proto((coap_uri_scheme_t)scheme);
    int secure = proto == COAP_PROTO_DTLS || proto == COAP_PROTO_TLS || proto == COAP_PROTO_WSS;
    int ws = proto == COAP_PROTO_WS || proto == COAP_PROTO_WSS;

    if (proto_is_supported(proto) && (!secure || have_pki_psk) && (!ws || ws_check) &&
        (use_unix_proto == COAP_PROTO_NONE || use_unix_proto == proto))
      bits |= UINT32_C(1) << scheme;
  }
  return bits;
}

static int
add_info(coap_addr_info_t ***tail, const coap_address_t *address, coap_uri_scheme_t scheme,
         uint16_t port) {
  coap_addr_info_t *info = coap_mem_zalloc(sizeof(*info));

  if (!info)
    return 0;
  info->scheme = scheme;
  info->proto = scheme_proto(scheme);
  info->addr = *address;
  if (coap_address_get_port(&info->addr) == 0)
    coap_address_set_port(&info->addr, port);
  **tail = info;
  *tail = &info->next;
  return 1;
}

coap_addr_info_t *
coap_resolve_address_info(const coap_str_const_t *address, uint16_t port, uint16_t secure_port,
                          uint16_t ws_port, uint16_t ws_secure_port, int ai_hints_flags,
                          int scheme_hint_bits, coap_resolve_type_t type) {
  coap_address_t found[RESOLVE_MAX];
  coap_addr_info_t *list = NULL;
  coap_addr_info_t **tail = &list;
  char host[RESOLVE_HOST];
  int local = type == COAP_RESOLVE_TYPE_LOCAL;
  int count;

  if (address && address->length >= sizeof(host))
    return NULL;
  host[0] = '\0';
  if (address && address->length) {
    memcpy(host, address->s, address->length);
    host[address->length] = '\0';
    if (strlen(host) != address->length)
      return NULL;
  }
  /* Nothing given: any local address, or this host for a client. */
  count = coap_net_resolve(host[0] ? host
                           : local ? "::"
                                   : "localhost",
                           0, AF_UNSPEC, ai_hints_flags, found, RESOLVE_MAX);
  for (int i = 0; i < count; i++) {
    for (int scheme = COAP_URI_SCHEME_COAP; scheme < COAP_URI_SCHEME_LAST; scheme++) {
      coap_uri_scheme_t s = (coap_uri_scheme_t)scheme;

      if (!(scheme_hint_bits & (1 << scheme)))
        continue;
      if (!add_info(&tail, &found[i], s,
                    scheme_port(s, port, secure_port, ws_port, ws_secure_port))) {
        coap_free_address_info(list);
        return NULL;
      }
    }
  }
  return list;
}

void
coap_free_address_info(coap_addr_info_t *info) {
  while (info) {
    coap_addr_info_t *next = info->next;

    coap_mem_free(info);
    info = next;
  }
}
