/* oscore.c -- OSCORE's readers and what they undo. The first byte says what the rest is: an option
 * value, a configuration text, a message to protect, what a peer with the right key has put inside
 * of one, or the numbers of messages as they come in.
 *
 * Aims at: coap_oscore_option_read(), coap_new_oscore_conf(), coap_oscore_context_new(),
 * coap_oscore_seal_request() and _response(), coap_oscore_open_request() and _response(), the
 * replay window. What is written reads back as it was, what has been tampered with does not open,
 * no number is accepted twice. */
#include "seams/memory.h"
#include "secure/oscore_message.h"
#include "secure/oscore_replay.h"
#include "targets/raw.h"
#include "targets/target.h"
#include "wire/pdu.h"
#include "wire/pdu_udp.h"

#include <stdlib.h>
#include <string.h>

const struct fuzz_target fuzz_target = {"oscore", NULL};

static coap_oscore_context_t *
context_from(const uint8_t *text, size_t length) {
  coap_str_const_t mem = {length, text};
  coap_oscore_conf_t *conf = coap_new_oscore_conf(mem, NULL, NULL, 0);
  coap_oscore_context_t *context = conf ? coap_oscore_context_new(conf) : NULL;

  if (!context)
    coap_delete_oscore_conf(conf);
  return context;
}

static coap_oscore_context_t *
peer(int is_client) {
  static const char client[] = "master_secret,ascii,s\nsender_id,ascii,c\nrecipient_id,ascii,v";
  static const char server[] = "master_secret,ascii,s\nsender_id,ascii,v\nrecipient_id,ascii,c";

  return is_client ? context_from((const uint8_t *)client, sizeof(client) - 1)
                   : context_from((const uint8_t *)server, sizeof(server) - 1);
}

static void
read_option(const uint8_t *data, size_t size) {
  coap_oscore_option_t option;
  uint8_t again[255];

  if (size > sizeof(again) || !coap_oscore_option_read(data, size, &option))
    return;
  require(coap_oscore_option_write(&option, again) == size);
  require(size == 0 || memcmp(again, data, size) == 0);
}

static void
read_conf(const uint8_t *data, size_t size) {
  coap_oscore_context_unref(context_from(data, size));
}

/* A sealed message opened by `context`; `binding` is the request's, which a response answers. */
static coap_oscore_status_t
open_sealed(const coap_oscore_context_t *context, const coap_pdu_t *sealed, int is_response,
            const coap_oscore_binding_t *binding, coap_pdu_t **plain) {
  coap_oscore_option_t option;
  coap_oscore_binding_t own;

  require(coap_oscore_message_option(sealed, &option));
  if (is_response)
    return coap_oscore_open_response(context, context->recipients, binding, &option, sealed, plain);
  return coap_oscore_open_request(context, context->recipients, &option, sealed, &own, plain);
}

static void
require_same(const coap_pdu_t *before, const coap_pdu_t *after) {
  require(before->code == after->code && before->type == after->type && before->mid == after->mid);
  require(before->used == after->used &&
          memcmp(coap_pdu_bytes(before), coap_pdu_bytes(after), before->used) == 0);
}

/* The payload's last byte is the tag's. */
static void
require_tamper_proof(const coap_oscore_context_t *context, coap_pdu_t *sealed, int is_response,
                     const coap_oscore_binding_t *binding) {
  coap_pdu_t *plain = NULL;

  coap_pdu_bytes(sealed)[sealed->used - 1] ^= 1;
  require(open_sealed(context, sealed, is_response, binding, &plain) == COAP_OSCORE_FORGED);
  require(plain == NULL);
}

static int
has_option(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, number, &oi) != NULL;
}

