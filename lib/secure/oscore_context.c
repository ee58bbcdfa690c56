/* oscore_context.c -- derivation, sequence numbers, recipients. */
#include "secure/oscore_context.h"

#include "secure/oscore_cbor.h"
#include "seams/memory.h"

#include <string.h>

enum { INFO_MAX = 320 };

size_t
coap_oscore_context_info(const coap_oscore_conf_t *conf, const coap_oscore_id_t *id,
                         const char *type, size_t length, uint8_t *to, size_t room) {
  coap_writer_t w = coap_writer(to, room);

  coap_cbor_head(&w, COAP_CBOR_ARRAY, 5);
  coap_cbor_bytes(&w, id->s, id->length);
  if (conf->has_id_context)
    coap_cbor_bytes(&w, conf->id_context.s, conf->id_context.length);
  else
    coap_cbor_nil(&w);
  coap_cbor_int(&w, conf->aead->id);
  coap_cbor_text(&w, type);
  coap_cbor_head(&w, COAP_CBOR_UINT, (uint32_t)length);
  return w.bad ? 0 : w.used;
}

static void
derive(const coap_oscore_conf_t *conf, const coap_oscore_id_t *id, const char *type, uint8_t *out,
       size_t length) {
  uint8_t info[INFO_MAX];
  size_t info_length = coap_oscore_context_info(conf, id, type, length, info, sizeof(info));

  conf->hkdf->derive(conf->master_salt.s, conf->master_salt.length, conf->master_secret.s,
                     conf->master_secret.length, info, info_length, out, length);
}

/* RFC 8613 3.3: what fits into the nonce. */
static int
is_id_short_enough(const coap_oscore_conf_t *conf, size_t length) {
  return length + 6 <= conf->aead->nonce_length;
}

static coap_oscore_recipient_t *
recipient_new(const coap_oscore_conf_t *conf, const coap_oscore_id_t *id) {
  coap_oscore_recipient_t *recipient;

  if (!is_id_short_enough(conf, id->length))
    return NULL;
  recipient = coap_mem_zalloc(sizeof(*recipient));
  if (!recipient)
    return NULL;
  recipient->id = *id;
  recipient->unsure = conf->echo_after_start;
  coap_oscore_replay_init(&recipient->window, conf->replay_window);
  derive(conf, id, "Key", recipient->key, conf->aead->key_length);
  if (conf->break_recipient_key)
    recipient->key[0] ^= 0xff;
  return recipient;
}

static void
recipient_free(coap_oscore_recipient_t *recipient) {
  coap_oscore_wipe(recipient, sizeof(*recipient));
  coap_mem_free(recipient);
}

static int
derive_recipients(coap_oscore_context_t *context) {
  coap_oscore_recipient_t **end = &context->recipients;

  for (const coap_oscore_named_t *named = context->conf->recipients; named; named = named->next) {
    *end = recipient_new(context->conf, &named->id);
    if (!*end)
      return 0;
    end = &(*end)->next;
  }
  return 1;
}

coap_oscore_context_t *
coap_oscore_context_new(coap_oscore_conf_t *conf) {
  static const coap_oscore_id_t none = {0};
  coap_oscore_context_t *context;

  if (!is_id_short_enough(conf, conf->sender_id.length))
    return NULL;
  context = coap_mem_zalloc(sizeof(*context));
  if (!context)
    return NULL;
  context->refs = 1;
  context->conf = conf;
  context->next_number = context->saved_number = conf->start_number;
  derive(conf, &none, "IV", context->common_iv, conf->aead->nonce_length);
  derive(conf, &conf->sender_id, "Key", context->sender_key, conf->aead->key_length);
  if (conf->break_sender_key)
    context->sender_key[0] ^= 0xff;
  if (derive_recipients(context))
    return context;
  context->conf = NULL; /* stays the caller's */
  coap_oscore_context_unref(context);
  return NULL;
}

