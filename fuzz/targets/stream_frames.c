/* stream_frames.c -- the codecs of streams alone, without sessions.
 *
 * Aims at: coap_wire_tcp_size(), coap_wire_parse_tcp(), coap_wire_parse_ws(), the frame reader of
 * wire/ws_frame, the heads of wire/ws_http. The first byte says what the rest is, the second how it
 * is cut into pieces. Each reader is compared with the harness's own and with itself. */
#include "oracle/frame_agreement.h"
#include "oracle/parser_agreement.h"
#include "seams/memory.h"
#include "targets/target.h"

#include <stdlib.h>

const struct fuzz_target fuzz_target = {"stream_frames", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct coap_mem_sim_stats stats;
  size_t chunk;

  if (size < 2)
    return 0;
  chunk = data[1];
  switch (data[0] & 7U) {
  case 0:
  case 1:
    frame_agreement_tcp(data + 2, size - 2);
    break;
  case 2:
    parser_agreement_ws(data + 2, size - 2);
    break;
  case 3:
  case 4:
    frame_agreement_ws(data + 2, size - 2, data[0] & 1, chunk);
    break;
  case 5:
    frame_agreement_http(data + 2, size - 2, 1, chunk);
    break;
  default:
    frame_agreement_http(data + 2, size - 2, 0, chunk);
    break;
  }
  coap_mem_sim_stats(&stats);
  if (stats.live_blocks != 0)
    abort(); /* leaked */
  return 0;
}