static void
round_trip(const coap_pdu_t *plain) {
  int is_response = plain->code >> 5 != 0;
  coap_oscore_context_t *client = peer(1);
  coap_oscore_context_t *server = peer(0);
  coap_oscore_binding_t binding = {.kid = {1, "c"}, .piv_length = 1};
  coap_pdu_t *sealed = NULL;
  coap_pdu_t *opened = NULL;
  coap_oscore_status_t status =
      is_response ? coap_oscore_seal_response(server, &binding, plain->mid & 1, plain, &sealed)
                  : coap_oscore_seal_request(client, plain, &binding, &sealed);
  const coap_oscore_context_t *receiver = is_response ? client : server;

  if (status == COAP_OSCORE_OK) {
    require(open_sealed(receiver, sealed, is_response, &binding, &opened) == COAP_OSCORE_OK);
    /* A notification's Observe is made anew. */
    if (!is_response || !has_option(plain, COAP_OPTION_OBSERVE))
      require_same(plain, opened);
    require_tamper_proof(receiver, sealed, is_response, &binding);
  } else {
    require(status == COAP_OSCORE_UNSUITABLE);
  }
  coap_delete_pdu(opened);
  coap_delete_pdu(sealed);
  coap_oscore_context_unref(client);
  coap_oscore_context_unref(server);
}

static void
seal_message(const uint8_t *data, size_t size) {
  coap_pdu_t *pdu = NULL;
  const char *why;
  unsigned int code_class;

  if (coap_wire_parse_udp(data, size, COAP_TOKEN_EXT_MAX, &pdu, &why) == COAP_WIRE_OK) {
    code_class = pdu->code >> 5;
    if (pdu->code != COAP_EMPTY_CODE && code_class != 1 && code_class != 3 && code_class < 6)
      round_trip(pdu);
  }
  coap_delete_pdu(pdu);
}

/* `data` as what an honest key, and nobody honest, has encrypted. */
static void
open_plaintext(const uint8_t *data, size_t size) {
  coap_oscore_context_t *server = peer(0);
  coap_oscore_binding_t binding = {.kid = {1, "c"}, .piv_length = 1};
  coap_bin_const_t kid = coap_oscore_binding_kid(&binding);
  coap_bin_const_t piv = coap_oscore_binding_piv(&binding);
  uint8_t nonce[COAP_OSCORE_NONCE_MAX], aad[64];
  coap_oscore_cipher_t cipher = {.aead = server->conf->aead,
                                 .key = server->recipients->key,
                                 .nonce = nonce,
                                 .aad = aad,
                                 .aad_length = coap_oscore_aad(server, &binding, aad, sizeof(aad))};
  uint8_t *bytes = malloc(size + cipher.aead->tag_length);
  coap_pdu_t *sealed = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, 1, size + 300);
  coap_pdu_t *plain = NULL;

  if (bytes && sealed) {
    memcpy(bytes, data, size);
    coap_oscore_context_nonce(server, &kid, &piv, nonce);
    coap_oscore_encrypt(&cipher, bytes, size);
    coap_add_option(sealed, COAP_OPTION_OSCORE, 3, (const uint8_t *)"\x09\0c");
    coap_add_data(sealed, size + cipher.aead->tag_length, bytes);
    if (open_sealed(server, sealed, 0, NULL, &plain) == COAP_OSCORE_OK)
      coap_show_pdu(COAP_LOG_EMERG, plain);
  }
  coap_delete_pdu(plain);
  coap_delete_pdu(sealed);
  free(bytes);
  coap_oscore_context_unref(server);
}

/* The window's size, then numbers as they come in: against a window that forgets nothing (RFC 8613
 * 7.4). */
static void
replay_numbers(const uint8_t *data, size_t size) {
  uint8_t seen[UINT8_MAX + 1] = {0};
  unsigned int newest = 0;
  coap_oscore_replay_t window;

  if (size == 0)
    return;
  coap_oscore_replay_init(&window, 1 + data[0] % COAP_OSCORE_WINDOW_MAX);
  for (size_t i = 1; i < size; i++) {
    unsigned int number = data[i];
    int is_new = i == 1 || number > newest || (newest - number < window.size && !seen[number]);

    require(coap_oscore_replay_is_new(&window, number) == is_new);
    if (!is_new)
      continue;
    coap_oscore_replay_accept(&window, number);
    seen[number] = 1;
    newest = number > newest ? number : newest;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const readers[])(const uint8_t *, size_t) = {read_option, read_conf, seal_message,
                                                             open_plaintext, replay_numbers};
  const size_t n_readers = sizeof(readers) / sizeof(readers[0]);
  struct coap_mem_sim_stats stats;

  if (size == 0 || size > 4096)
    return 0;
  coap_set_log_handler(ignore_log);
  readers[(uint8_t)(data[0] - '0') % n_readers](data + 1, size - 1);
  coap_mem_sim_stats(&stats);
  require(stats.live_blocks == 0);
  return 0;
}
