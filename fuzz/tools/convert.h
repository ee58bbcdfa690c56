/* convert.h -- between captures and session programs. */
#ifndef FUZZ_TOOLS_CONVERT_H_
#define FUZZ_TOOLS_CONVERT_H_

#include "tools/packet.h"
#include "world/program.h"

/* First line of the section comment that carries a whole program through a capture. */
#define CONVERT_MARK "coapspec session program\n"

struct import {
  struct program *program;
  int as_client;        /* the library plays the capture's client, else its server */
  uint16_t server_port; /* 0: the port of the first request's receiver */
  size_t dropped;       /* datagrams past the limits of a program */
};

/* Program that replays one side of a capture; packets in order of time. Spans point into the
 * packets' data. 0 when the capture has no request to start from. */
int import_packets(struct import *im, const struct packet *packets, size_t count);

/* Writes what the scripted peers of `p` send, at the program's virtual times, with the program
 * itself as text in the section comment. What the library answers takes a run: see the replayers'
 * --pcapng. Returns the number of packets. */
size_t export_program(const struct program *p, FILE *out);

/* Bytes of a datagram or message operation, references to the library's own message IDs and tokens
 * read as zero and none. Returns its length; complete when at most `size`. */
size_t export_datagram(const struct program *p, const struct prog_op *op, uint8_t *out,
                       size_t size);

/* Whole file, one NUL byte after its end; NULL with errno. The caller frees it. */
uint8_t *file_read(const char *path, size_t *len);

/* A temporary file beside `path`; file_commit() renames it into place, file_abandon() removes it.
 * NULL or 0: errno says why, and nothing is left behind. */
struct file_output {
  FILE *stream;
  char *path;
  char *temporary;
};
FILE *file_begin(struct file_output *f, const char *path);
int file_commit(struct file_output *f);
void file_abandon(struct file_output *f);

#endif /* FUZZ_TOOLS_CONVERT_H_ */
