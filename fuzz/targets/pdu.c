/* pdu.c -- one datagram through everything that reads messages.
 *
 * Aims at: coap_pdu_parse(), the option iterator and getters, coap_get_uri_path(),
 * coap_get_query(), coap_show_pdu(), the registry of options and, with the bytes as text,
 * coap_split_uri(), coap_split_path() and coap_split_query(). The library's reader is compared with
 * the harness's own. */
#include "oracle/parser_agreement.h"
#include "seams/memory.h"
#include "targets/target.h"
#include "wire/option_registry.h"

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
hold(int holds) {
  if (!holds)
    abort();
}

static int
knows_all(const void *user, coap_option_num_t number) {
  (void)user, (void)number;
  return 1;
}

/* RFC 7252 5.4: what is wrong with an option is wrong with one that is there. */
static void
judge_options(const coap_pdu_t *pdu) {
  int bad = coap_option_first_bad_critical(pdu, NULL, NULL);
  int wrong = coap_option_first_bad_critical(pdu, knows_all, NULL);
  coap_opt_iterator_t other;
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int left = 16; /* each is looked for from the first on */

  hold(bad < 0 || (coap_option_is_critical((coap_option_num_t)bad) &&
                   coap_check_option(pdu, (coap_option_num_t)bad, &other) != NULL));
  hold(wrong < 0 || (bad >= 0 && coap_option_info((coap_option_num_t)wrong) != NULL));
  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while (left-- > 0 && (option = coap_option_next(&oi)) != NULL) {
    const coap_opt_t *usable = coap_option_usable(pdu, oi.number);

    hold(usable == NULL || usable <= option);
    hold(usable != NULL || coap_option_info(oi.number) != NULL);
  }
}

static void
read_message(const uint8_t *data, size_t size) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, size);

  if (pdu != NULL && coap_pdu_parse(COAP_PROTO_UDP, data, size, pdu)) {
    coap_delete_string(coap_get_uri_path(pdu));
    coap_delete_string(coap_get_query(pdu));
    coap_show_pdu(COAP_LOG_EMERG, pdu);
    judge_options(pdu);
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
