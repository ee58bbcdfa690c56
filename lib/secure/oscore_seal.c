/* oscore_seal.c -- protecting a message (RFC 8613 8.1, 8.3). */
#include "secure/oscore_internal.h"

#include "seams/memory.h"
#include "wire/buf.h"
#include "wire/pdu.h"

/* What one message is sealed with. */
typedef struct sealing_t {
  const coap_oscore_context_t *context;
  const coap_oscore_binding_t *binding;
  coap_oscore_option_t option;
  uint8_t nonce[COAP_OSCORE_NONCE_MAX];
  int is_response;
} sealing_t;

static int
has_option(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, number, &oi) != NULL;
}

/* Code, class E options, payload (RFC 8613 5.3). */
static void
write_plaintext(coap_writer_t *w, const coap_pdu_t *plain, int is_response) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  coap_option_num_t before = 0;
  size_t length = 0;
  const uint8_t *data = NULL;

  coap_write_u8(w, (uint8_t)coap_pdu_get_code(plain));
  coap_option_iterator_init(plain, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    size_t room = w->room > w->used ? w->room - w->used : 0;
    /* The inner Observe of a notification has no value (RFC 8613 4.1.3.5.2). */
    int is_bare = is_response && oi.number == COAP_OPTION_OBSERVE;
    size_t size;

    if (coap_oscore_is_outer(oi.number))
      continue;
    size = coap_opt_encode(w->to + w->used, room, (uint16_t)(oi.number - before),
                           coap_opt_value(option), is_bare ? 0 : coap_opt_length(option));
    if (!size)
      w->bad = 1;
    w->used += size;
    before = oi.number;
  }
  if (coap_get_data(plain, &length, &data) && length) {
    coap_write_u8(w, 0xff);
    coap_write_bytes(w, data, length);
  }
}

/* The ciphertext of `plain` in memory of its own, or NULL. */
static uint8_t *
encrypt(const sealing_t *sealing, const coap_pdu_t *plain, size_t *length) {
  const coap_oscore_context_t *context = sealing->context;
  uint8_t aad[COAP_OSCORE_AAD_MAX];
  coap_oscore_cipher_t cipher = {
      .aead = context->conf->aead, .key = context->sender_key, .nonce = sealing->nonce, .aad = aad};
  size_t room = plain->used + COAP_OSCORE_GROWTH;
  uint8_t *bytes = coap_mem_alloc(room);
  coap_writer_t w;

  if (!bytes)
    return NULL;
  w = coap_writer(bytes, room - cipher.aead->tag_length);
  write_plaintext(&w, plain, sealing->is_response);
  cipher.aad_length = coap_oscore_aad(context, sealing->binding, aad, sizeof(aad));
  if (w.bad || !cipher.aad_length) {
    coap_mem_free(bytes);
    return NULL;
  }
  coap_oscore_encrypt(&cipher, bytes, w.used);
  *length = w.used + cipher.aead->tag_length;
  return bytes;
}

static int
add_outer_options(coap_pdu_t *sealed, const coap_pdu_t *plain, const sealing_t *sealing) {
  uint8_t value[255];
  size_t length = coap_oscore_option_write(&sealing->option, value);
  coap_opt_iterator_t oi;
  coap_opt_t *option;

  coap_option_iterator_init(plain, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    /* Observe is inside too: outside, one is enough for whoever is on the way. */
    int is_observe = oi.number == COAP_OPTION_OBSERVE && !has_option(sealed, oi.number);

    if ((coap_oscore_is_outer(oi.number) || is_observe) &&
        !coap_add_option(sealed, oi.number, coap_opt_length(option), coap_opt_value(option)))
      return 0;
  }
  return coap_add_option(sealed, COAP_OPTION_OSCORE, length, value) > 0;
}

