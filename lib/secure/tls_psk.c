/* tls_psk.c -- pre-shared keys (RFC 4279): who is to use which one. */
#include "secure/tls_psk.h"

#include <string.h>

/* 1, or 0 when it is too long to be kept. */
static int
keep(coap_tls_kept_t *kept, const coap_bin_const_t *value) {
  kept->value.s = NULL;
  if (value->length > sizeof(kept->bytes))
    return 0;
  if (value->length)
    memmove(kept->bytes, value->s, value->length);
  kept->value.s = kept->bytes;
  kept->value.length = value->length;
  return 1;
}

static int
refuse(const coap_session_t *session, const char *why) {
  coap_log_warn("%s: %s\n", coap_session_str(session), why);
  return 0;
}

static int
use_key(coap_tls_psk_t *psk, const coap_session_t *session, const coap_bin_const_t *identity,
        const coap_bin_const_t *key) {
  if (!key->s || !key->length)
    return refuse(session, "there is no key");
  return (keep(&psk->identity, identity) && keep(&psk->key, key)) ||
         refuse(session, "identity or key is too long");
}

int
coap_tls_psk_of_client(coap_tls_psk_t *psk, const coap_tls_setup_t *setup, coap_session_t *session,
                       const char *text) {
  const coap_dtls_cpsk_t *cpsk = setup->cpsk;
  const coap_dtls_cpsk_info_t *info = &cpsk->psk_info;
  coap_str_const_t hint = {text ? strlen(text) : 0, (const uint8_t *)(text ? text : "")};
  coap_bin_const_t bytes = {hint.length, hint.s};

  if (text)
    keep(&psk->hint, &bytes);
  if (cpsk->validate_ih_call_back)
    info = cpsk->validate_ih_call_back(&hint, session, cpsk->ih_call_back_arg);
  if (!info)
    return refuse(session, "no key for the server's hint");
  return use_key(psk, session, &info->identity, &info->key);
}

void
coap_tls_psk_begin_server(coap_tls_psk_t *psk, const coap_tls_setup_t *setup) {
  if (setup->spsk)
    keep(&psk->hint, &setup->spsk->psk_info.hint);
}

int
coap_tls_psk_for_name(coap_tls_psk_t *psk, const coap_tls_setup_t *setup, coap_session_t *session,
                      const char *name, int *is_new) {
  const coap_dtls_spsk_t *spsk = setup->spsk;
  const coap_dtls_spsk_info_t *info;

  *is_new = 0;
  if (!spsk || !spsk->validate_sni_call_back)
    return 1;
  info = spsk->validate_sni_call_back(name, session, spsk->sni_call_back_arg);
  if (!info)
    return refuse(session, "no key for the host name that the client asks for");
  *is_new = 1;
  return (keep(&psk->hint, &info->hint) && keep(&psk->key, &info->key)) ||
         refuse(session, "hint or key is too long");
}

int
coap_tls_psk_of_server(coap_tls_psk_t *psk, const coap_tls_setup_t *setup, coap_session_t *session,
                       const coap_bin_const_t *identity) {
  const coap_dtls_spsk_t *spsk = setup->spsk;
  coap_bin_const_t asked = *identity;
  coap_bin_const_t chosen = psk->key.value;
  const coap_bin_const_t *found = chosen.s ? &chosen : &spsk->psk_info.key;

  if (spsk->validate_id_call_back)
    found = spsk->validate_id_call_back(&asked, session, spsk->id_call_back_arg);
  if (!found)
    return refuse(session, "the client's identity is not known");
  return use_key(psk, session, identity, found);
}

const char *
coap_tls_psk_hint_text(const coap_bin_const_t *value, char text[COAP_DTLS_HINT_LENGTH + 1]) {
  if (!value->length || value->length > COAP_DTLS_HINT_LENGTH)
    return NULL;
  memcpy(text, value->s, value->length);
  text[value->length] = '\0';
  return text;
}

void
coap_tls_psk_wipe(coap_tls_psk_t *psk) {
  coap_tls_wipe(psk, sizeof(*psk));
}
