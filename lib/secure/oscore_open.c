/* oscore_open.c -- verifying a message (RFC 8613 8.2, 8.4). */
#include "secure/oscore_internal.h"

#include "seams/memory.h"
#include "wire/buf.h"
#include "wire/pdu.h"

/* What one message is opened with. */
typedef struct opening_t {
  const coap_oscore_context_t *context;
  const coap_oscore_recipient_t *recipient;
  const coap_oscore_binding_t *binding;
  uint8_t nonce[COAP_OSCORE_NONCE_MAX];
  int is_response;
  uint32_t observe; /* what an inner Observe of a response is to say */
} opening_t;

static int
is_code_of(uint8_t code, int is_response) {
  unsigned int code_class = code >> 5;

  if (is_response)
    return code_class == 2 || code_class == 4 || code_class == 5;
  return code_class == 0 && code != COAP_EMPTY_CODE;
}

static int
add_inner_option(coap_pdu_t *plain, const opening_t *opening, coap_option_num_t number,
                 const coap_option_t *option) {
  coap_opt_iterator_t oi;
  uint8_t value[4];

  /* It has one value however often it is there (RFC 7252 5.4.5). */
  if (opening->is_response && number == COAP_OPTION_OBSERVE)
    return coap_check_option(plain, number, &oi) ||
           coap_add_option(plain, number,
                           coap_encode_var_safe(value, sizeof(value), opening->observe), value) > 0;
  return coap_add_option(plain, number, option->length, option->value) > 0;
}

/* Options of the plaintext, behind its code; leaves `r` where its payload marker may be. */
static coap_oscore_status_t
take_inner(coap_pdu_t *plain, const opening_t *opening, coap_reader_t *r) {
  unsigned int number = 0;

  while (r->left && *r->at != 0xff) {
    coap_option_t option;
    size_t size = coap_opt_parse(r->at, r->left, &option);

    if (size)
      number += option.delta;
    if (!size || number > COAP_MAX_OPT || number == COAP_OPTION_OSCORE)
      return COAP_OSCORE_MALFORMED;
    if (!add_inner_option(plain, opening, (coap_option_num_t)number, &option))
      return COAP_OSCORE_NO_MEMORY;
    coap_read_bytes(r, size);
  }
  return COAP_OSCORE_OK;
}

static coap_oscore_status_t
take_payload(coap_pdu_t *plain, coap_reader_t r) {
  if (!r.left)
    return COAP_OSCORE_OK;
  coap_read_u8(&r);
  if (!r.left)
    return COAP_OSCORE_MALFORMED;
  return coap_add_data(plain, r.left, r.at) ? COAP_OSCORE_OK : COAP_OSCORE_NO_MEMORY;
}

/* Class U options of the message as it came, unless there is one inside too. */
static int
take_outer(coap_pdu_t *plain, const coap_pdu_t *received) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int taken = -1; /* a number that is not inside may be repeated outside: not our business */

  coap_option_iterator_init(received, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    coap_opt_iterator_t own;

    if (!coap_oscore_is_outer(oi.number) || oi.number == COAP_OPTION_OSCORE ||
        (taken != oi.number && coap_check_option(plain, oi.number, &own)))
      continue;
    taken = oi.number;
    if (!coap_add_option(plain, oi.number, coap_opt_length(option), coap_opt_value(option)))
      return 0;
  }
  return 1;
}

static coap_oscore_status_t
rebuild(const opening_t *opening, const coap_pdu_t *received, const uint8_t *bytes, size_t length,
        coap_pdu_t **plain_out) {
  coap_reader_t r = coap_reader(bytes, length);
  coap_bin_const_t token = coap_pdu_get_token(received);
  uint8_t code = coap_read_u8(&r);
  coap_oscore_status_t status;
  coap_pdu_t *plain;

  if (r.bad || !is_code_of(code, opening->is_response))
    return COAP_OSCORE_MALFORMED;
  plain = coap_pdu_init(coap_pdu_get_type(received), (coap_pdu_code_t)code,
                        coap_pdu_get_mid(received), received->used + COAP_OSCORE_GROWTH);
  status = plain && coap_add_token(plain, token.length, token.s) ? take_inner(plain, opening, &r)
                                                                 : COAP_OSCORE_NO_MEMORY;
  if (status == COAP_OSCORE_OK && !take_outer(plain, received))
    status = COAP_OSCORE_NO_MEMORY;
  if (status == COAP_OSCORE_OK)
    status = take_payload(plain, r);
  if (status != COAP_OSCORE_OK) {
    coap_delete_pdu(plain);
    return status;
  }
  *plain_out = plain;
  return COAP_OSCORE_OK;
}

static coap_oscore_status_t
open_message(const opening_t *opening, const coap_pdu_t *received, coap_pdu_t **plain) {
  const coap_oscore_conf_t *conf = opening->context->conf;
  uint8_t aad[COAP_OSCORE_AAD_MAX];
  coap_oscore_cipher_t cipher = {
      .aead = conf->aead, .key = opening->recipient->key, .nonce = opening->nonce, .aad = aad};
  coap_oscore_status_t status = COAP_OSCORE_FORGED;
  size_t length = 0;
  const uint8_t *data = NULL;
  uint8_t *bytes;

  /* RFC 8613 2: the option without a payload is malformed. */
  if (!coap_get_data(received, &length, &data) || !length)
    return COAP_OSCORE_MALFORMED;
  cipher.aad_length = coap_oscore_aad(opening->context, opening->binding, aad, sizeof(aad));
  bytes = coap_mem_alloc(length);
  if (!bytes)
    return COAP_OSCORE_NO_MEMORY;
  memcpy(bytes, data, length);
  if (coap_oscore_decrypt(&cipher, bytes, length))
    status = rebuild(opening, received, bytes, length - conf->aead->tag_length, plain);
  coap_oscore_wipe(bytes, length);
  coap_mem_free(bytes);
  return status;
}

coap_oscore_status_t
coap_oscore_open_request(const coap_oscore_context_t *context,
                         const coap_oscore_recipient_t *recipient,
                         const coap_oscore_option_t *option, const coap_pdu_t *received,
                         coap_oscore_binding_t *binding, coap_pdu_t **plain) {
  opening_t opening = {.context = context, .recipient = recipient, .binding = binding};

  if (!option->kid.s || !option->piv.s)
    return COAP_OSCORE_MALFORMED;
  binding->kid = recipient->id;
  binding->piv_length = (uint8_t)option->piv.length;
  memcpy(binding->piv, option->piv.s, option->piv.length);
  coap_oscore_context_nonce(context, &option->kid, &option->piv, opening.nonce);
  return open_message(&opening, received, plain);
}

coap_oscore_status_t
coap_oscore_open_response(const coap_oscore_context_t *context,
                          const coap_oscore_recipient_t *recipient,
                          const coap_oscore_binding_t *binding, const coap_oscore_option_t *option,
                          const coap_pdu_t *received, coap_pdu_t **plain) {
  opening_t opening = {
      .context = context, .recipient = recipient, .binding = binding, .is_response = 1};
  coap_bin_const_t id = coap_oscore_binding_kid(binding);
  coap_bin_const_t piv = coap_oscore_binding_piv(binding);

  if (option->piv.s) {
    id = (coap_bin_const_t){recipient->id.length, recipient->id.s};
    piv = option->piv;
    /* One more than the number, so that none at all is the oldest. */
    opening.observe = (uint32_t)(coap_oscore_piv_read(&piv) + 1) & 0xffffff;
  }
  coap_oscore_context_nonce(context, &id, &piv, opening.nonce);
  return open_message(&opening, received, plain);
}
