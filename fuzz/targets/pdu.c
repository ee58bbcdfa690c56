/* pdu.c -- one datagram through everything that reads messages.
 *
 * Aims at: coap_pdu_parse(), the option iterator and getters, coap_get_uri_path(),
 * coap_get_query(), coap_show_pdu(), coap_pdu_duplicate() and, with the bytes as text,
 * coap_split_uri(), coap_split_path() and coap_split_query(). The library's reader is compared with
 * the harness's own. */
#include "oracle/parser_agreement.h"
#include "seams/memory.h"
#include "targets/target.h"

#include <coap3/coap.h>

#include <stdlib.h>

const struct fuzz_target fuzz_target = {"pdu", NULL};

static void
read_text(const uint8_t *data, size_t size) {
  unsigned char parts[256];
  size_t room = sizeof(parts);
  coap_uri_t uri;

  coap_split_uri(data, size, &uri);
  coap_split_path(data, size, parts, &room);
  room = sizeof(parts);
  coap_split_query(data, size, parts, &room);
}

static void
read_message(const uint8_t *data, size_t size) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, size);

  if (pdu != NULL && coap_pdu_parse(COAP_PROTO_UDP, data, size, pdu)) {
    coap_delete_string(coap_get_uri_path(pdu));
    coap_delete_string(coap_get_query(pdu));
    coap_show_pdu(COAP_LOG_EMERG, pdu);
  }
  coap_delete_pdu(pdu);
}

static void
ignore_log(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct coap_mem_sim_stats stats;

  coap_set_log_handler(ignore_log);
  read_text(data, size);
  if (parser_agreement(data, size))
    read_message(data, size);
  coap_mem_sim_stats(&stats);
  if (stats.live_blocks != 0)
    abort(); /* leaked */
  return 0;
}
