/* frame.c -- from a captured frame to the UDP datagram inside. */
#include "tools/packet.h"

#include <string.h>

enum {
  LINK_NULL = 0,
  LINK_ETHERNET = 1,
  LINK_RAW_BSD = 12,
  LINK_RAW = 101,
  LINK_LOOP = 108,
  LINK_SLL = 113,
  LINK_IPV4 = 228,
  LINK_IPV6 = 229,
  LINK_SLL2 = 276
};

#define ETHERTYPE_IPV4 0x0800U
#define ETHERTYPE_IPV6 0x86ddU
#define ETHERTYPE_VLAN 0x8100U
#define PROTO_UDP      17U

struct view {
  const uint8_t *p;
  size_t n;
};

static uint32_t
u16_at(const struct view *v, size_t at) {
  return ((uint32_t)v->p[at] << 8) | v->p[at + 1];
}

static int
skip(struct view *v, size_t n) {
  if (v->n < n)
    return 0;
  v->p += n;
  v->n -= n;
  return 1;
}

int
frame_link_known(uint32_t link_type) {
  switch (link_type) {
  case LINK_NULL:
  case LINK_ETHERNET:
  case LINK_RAW_BSD:
  case LINK_RAW:
  case LINK_LOOP:
  case LINK_SLL:
  case LINK_IPV4:
  case LINK_IPV6:
  case LINK_SLL2:
    return 1;
  default:
    return 0;
  }
}

static int
is_ip(uint32_t ethertype) {
  return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
}

static int
strip_ethernet(struct view *v) {
  uint32_t type;

  if (v->n < 14)
    return 0;
  type = u16_at(v, 12);
  skip(v, 14);
  while (type == ETHERTYPE_VLAN) {
    if (v->n < 4)
      return 0;
    type = u16_at(v, 2);
    skip(v, 4);
  }
  return is_ip(type);
}

/* What is left in `v` then starts with an IP header, whose version nibble says which. */
static int
strip_link(uint32_t link_type, struct view *v) {
  switch (link_type) {
  case LINK_ETHERNET:
    return strip_ethernet(v);
  case LINK_NULL:
  case LINK_LOOP:
    return skip(v, 4);
  case LINK_SLL:
    return v->n >= 16 && is_ip(u16_at(v, 14)) && skip(v, 16);
  case LINK_SLL2:
    return v->n >= 20 && is_ip(u16_at(v, 0)) && skip(v, 20);
  case LINK_RAW_BSD:
  case LINK_RAW:
  case LINK_IPV4:
  case LINK_IPV6:
    return 1;
  default:
    return 0;
  }
}

static int
strip_ipv4(struct view *v, struct packet *out) {
  size_t header;
  size_t total;

  if (v->n < 20)
    return 0;
  header = (size_t)(v->p[0] & 0xfU) * 4;
  total = u16_at(v, 2);
  if (header < 20 || total < header || total > v->n || v->p[9] != PROTO_UDP)
    return 0;
  if ((u16_at(v, 6) & 0x3fffU) != 0) /* a fragment: not a whole datagram */
    return 0;
  memcpy(out->from.address, v->p + 12, 4);
  memcpy(out->to.address, v->p + 16, 4);
  v->n = total;
  return skip(v, header);
}

/* Hop-by-hop, routing and destination options have a length in their second byte. */
static int
is_extension(unsigned int next) {
  return next == 0 || next == 43 || next == 60;
}

static int
strip_ipv6(struct view *v, struct packet *out) {
  unsigned int next;
  size_t payload;

  if (v->n < 40)
    return 0;
  payload = u16_at(v, 4);
  if (payload + 40 > v->n)
    return 0;
  next = v->p[6];
  out->from.ipv6 = out->to.ipv6 = 1;
  memcpy(out->from.address, v->p + 8, 16);
  memcpy(out->to.address, v->p + 24, 16);
  v->n = payload + 40;
  skip(v, 40);
  while (is_extension(next)) {
    size_t length;

    if (v->n < 8)
      return 0;
    next = v->p[0];
    length = ((size_t)v->p[1] + 1) * 8;
    if (!skip(v, length))
      return 0;
  }
  return next == PROTO_UDP;
}

int
frame_udp(uint32_t link_type, const uint8_t *frame, size_t len, struct packet *out) {
  struct view v = {frame, len};
  uint32_t udp_len;

  memset(&out->from, 0, sizeof(out->from));
  memset(&out->to, 0, sizeof(out->to));
  if (!strip_link(link_type, &v) || v.n == 0)
    return 0;
  if (v.p[0] >> 4 == 4 ? !strip_ipv4(&v, out) : v.p[0] >> 4 != 6 || !strip_ipv6(&v, out))
    return 0;
  if (v.n < 8)
    return 0;
  udp_len = u16_at(&v, 4);
  if (udp_len < 8 || udp_len > v.n)
    return 0;
  out->from.port = (uint16_t)u16_at(&v, 0);
  out->to.port = (uint16_t)u16_at(&v, 2);
  out->data = v.p + 8;
  out->length = udp_len - 8;
  return 1;
}
