/* oscore_message.c -- what sealing and opening share: the binding to a request, the AAD, the
 * classes of options. */
#include "secure/oscore_message.h"

#include "secure/oscore_cbor.h"
#include "secure/oscore_internal.h"

enum { OSCORE_VERSION = 1, AAD_ARRAY_MAX = 32 };

/* RFC 8613 Figure 5, RFC 8768 for Hop-Limit: class U without an inner twin. All else, what is
 * unknown too, is class E. */
int
coap_oscore_is_outer(coap_option_num_t number) {
  switch (number) {
  case COAP_OPTION_URI_HOST:
  case COAP_OPTION_URI_PORT:
  case COAP_OPTION_OSCORE:
  case COAP_OPTION_HOP_LIMIT:
  case COAP_OPTION_PROXY_URI:
  case COAP_OPTION_PROXY_SCHEME:
    return 1;
  default:
    return 0;
  }
}

coap_bin_const_t
coap_oscore_binding_kid(const coap_oscore_binding_t *binding) {
  coap_bin_const_t kid = {binding->kid.length, binding->kid.s};

  return kid;
}

coap_bin_const_t
coap_oscore_binding_piv(const coap_oscore_binding_t *binding) {
  coap_bin_const_t piv = {binding->piv_length, binding->piv};

  return piv;
}

size_t
coap_oscore_aad(const coap_oscore_context_t *context, const coap_oscore_binding_t *binding,
                uint8_t *to, size_t room) {
  uint8_t array[AAD_ARRAY_MAX];
  coap_writer_t inner = coap_writer(array, sizeof(array));
  coap_writer_t w = coap_writer(to, room);

  coap_cbor_head(&inner, COAP_CBOR_ARRAY, 5);
  coap_cbor_int(&inner, OSCORE_VERSION);
  coap_cbor_head(&inner, COAP_CBOR_ARRAY, 1);
  coap_cbor_int(&inner, context->conf->aead->id);
  coap_cbor_bytes(&inner, binding->kid.s, binding->kid.length);
  coap_cbor_bytes(&inner, binding->piv, binding->piv_length);
  coap_cbor_bytes(&inner, NULL, 0); /* there are no class I options */

  coap_cbor_head(&w, COAP_CBOR_ARRAY, 3);
  coap_cbor_text(&w, "Encrypt0");
  coap_cbor_bytes(&w, NULL, 0);
  coap_cbor_bytes(&w, array, inner.used);
  return w.bad || inner.bad ? 0 : w.used;
}

int
coap_oscore_message_option(const coap_pdu_t *received, coap_oscore_option_t *option) {
  coap_opt_iterator_t oi;
  coap_opt_t *found = coap_check_option(received, COAP_OPTION_OSCORE, &oi);
  const uint8_t *value = found ? coap_opt_value(found) : NULL;
  uint32_t length = found ? coap_opt_length(found) : 0;

  /* It is critical and not repeatable (RFC 8613 2). */
  return found && !coap_option_next(&oi) && coap_oscore_option_read(value, length, option);
}
