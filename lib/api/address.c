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
  if (a->addr.sa.sa_family == AF_UNIX)
    return strncmp(a->addr.cun.sun_path, b->addr.cun.sun_path, COAP_UNIX_PATH_MAX) == 0;
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

/* One byte of the path at `at`, percent-decoded where it is so; the bytes it took, 0: broken. */
static size_t
unix_byte(const uint8_t *at, size_t left, char *out) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  const char *high;
  const char *low;

  if (*at != '%') {
    *out = (char)*at;
    return 1;
  }
  if (left < 3 || !at[1] || !at[2])
    return 0;
  high = strchr(digits, at[1]);
  low = strchr(digits, at[2]);
  if (!high || !low)
    return 0;
  *out = (char)((high - digits) % 16 * 16 + (low - digits) % 16);
  return 3;
}

int
coap_address_set_unix_domain(coap_address_t *addr, const uint8_t *host, size_t host_len) {
  size_t used = 0;
  size_t taken;

  if (!addr || !host)
    return 0;
  coap_address_init(addr);
  addr->addr.cun.sun_family = AF_UNIX;
  addr->size = sizeof(addr->addr.cun);
  for (size_t i = 0; i < host_len; i += taken) {
    /* The last byte of the path ends it. */
    if (used + 1 >= sizeof(addr->addr.cun.sun_path))
      return 0;
    taken = unix_byte(host + i, host_len - i, &addr->addr.cun.sun_path[used++]);
    if (!taken)
      return 0;
  }
  return used > 0;
}

int
coap_host_is_unix_domain(const coap_str_const_t *host) {
  if (!host || !host->length)
    return 0;
  return host->s[0] == '/' || (host->length >= 3 && host->s[0] == '%' && host->s[1] == '2' &&
                               (host->s[2] == 'F' || host->s[2] == 'f'));
}
