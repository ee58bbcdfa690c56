/* capture_write.c -- pcapng with raw IP packets and right checksums, so that any dissector reads
 * them. Layout: IETF draft "PCAP Now Generic Dump File Format". */
#include "tools/packet.h"

#include <string.h>

#define BLOCK_SECTION   0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BLOCK_PACKET    6U
#define BYTE_ORDER      0x1a2b3c4dU
#define LINK_RAW        101U
#define COMMENT_CHUNK   60000U
#define UDP_MAX         65507U
#define IPV4_HEADER     20U
#define IPV6_HEADER     40U
#define UDP_HEADER      8U
#define PROTO_UDP       17U

static void
put_u16(FILE *out, uint32_t v) {
  fputc((int)(v & 0xffU), out);
  fputc((int)((v >> 8) & 0xffU), out);
}

static void
put_u32(FILE *out, uint32_t v) {
  put_u16(out, v & 0xffffU);
  put_u16(out, v >> 16);
}

static void
put_padded(FILE *out, const void *data, size_t len) {
  fwrite(data, 1, len, out);
  for (; len % 4 != 0; len++)
    fputc(0, out);
}

static size_t
padded(size_t len) {
  return (len + 3) & ~(size_t)3;
}

void
capture_write_header(FILE *out, const char *comment, size_t comment_len) {
  size_t options = 0;
  size_t at;

  for (at = 0; at < comment_len; at += COMMENT_CHUNK)
    options += 4 + padded(comment_len - at < COMMENT_CHUNK ? comment_len - at : COMMENT_CHUNK);
  if (options > 0)
    options += 4;
  put_u32(out, BLOCK_SECTION);
  put_u32(out, (uint32_t)(28 + options));
  put_u32(out, BYTE_ORDER);
  put_u16(out, 1); /* version 1.0 */
  put_u16(out, 0);
  put_u32(out, 0xffffffffU); /* section length not given */
  put_u32(out, 0xffffffffU);
  for (at = 0; at < comment_len; at += COMMENT_CHUNK) {
    size_t n = comment_len - at < COMMENT_CHUNK ? comment_len - at : COMMENT_CHUNK;

    put_u16(out, 1); /* opt_comment */
    put_u16(out, (uint32_t)n);
    put_padded(out, comment + at, n);
  }
  if (options > 0)
    put_u32(out, 0); /* opt_endofopt */
  put_u32(out, (uint32_t)(28 + options));

  put_u32(out, BLOCK_INTERFACE);
  put_u32(out, 20);
  put_u16(out, LINK_RAW);
  put_u16(out, 0);
  put_u32(out, 0); /* no snap length */
  put_u32(out, 20);
}

static uint32_t
sum_words(uint32_t sum, const uint8_t *p, size_t len) {
  size_t i;

  for (i = 0; i + 1 < len; i += 2)
    sum += ((uint32_t)p[i] << 8) | p[i + 1];
  if (len % 2 != 0)
    sum += (uint32_t)p[len - 1] << 8;
  while (sum > 0xffff)
    sum = (sum & 0xffffU) + (sum >> 16);
  return sum;
}

static void
set_u16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static size_t
ip_header(uint8_t *h, const struct packet *p, size_t udp_len) {
  if (p->from.ipv6) {
    memset(h, 0, IPV6_HEADER);
    h[0] = 0x60;
    set_u16(h + 4, (uint32_t)udp_len);
    h[6] = PROTO_UDP;
    h[7] = 64;
    memcpy(h + 8, p->from.address, 16);
    memcpy(h + 24, p->to.address, 16);
    return IPV6_HEADER;
  }
  memset(h, 0, IPV4_HEADER);
  h[0] = 0x45;
  set_u16(h + 2, (uint32_t)(IPV4_HEADER + udp_len));
  h[8] = 64;
  h[9] = PROTO_UDP;
  memcpy(h + 12, p->from.address, 4);
  memcpy(h + 16, p->to.address, 4);
  set_u16(h + 10, ~sum_words(0, h, IPV4_HEADER) & 0xffffU);
  return IPV4_HEADER;
}

static void
udp_header(uint8_t *h, const struct packet *p, size_t data_len) {
  size_t address_len = p->from.ipv6 ? 16 : 4;
  size_t udp_len = UDP_HEADER + data_len;
  uint32_t sum;

  set_u16(h, p->from.port);
  set_u16(h + 2, p->to.port);
  set_u16(h + 4, (uint32_t)udp_len);
  set_u16(h + 6, 0);
  sum = sum_words(PROTO_UDP + (uint32_t)udp_len, p->from.address, address_len);
  sum = sum_words(sum, p->to.address, address_len);
  sum = sum_words(sum, h, UDP_HEADER);
  sum = ~sum_words(sum, p->data, data_len) & 0xffffU;
  set_u16(h + 6, sum == 0 ? 0xffff : sum); /* RFC 768: zero means none */
}

void
capture_write_packet(FILE *out, const struct packet *packet) {
  uint8_t headers[IPV6_HEADER + UDP_HEADER];
  struct packet p = *packet;
  size_t ip_len;
  size_t total;

  if (p.length > UDP_MAX)
    p.length = UDP_MAX;
  ip_len = ip_header(headers, &p, UDP_HEADER + p.length);
  udp_header(headers + ip_len, &p, p.length);
  total = ip_len + UDP_HEADER + p.length;
  put_u32(out, BLOCK_PACKET);
  put_u32(out, (uint32_t)(32 + padded(total)));
  put_u32(out, 0); /* interface */
  put_u32(out, (uint32_t)(p.time_us >> 32));
  put_u32(out, (uint32_t)p.time_us);
  put_u32(out, (uint32_t)total);
  put_u32(out, (uint32_t)total);
  fwrite(headers, 1, ip_len + UDP_HEADER, out);
  fwrite(p.data, 1, p.length, out);
  for (; total % 4 != 0; total++)
    fputc(0, out);
  put_u32(out, (uint32_t)(32 + padded(ip_len + UDP_HEADER + p.length)));
}
