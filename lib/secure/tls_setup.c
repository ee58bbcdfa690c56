/* tls_setup.c -- keys and certificates as the application gave them, copied. */
#include "secure/tls_setup.h"

#include "seams/memory.h"
#include "secure/tls.h"

#include <arpa/inet.h>
#include <string.h>

/* Blocks in one chain, the setup's own and no one else's. */
struct coap_tls_copies_t {
  struct coap_tls_copies_t *next;
  size_t length;
  uint8_t bytes[];
};

void
coap_tls_wipe(void *memory, size_t length) {
  volatile uint8_t *byte = memory;

  while (length--)
    *byte++ = 0;
}

/* A copy with a zero byte behind it. NULL for NULL; *is_good 0: no memory. */
static void *
copy(coap_tls_setup_t *setup, const void *from, size_t length, int *is_good) {
  struct coap_tls_copies_t *block;

  if (!from)
    return NULL;
  block = coap_mem_alloc(sizeof(*block) + length + 1);
  if (!block) {
    *is_good = 0;
    return NULL;
  }
  memcpy(block->bytes, from, length);
  block->bytes[length] = 0;
  block->length = length;
  block->next = setup->copies;
  setup->copies = block;
  return block->bytes;
}

static char *
copy_text(coap_tls_setup_t *setup, const char *from, int *is_good) {
  return copy(setup, from, from ? strlen(from) : 0, is_good);
}

static void
copy_bytes(coap_tls_setup_t *setup, coap_bin_const_t *bytes, int *is_good) {
  bytes->s = copy(setup, bytes->s, bytes->length, is_good);
  if (!bytes->s)
    bytes->length = 0;
}

static void
copy_cpsk(coap_tls_setup_t *setup, const coap_dtls_cpsk_t *from, int *is_good) {
  coap_dtls_cpsk_t *to = copy(setup, from, sizeof(*from), is_good);

  setup->cpsk = to;
  if (!to)
    return;
  to->client_sni = copy_text(setup, from->client_sni, is_good);
  copy_bytes(setup, &to->psk_info.identity, is_good);
  copy_bytes(setup, &to->psk_info.key, is_good);
}

static void
copy_spsk(coap_tls_setup_t *setup, const coap_dtls_spsk_t *from, int *is_good) {
  coap_dtls_spsk_t *to = copy(setup, from, sizeof(*from), is_good);

  setup->spsk = to;
  if (!to)
    return;
  copy_bytes(setup, &to->psk_info.hint, is_good);
  copy_bytes(setup, &to->psk_info.key, is_good);
}

static void
copy_buffer(coap_tls_setup_t *setup, const uint8_t **bytes, size_t length, int *is_good) {
  *bytes = copy(setup, *bytes, length, is_good);
}

static int
is_in_memory(coap_pki_define_t how) {
  return how == COAP_PKI_KEY_DEF_PEM_BUF || how == COAP_PKI_KEY_DEF_RPK_BUF ||
         how == COAP_PKI_KEY_DEF_DER_BUF;
}

static void
copy_defined(coap_tls_setup_t *setup, coap_const_char_ptr_t *what, coap_pki_define_t how,
             size_t length, int *is_good) {
  if (is_in_memory(how))
    what->u_byte = copy(setup, what->u_byte, length, is_good);
  else
    what->s_byte = copy_text(setup, what->s_byte, is_good);
}

static void
copy_key(coap_tls_setup_t *setup, coap_dtls_key_t *key, int *is_good) {
  switch (key->key_type) {
  case COAP_PKI_KEY_PEM:
    key->key.pem.ca_file = copy_text(setup, key->key.pem.ca_file, is_good);
    key->key.pem.public_cert = copy_text(setup, key->key.pem.public_cert, is_good);
    key->key.pem.private_key = copy_text(setup, key->key.pem.private_key, is_good);
    break;
  case COAP_PKI_KEY_ASN1:
    copy_buffer(setup, &key->key.asn1.ca_cert, key->key.asn1.ca_cert_len, is_good);
    copy_buffer(setup, &key->key.asn1.public_cert, key->key.asn1.public_cert_len, is_good);
    copy_buffer(setup, &key->key.asn1.private_key, key->key.asn1.private_key_len, is_good);
    break;
  case COAP_PKI_KEY_PEM_BUF:
    copy_buffer(setup, &key->key.pem_buf.ca_cert, key->key.pem_buf.ca_cert_len, is_good);
    copy_buffer(setup, &key->key.pem_buf.public_cert, key->key.pem_buf.public_cert_len, is_good);
    copy_buffer(setup, &key->key.pem_buf.private_key, key->key.pem_buf.private_key_len, is_good);
    break;
  case COAP_PKI_KEY_PKCS11:
    key->key.pkcs11.ca = copy_text(setup, key->key.pkcs11.ca, is_good);
    key->key.pkcs11.public_cert = copy_text(setup, key->key.pkcs11.public_cert, is_good);
    key->key.pkcs11.private_key = copy_text(setup, key->key.pkcs11.private_key, is_good);
    key->key.pkcs11.user_pin = copy_text(setup, key->key.pkcs11.user_pin, is_good);
    break;
  case COAP_PKI_KEY_DEFINE: {
    coap_pki_key_define_t *define = &key->key.define;

    copy_defined(setup, &define->ca, define->ca_def, define->ca_len, is_good);
    copy_defined(setup, &define->public_cert, define->public_cert_def, define->public_cert_len,
                 is_good);
    copy_defined(setup, &define->private_key, define->private_key_def, define->private_key_len,
                 is_good);
    define->user_pin = copy_text(setup, define->user_pin, is_good);
    break;
  }
  }
}

static void
copy_pki(coap_tls_setup_t *setup, const coap_dtls_pki_t *from, int *is_good) {
  coap_dtls_pki_t *to = copy(setup, from, sizeof(*from), is_good);

  setup->pki = to;
  if (!to)
    return;
  to->client_sni = copy_text(setup, from->client_sni, is_good);
  copy_key(setup, &to->pki_key, is_good);
}

coap_tls_setup_t *
coap_tls_setup_new(const coap_tls_setup_t *from) {
  coap_tls_setup_t *setup = coap_mem_zalloc(sizeof(*setup));
  int is_good = 1;

  if (!setup)
    return NULL;
  setup->refs = 1;
  copy_cpsk(setup, from->cpsk, &is_good);
  copy_spsk(setup, from->spsk, &is_good);
  copy_pki(setup, from->pki, &is_good);
  setup->ca_file = copy_text(setup, from->ca_file, &is_good);
  setup->ca_dir = copy_text(setup, from->ca_dir, &is_good);
  if (is_good)
    return setup;
  coap_tls_setup_unref(setup);
  return NULL;
}

coap_tls_setup_t *
coap_tls_setup_ref(coap_tls_setup_t *setup) {
  setup->refs++;
  return setup;
}

void
coap_tls_setup_unref(coap_tls_setup_t *setup) {
  if (!setup || --setup->refs)
    return;
  coap_tls_unprepare(setup->made);
  while (setup->copies) {
    struct coap_tls_copies_t *next = setup->copies->next;

    coap_tls_wipe(setup->copies->bytes, setup->copies->length);
    coap_mem_free(setup->copies);
    setup->copies = next;
  }
  coap_mem_free(setup);
}

const char *
coap_tls_setup_host(const coap_tls_setup_t *setup) {
  const char *name = NULL;
  uint8_t address[16];

  if (setup->cpsk)
    name = setup->cpsk->client_sni;
  if (!name && setup->pki)
    name = setup->pki->client_sni;
  if (name && (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1))
    return NULL;
  return name;
}
