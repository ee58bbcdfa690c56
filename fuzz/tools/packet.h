/* packet.h -- UDP datagrams with their addresses and times, as captures hold them. */
#ifndef FUZZ_TOOLS_PACKET_H_
#define FUZZ_TOOLS_PACKET_H_

#include "world/place.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct packet {
  uint64_t time_us;
  struct place from;
  struct place to;
  const uint8_t *data;
  size_t length;
};

/* 0 stops the reading. */
typedef int (*packet_fn)(void *user, const struct packet *packet);

struct capture_error {
  size_t offset;
  char message[160];
};

struct capture_reader {
  packet_fn on_packet;
  /* Comments of a pcapng section header, in order; may be NULL. */
  void (*on_comment)(void *user, const char *text, size_t len);
  void *user;
  size_t packets; /* UDP datagrams found */
  size_t skipped; /* frames that hold no whole UDP datagram */
};

/* Reads pcapng or pcap bytes. 1, or 0 with `error` filled. */
int capture_read(struct capture_reader *r, const uint8_t *bytes, size_t len,
                 struct capture_error *error);

/* The UDP datagram inside a frame of a link type; 0 when there is none. */
int frame_udp(uint32_t link_type, const uint8_t *frame, size_t len, struct packet *out);

/* 1 for the link types that frame_udp() knows. */
int frame_link_known(uint32_t link_type);

/* Writes a pcapng section: header with `comment` (split as needed; may be empty), one raw-IP
 * interface. Then packets. Errors are left in the stream (ferror). */
void capture_write_header(FILE *out, const char *comment, size_t comment_len);
void capture_write_packet(FILE *out, const struct packet *packet);

#endif /* FUZZ_TOOLS_PACKET_H_ */
