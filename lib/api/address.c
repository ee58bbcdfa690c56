/* address.c -- coap_address(3). */
#include <coap3/coap.h>

#include "seams/memory.h"
#include "seams/net.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void
coap_address_init(coap_address_t *addr) {
  memset(addr, 0, sizeof(*addr));
  addr->size = sizeof(addr->addr);
}

void
coap_address_copy(coap_address_t *dst, const coap_address_t *src) {
  *dst = *src;
}

uint16_t
coap_address_get_port(const coap_address_t *addr) {
  switch (addr ? addr->addr.sa.sa_family : AF_UNSPEC) {
  case AF_INET:
    return ntohs(addr->addr.sin.sin_port);
  case AF_INET6:
    return ntohs(addr->addr.sin6.sin6_port);
  default:
    return 0;
  }
}

void
coap_address_set_port(coap_address_t *addr, uint16_t port) {
  if (addr->addr.sa.sa_family == AF_INET)
    addr->addr.sin.sin_port = htons(port);
  else if (addr->addr.sa.sa_family == AF_INET6)
    addr->addr.sin6.sin6_port = htons(port);
}

int
coap_address_equals(const coap_address_t *a, const coap_address_t *b) {
  if (a->addr.sa.sa_family != b->addr.sa.sa_family ||
      coap_address_get_port(a) != coap_address_get_port(b))
    return 0;
  if (a->addr.sa.sa_family == AF_INET)
    return a->addr.sin.sin_addr.s_addr == b->addr.sin.sin_addr.s_addr;
  if (a->addr.sa.sa_family == AF_INET6)
    return memcmp(&a->addr.sin6.sin6_addr, &b->addr.sin6.sin6_addr, 16) == 0;
  return 0;
}

/* The IPv4 address in network order, when the address is one or holds one (RFC 4291 2.5.5.2). */
static int
as_ipv4(const coap_address_t *a, uint32_t *ip) {
  if (a->addr.sa.sa_family == AF_INET) {
    *ip = ntohl(a->addr.sin.sin_addr.s_addr);
    return 1;
  }
  if (a->addr.sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->addr.sin6.sin6_addr)) {
    uint32_t net;

    memcpy(&net, &a->addr.sin6.sin6_addr.s6_addr[12], sizeof(net));
    *ip = ntohl(net);
    return 1;
  }
  return 0;
}

int
coap_is_mcast(const coap_address_t *a) {
  uint32_t ip;

  if (!a)
    return 0;
  if (as_ipv4(a, &ip))
    return IN_MULTICAST(ip);
  return a->addr.sa.sa_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&a->addr.sin6.sin6_addr);
}

int
coap_is_bcast(const coap_address_t *a) {
  uint32_t ip;

  return a && as_ipv4(a, &ip) && ip == INADDR_BROADCAST;
}

int
coap_is_af_unix(const coap_address_t *a) {
  return a && a->addr.sa.sa_family == AF_UNIX;
}
