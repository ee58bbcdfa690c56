/* world_address.c -- places as the library's addresses and back. */
#include "world/internal.h"

#include <arpa/inet.h>
#include <string.h>

void
world_to_address(const struct place *p, coap_address_t *out) {
  coap_address_init(out);
  if (p->ipv6) {
    out->size = sizeof(out->addr.sin6);
    out->addr.sin6.sin6_family = AF_INET6;
    out->addr.sin6.sin6_port = htons(p->port);
    memcpy(&out->addr.sin6.sin6_addr, p->address, 16);
  } else {
    out->size = sizeof(out->addr.sin);
    out->addr.sin.sin_family = AF_INET;
    out->addr.sin.sin_port = htons(p->port);
    memcpy(&out->addr.sin.sin_addr, p->address, 4);
  }
}

/* A socket that is bound to no address has the one of its host. */
static void
of_host(struct place *p) {
  static const uint8_t any[sizeof(p->address)];
  struct place host;

  place_endpoint(&host, 0, p->ipv6);
  if (memcmp(p->address, any, sizeof(any)) == 0)
    memcpy(p->address, host.address, sizeof(host.address));
}

void
world_to_place(const coap_address_t *a, struct place *out) {
  memset(out, 0, sizeof(*out));
  out->ipv6 = a->addr.sa.sa_family == AF_INET6;
  if (out->ipv6) {
    out->port = ntohs(a->addr.sin6.sin6_port);
    memcpy(out->address, &a->addr.sin6.sin6_addr, 16);
  } else {
    out->port = ntohs(a->addr.sin.sin_port);
    memcpy(out->address, &a->addr.sin.sin_addr, 4);
  }
  of_host(out);
}

uint64_t
world_key(const coap_address_t *a) {
  struct place p;

  world_to_place(a, &p);
  return place_key(&p);
}