coap_oscore_context_t *
coap_oscore_context_ref(coap_oscore_context_t *context) {
  context->refs++;
  return context;
}

void
coap_oscore_context_unref(coap_oscore_context_t *context) {
  if (!context || --context->refs)
    return;
  while (context->recipients) {
    coap_oscore_recipient_t *next = context->recipients->next;

    recipient_free(context->recipients);
    context->recipients = next;
  }
  coap_delete_oscore_conf(context->conf);
  coap_oscore_wipe(context, sizeof(*context));
  coap_mem_free(context);
}

static int
is_id(const coap_oscore_id_t *own, const coap_bin_const_t *id) {
  return own->length == id->length && (!id->length || memcmp(own->s, id->s, id->length) == 0);
}

int
coap_oscore_context_add_recipient(coap_oscore_context_t *context, const coap_bin_const_t *id) {
  coap_oscore_recipient_t **end = &context->recipients;
  coap_oscore_id_t own = {0};
  unsigned int count = 0;

  if (id->length > COAP_OSCORE_ID_MAX)
    return 0;
  for (; *end; end = &(*end)->next) {
    if (is_id(&(*end)->id, id) || ++count >= COAP_OSCORE_MAX_RECIPIENTS)
      return 0;
  }
  own.length = (uint8_t)id->length;
  if (id->length)
    memcpy(own.s, id->s, id->length);
  *end = recipient_new(context->conf, &own);
  return *end != NULL;
}

int
coap_oscore_context_remove_recipient(coap_oscore_context_t *context, const coap_bin_const_t *id) {
  for (coap_oscore_recipient_t **at = &context->recipients; *at; at = &(*at)->next) {
    coap_oscore_recipient_t *recipient = *at;

    if (is_id(&recipient->id, id)) {
      *at = recipient->next;
      recipient_free(recipient);
      return 1;
    }
  }
  return 0;
}

coap_oscore_recipient_t *
coap_oscore_context_recipient(const coap_oscore_context_t *context, const coap_bin_const_t *kid,
                              const coap_bin_const_t *kid_context) {
  const coap_oscore_conf_t *conf = context->conf;
  coap_oscore_recipient_t *recipient;

  if (kid_context->s && (!conf->has_id_context || conf->id_context.length != kid_context->length ||
                         memcmp(conf->id_context.s, kid_context->s, kid_context->length) != 0))
    return NULL;
  for (recipient = context->recipients; recipient; recipient = recipient->next) {
    if (is_id(&recipient->id, kid))
      return recipient;
  }
  return NULL;
}

int
coap_oscore_context_number(coap_oscore_context_t *context, uint64_t *number) {
  const coap_oscore_conf_t *conf = context->conf;

  if (context->next_number >= COAP_OSCORE_NUMBER_LIMIT)
    return 0;
  /* RFC 8613 B.1.1: what is saved is where to go on after a restart, so it comes first. */
  if (conf->save && context->next_number >= context->saved_number) {
    uint64_t saved = context->next_number + conf->ssn_freq;

    if (!conf->save(saved, conf->save_param))
      return 0;
    context->saved_number = saved;
  }
  *number = context->next_number++;
  return 1;
}

void
coap_oscore_context_nonce(const coap_oscore_context_t *context, const coap_bin_const_t *id,
                          const coap_bin_const_t *piv, uint8_t nonce[COAP_OSCORE_NONCE_MAX]) {
  size_t length = context->conf->aead->nonce_length;

  memset(nonce, 0, COAP_OSCORE_NONCE_MAX);
  nonce[0] = (uint8_t)id->length;
  if (id->length)
    memcpy(nonce + length - COAP_OSCORE_PIV_MAX - id->length, id->s, id->length);
  if (piv->length)
    memcpy(nonce + length - piv->length, piv->s, piv->length);
  for (size_t i = 0; i < length; i++)
    nonce[i] ^= context->common_iv[i];
}
