/* uri.c -- texts as URIs, paths and queries, options as text. The first byte says what the rest is,
 * the second which destination is known and whether an allocation fails.
 *
 * Aims at: coap_split_uri(), coap_split_proxy_uri(), coap_new_uri(), coap_clone_uri(),
 * coap_uri_into_options(), coap_split_path(), coap_split_query(), coap_get_uri_path(),
 * coap_get_query(). Each is compared with the harness's own reader and with its own output. */
#include "oracle/uri_agreement.h"
#include "oracle/uri_reader.h"
#include "seams/memory.h"
#include "targets/target.h"

#include <stdlib.h>

const struct fuzz_target fuzz_target = {"uri", NULL};

static void
read_as(unsigned int kind, unsigned int how, const uint8_t *text, size_t len) {
  struct uri_use use = {how & 1U, (how >> 1) % 3, how >> 3};

  switch (kind % 8) {
  case 4:
    uri_agreement_path(text, len);
    break;
  case 5:
    uri_agreement_query(text, len);
    break;
  case 6:
  case 7:
    uri_agreement_options(text, len, kind & 1);
    break;
  default:
    uri_agreement(text, len, kind % 8 == 3, &use);
    break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct coap_mem_sim_stats stats;

  if (size < 2 || size - 2 > URI_TEXT_MAX)
    return 0;
  read_as(data[0], data[1], data + 2, size - 2);
  coap_mem_sim_stats(&stats);
  if (stats.live_blocks != 0)
    abort(); /* leaked */
  return 0;
}
