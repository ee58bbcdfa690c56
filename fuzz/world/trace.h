/* trace.h -- everything observed of a run, as a hash and, if wanted, as text and as a capture. */
#ifndef FUZZ_WORLD_TRACE_H_
#define FUZZ_WORLD_TRACE_H_

#include "oracle/oracle.h"
#include "world/place.h"

#include <stdio.h>

#define TRACE_LANES 64U

struct trace {
  uint64_t hash;
  uint64_t observations;
  /* The same however streams are cut into pieces: what each connection carried out, what each
   * session told. */
  uint64_t sent[TRACE_LANES], told[TRACE_LANES];
  FILE *text;   /* NULL: not wanted */
  FILE *pcapng; /* NULL: not wanted; each packet is flushed, so that a crash leaves all of them */
};

void trace_begin(struct trace *t, FILE *text, FILE *pcapng);
void trace_add(struct trace *t, const struct obs *o);

/* Of all lanes. */
uint64_t trace_talk(const struct trace *t);

/* One datagram on the wire, either way. */
void trace_packet(struct trace *t, uint64_t now_ms, const struct place *from,
                  const struct place *to, const uint8_t *data, size_t len);

#endif /* FUZZ_WORLD_TRACE_H_ */
