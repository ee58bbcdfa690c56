/* place.c -- addresses of the simulated world. */
#include "world/place.h"

#include <string.h>

#define COAP_PORT   5683U
#define SECOND_PORT 5693U

static void
host(struct place *out, int ipv6, unsigned int number, unsigned int port) {
  memset(out, 0, sizeof(*out));
  out->ipv6 = ipv6 != 0;
  out->port = (uint16_t)port;
  if (ipv6) {
    out->address[0] = 0xfd;
    out->address[15] = (uint8_t)number;
  } else {
    out->address[0] = 10;
    out->address[3] = (uint8_t)number;
  }
}

void
place_endpoint(struct place *out, unsigned int index, int ipv6) {
  host(out, ipv6, 1, index == 0 ? COAP_PORT : SECOND_PORT);
}

void
place_peer(struct place *out, unsigned int index, int ipv6) {
  host(out, ipv6, 16 + index % 4, index < 4 ? COAP_PORT : SECOND_PORT);
}

int
place_peer_number(const struct place *p) {
  unsigned int i;

  for (i = 0; i < PLACE_PEERS; i++) {
    struct place peer;

    place_peer(&peer, i, p->ipv6);
    if (place_key(&peer) == place_key(p))
      return (int)i;
  }
  return -1;
}

void
place_group(struct place *out, int ipv6) {
  static const uint8_t v4[] = {224, 0, 1, 187};

  host(out, ipv6, 0xfd, COAP_PORT);
  if (ipv6) {
    out->address[0] = 0xff;
    out->address[1] = 0x02;
  } else {
    memcpy(out->address, v4, sizeof(v4));
  }
}

uint64_t
place_key(const struct place *p) {
  uint64_t key = 1;
  unsigned int i;
  unsigned int n = p->ipv6 ? 16 : 4;

  for (i = 0; i < n; i++)
    key = (key << 3 ^ key >> 45 ^ p->address[i]) & UINT64_C(0xffffffffffff);
  return key << 16 | p->port;
}