/* RFC 8613 4.2: what an onlooker is shown. */
static coap_pdu_code_t
outer_code(const coap_pdu_t *plain, int is_response) {
  int observing = has_option(plain, COAP_OPTION_OBSERVE);

  if (is_response)
    return observing ? COAP_RESPONSE_CODE_CONTENT : COAP_RESPONSE_CODE_CHANGED;
  return observing ? COAP_REQUEST_CODE_FETCH : COAP_REQUEST_CODE_POST;
}

static coap_oscore_status_t
seal(const sealing_t *sealing, const coap_pdu_t *plain, coap_pdu_t **sealed_out) {
  coap_bin_const_t token = coap_pdu_get_token(plain);
  size_t length = 0;
  uint8_t *bytes = encrypt(sealing, plain, &length);
  coap_pdu_t *sealed = NULL;

  if (bytes)
    sealed = coap_pdu_init(coap_pdu_get_type(plain), outer_code(plain, sealing->is_response),
                           coap_pdu_get_mid(plain), plain->used + COAP_OSCORE_GROWTH);
  if (sealed && coap_add_token(sealed, token.length, token.s) &&
      add_outer_options(sealed, plain, sealing) && coap_add_data(sealed, length, bytes)) {
    coap_mem_free(bytes);
    *sealed_out = sealed;
    return COAP_OSCORE_OK;
  }
  coap_delete_pdu(sealed);
  coap_mem_free(bytes);
  return COAP_OSCORE_NO_MEMORY;
}

coap_oscore_status_t
coap_oscore_seal_request(coap_oscore_context_t *context, const coap_pdu_t *plain,
                         coap_oscore_binding_t *binding, coap_pdu_t **sealed) {
  const coap_oscore_conf_t *conf = context->conf;
  sealing_t sealing = {.context = context, .binding = binding};
  uint64_t number;

  /* RFC 8613 4.1.3.7: no nesting. A Proxy-Uri would show what is to be hidden (4.1.3.3). */
  if (has_option(plain, COAP_OPTION_OSCORE) || has_option(plain, COAP_OPTION_PROXY_URI))
    return COAP_OSCORE_UNSUITABLE;
  if (!coap_oscore_context_number(context, &number))
    return COAP_OSCORE_NO_NUMBER;
  binding->kid = conf->sender_id;
  binding->piv_length = (uint8_t)coap_oscore_piv_write(number, binding->piv);
  sealing.option.kid = coap_oscore_binding_kid(binding);
  sealing.option.piv = coap_oscore_binding_piv(binding);
  if (conf->has_id_context) {
    sealing.option.kid_context.s = conf->id_context.s;
    sealing.option.kid_context.length = conf->id_context.length;
  }
  coap_oscore_context_nonce(context, &sealing.option.kid, &sealing.option.piv, sealing.nonce);
  return seal(&sealing, plain, sealed);
}

coap_oscore_status_t
coap_oscore_seal_response(coap_oscore_context_t *context, const coap_oscore_binding_t *binding,
                          int own_number, const coap_pdu_t *plain, coap_pdu_t **sealed) {
  const coap_oscore_id_t *sender = &context->conf->sender_id;
  sealing_t sealing = {.context = context, .binding = binding, .is_response = 1};
  coap_bin_const_t id = coap_oscore_binding_kid(binding);
  coap_bin_const_t piv = coap_oscore_binding_piv(binding);
  uint8_t own_piv[COAP_OSCORE_PIV_MAX];
  uint64_t number;

  if (has_option(plain, COAP_OPTION_OSCORE))
    return COAP_OSCORE_UNSUITABLE;
  if (own_number) {
    if (!coap_oscore_context_number(context, &number))
      return COAP_OSCORE_NO_NUMBER;
    id = (coap_bin_const_t){sender->length, sender->s};
    piv = (coap_bin_const_t){coap_oscore_piv_write(number, own_piv), own_piv};
    sealing.option.piv = piv;
  }
  coap_oscore_context_nonce(context, &id, &piv, sealing.nonce);
  return seal(&sealing, plain, sealed);
}
