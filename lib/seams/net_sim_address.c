/* net_sim_address.c -- addresses as the simulated network compares them. */
#include "seams/net_sim_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define SIM_HOST_V4       UINT32_C(0x0a000001) /* 10.0.0.1 */
#define SIM_HOST_V6_FIRST 0xfdU                /* fd00::1 */

uint16_t
sim_port_of(const coap_address_t *a) {
  return ntohs(a->addr.sa.sa_family == AF_INET6 ? a->addr.sin6.sin6_port : a->addr.sin.sin_port);
}

void
sim_set_port(coap_address_t *a, uint16_t port) {
  if (a->addr.sa.sa_family == AF_INET6)
    a->addr.sin6.sin6_port = htons(port);
  else
    a->addr.sin.sin_port = htons(port);
}

int
sim_is_any(const coap_address_t *a) {
  if (a->addr.sa.sa_family == AF_INET6)
    return IN6_IS_ADDR_UNSPECIFIED(&a->addr.sin6.sin6_addr);
  return a->addr.sin.sin_addr.s_addr == htonl(INADDR_ANY);
}

int
sim_is_group(const coap_address_t *a) {
  if (a->addr.sa.sa_family == AF_INET6)
    return IN6_IS_ADDR_MULTICAST(&a->addr.sin6.sin6_addr);
  return IN_MULTICAST(ntohl(a->addr.sin.sin_addr.s_addr));
}

int
sim_same_host(const coap_address_t *a, const coap_address_t *b) {
  if (a->addr.sa.sa_family != b->addr.sa.sa_family)
    return 0;
  if (a->addr.sa.sa_family == AF_INET6)
    return memcmp(&a->addr.sin6.sin6_addr, &b->addr.sin6.sin6_addr, sizeof(struct in6_addr)) == 0;
  return a->addr.sin.sin_addr.s_addr == b->addr.sin.sin_addr.s_addr;
}

int
sim_known_family(const coap_address_t *a) {
  return a->addr.sa.sa_family == AF_INET || a->addr.sa.sa_family == AF_INET6;
}

void
sim_host_address(coap_address_t *out, int family) {
  memset(out, 0, sizeof(*out));
  if (family == AF_INET6) {
    out->size = sizeof(out->addr.sin6);
    out->addr.sin6.sin6_family = AF_INET6;
    out->addr.sin6.sin6_addr.s6_addr[0] = SIM_HOST_V6_FIRST;
    out->addr.sin6.sin6_addr.s6_addr[15] = 1;
  } else {
    out->size = sizeof(out->addr.sin);
    out->addr.sin.sin_family = AF_INET;
    out->addr.sin.sin_addr.s_addr = htonl(SIM_HOST_V4);
  }
}

int
coap_net_resolve(const char *host, uint16_t port, int family, int ai_flags, coap_address_t *out,
                 int max) {
  coap_address_t a;

  (void)ai_flags;
  if (max < 1)
    return -EINVAL;
  sim_host_address(&a, strchr(host, ':') != NULL ? AF_INET6 : AF_INET);
  if (family != AF_UNSPEC && family != a.addr.sa.sa_family)
    return -ENOENT;
  if (a.addr.sa.sa_family == AF_INET6) {
    if (inet_pton(AF_INET6, host, &a.addr.sin6.sin6_addr) != 1)
      return -ENOENT;
  } else if (strcmp(host, "localhost") != 0 &&
             inet_pton(AF_INET, host, &a.addr.sin.sin_addr) != 1) {
    return -ENOENT;
  }
  sim_set_port(&a, port);
  out[0] = a;
  return 1;
}
