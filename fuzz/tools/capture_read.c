/* capture_read.c -- pcapng and classic pcap, either byte order. Errors name the file offset and
 * what was expected there. */
#include "tools/packet.h"

#include <stdarg.h>
#include <string.h>

#define BLOCK_SECTION   0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BLOCK_OLD       2U
#define BLOCK_SIMPLE    3U
#define BLOCK_PACKET    6U
#define BYTE_ORDER      0x1a2b3c4dU
#define OPTION_COMMENT  1U
#define OPTION_TSRESOL  9U
#define INTERFACES_MAX  32U

struct interface {
  uint32_t link_type;
  uint64_t units_per_second;
};

struct source {
  const uint8_t *bytes;
  size_t len;
  int swapped;
  struct interface interfaces[INTERFACES_MAX];
  unsigned int n_interfaces;
  struct capture_reader *reader;
  struct capture_error *error;
};

static int __attribute__((format(printf, 3, 4)))
fail(struct source *s, size_t offset, const char *format, ...) {
  va_list args;

  s->error->offset = offset;
  va_start(args, format);
  vsnprintf(s->error->message, sizeof(s->error->message), format, args);
  va_end(args);
  return 0;
}

static uint32_t
u32_at(const struct source *s, size_t at) {
  const uint8_t *p = s->bytes + at;

  if (s->swapped)
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
  return ((uint32_t)p[3] << 24) | ((uint32_t)p[2] << 16) | ((uint32_t)p[1] << 8) | p[0];
}

static uint32_t
u16_at(const struct source *s, size_t at) {
  const uint8_t *p = s->bytes + at;

  return s->swapped ? ((uint32_t)p[0] << 8) | p[1] : ((uint32_t)p[1] << 8) | p[0];
}

static int
give_frame(struct source *s, uint32_t link_type, uint64_t time_us, size_t at, size_t len) {
  struct packet p;

  if (!frame_udp(link_type, s->bytes + at, len, &p)) {
    s->reader->skipped++;
    return 1;
  }
  p.time_us = time_us;
  s->reader->packets++;
  return s->reader->on_packet(s->reader->user, &p);
}

static uint64_t
to_us(uint64_t stamp, uint64_t units) {
  return stamp / units * 1000000U + stamp % units * 1000000U / units;
}

/* Walks the options of a block from `at` to `end`; 0 on a broken option. */
static int
walk_options(struct source *s, size_t at, size_t end,
             void (*on_option)(struct source *, uint32_t, size_t, size_t)) {
  while (at + 4 <= end) {
    uint32_t code = u16_at(s, at);
    uint32_t len = u16_at(s, at + 2);

    if (code == 0)
      return 1;
    if (len > end - at - 4)
      return fail(s, at, "expected an option of %u bytes to fit its block", len);
    on_option(s, code, at + 4, len);
    at += 4 + ((len + 3U) & ~3U);
  }
  return 1;
}

static void
section_option(struct source *s, uint32_t code, size_t at, size_t len) {
  if (code == OPTION_COMMENT && s->reader->on_comment != NULL)
    s->reader->on_comment(s->reader->user, (const char *)s->bytes + at, len);
}

static void
interface_option(struct source *s, uint32_t code, size_t at, size_t len) {
  struct interface *i = &s->interfaces[s->n_interfaces - 1];
  unsigned int k;
  uint8_t resolution;

  if (code != OPTION_TSRESOL || len < 1)
    return;
  resolution = s->bytes[at];
  i->units_per_second = 1;
  if (resolution & 0x80U) {
    i->units_per_second <<= (resolution & 0x7fU) < 60 ? (resolution & 0x7fU) : 60;
    return;
  }
  for (k = 0; k < resolution && k < 12; k++)
    i->units_per_second *= 10;
}

static int
read_interface(struct source *s, size_t at, size_t end) {
  uint32_t link_type;

  if (end - at < 8)
    return fail(s, at, "expected an interface block of at least 20 bytes");
  link_type = u16_at(s, at);
  if (!frame_link_known(link_type))
    return fail(s, at, "expected link type Ethernet, Linux cooked, raw IP or null, found %u",
                link_type);
  if (s->n_interfaces == INTERFACES_MAX)
    return fail(s, at, "expected at most %u interfaces", INTERFACES_MAX);
  s->interfaces[s->n_interfaces].link_type = link_type;
  s->interfaces[s->n_interfaces].units_per_second = 1000000;
  s->n_interfaces++;
  return walk_options(s, at + 8, end, interface_option);
}

static int
read_packet(struct source *s, size_t at, size_t end, uint32_t type) {
  size_t header = type == BLOCK_SIMPLE ? 4 : 20;
  uint32_t interface = 0;
  uint64_t stamp = 0;
  uint32_t len;

  if (end - at < header)
    return fail(s, at, "expected a packet block with %zu header bytes", header);
  if (type == BLOCK_SIMPLE) {
    len = u32_at(s, at);
  } else {
    interface = type == BLOCK_OLD ? u16_at(s, at) : u32_at(s, at);
    stamp = ((uint64_t)u32_at(s, at + 4) << 32) | u32_at(s, at + 8);
    len = u32_at(s, at + 12);
  }
  if (interface >= s->n_interfaces)
    return fail(s, at, "expected an interface 0..%d, found %u", (int)s->n_interfaces - 1,
                interface);
  if (len > end - at - header) {
    if (type != BLOCK_SIMPLE)
      return fail(s, at, "expected %u captured bytes in the block", len);
    len = (uint32_t)(end - at - header);
  }
  return give_frame(s, s->interfaces[interface].link_type,
                    to_us(stamp, s->interfaces[interface].units_per_second), at + header, len);
}

static int
read_section(struct source *s, size_t at) {
  if (s->len - at < 28)
    return fail(s, at, "expected a section header of at least 28 bytes");
  s->swapped = 0;
  if (u32_at(s, at + 8) != BYTE_ORDER) {
    s->swapped = 1;
    if (u32_at(s, at + 8) != BYTE_ORDER)
      return fail(s, at + 8, "expected the byte-order magic 1a2b3c4d");
  }
  s->n_interfaces = 0;
  return 1;
}

static int
read_pcapng(struct source *s) {
  size_t at = 0;

  while (at < s->len) {
    uint32_t type;
    size_t total;
    int ok = 1;

    if (s->len - at < 12)
      return fail(s, at, "expected a block of at least 12 bytes, found %zu", s->len - at);
    type = u32_at(s, at);
    if (type == BLOCK_SECTION && !read_section(s, at))
      return 0;
    total = u32_at(s, at + 4);
    if (total < 12 || total % 4 != 0 || total > s->len - at)
      return fail(s, at + 4, "expected a block length that fits the file, found %zu", total);
    if (u32_at(s, at + total - 4) != total)
      return fail(s, at + total - 4, "expected the block length %zu again", total);
    if (type == BLOCK_SECTION)
      ok = total >= 28 ? walk_options(s, at + 24, at + total - 4, section_option)
                       : fail(s, at + 4, "expected a section header of at least 28 bytes");
    else if (type == BLOCK_INTERFACE)
      ok = read_interface(s, at + 8, at + total - 4);
    else if (type == BLOCK_PACKET || type == BLOCK_SIMPLE || type == BLOCK_OLD)
      ok = read_packet(s, at + 8, at + total - 4, type);
    if (!ok)
      return 0;
    at += total;
  }
  return 1;
}

static int
read_pcap(struct source *s, uint64_t units) {
  uint32_t link_type;
  size_t at = 24;

  if (s->len < at)
    return fail(s, 0, "expected a pcap header of 24 bytes, found %zu", s->len);
  link_type = u32_at(s, 20) & 0xffffU;
  if (!frame_link_known(link_type))
    return fail(s, 20, "expected link type Ethernet, Linux cooked, raw IP or null, found %u",
                link_type);
  while (at < s->len) {
    uint32_t len;

    if (s->len - at < 16)
      return fail(s, at, "expected a packet header of 16 bytes, found %zu", s->len - at);
    len = u32_at(s, at + 8);
    if (len > s->len - at - 16)
      return fail(s, at + 8, "expected %u packet bytes, found %zu", len, s->len - at - 16);
    if (!give_frame(s, link_type,
                    (uint64_t)u32_at(s, at) * 1000000U + to_us(u32_at(s, at + 4), units), at + 16,
                    len))
      return 0;
    at += 16 + (size_t)len;
  }
  return 1;
}

int
capture_read(struct capture_reader *r, const uint8_t *bytes, size_t len,
             struct capture_error *error) {
  struct source s;
  uint32_t magic;

  memset(&s, 0, sizeof(s));
  s.bytes = bytes;
  s.len = len;
  s.reader = r;
  s.error = error;
  r->packets = r->skipped = 0;
  error->message[0] = '\0';
  if (len < 4)
    return fail(&s, 0, "expected a pcapng or pcap file, found %zu bytes", len);
  for (s.swapped = 0; s.swapped < 2; s.swapped++) {
    magic = u32_at(&s, 0);
    if (magic == BLOCK_SECTION)
      return read_pcapng(&s);
    if (magic == 0xa1b2c3d4U)
      return read_pcap(&s, 1000000);
    if (magic == 0xa1b23c4dU)
      return read_pcap(&s, 1000000000);
  }
  s.swapped = 0;
  return fail(&s, 0, "expected a pcapng or pcap magic number, found %02x%02x%02x%02x", bytes[0],
              bytes[1], bytes[2], bytes[3]);
}
