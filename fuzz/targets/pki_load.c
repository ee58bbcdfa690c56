/* pki_load.c -- keys and certificates of any bytes, given to the library. A line "how flags", then
 * parts between lines "%%": CA, certificate and private key, or hint (identity) and pre-shared key.
 *
 * Aims at: coap_context_set_pki(), coap_context_set_psk2(), coap_new_client_session_pki() and
 * _psk2(), secure/tls_setup, tls_gnutls_pki, tls_gnutls_psk. What is given is copied; the same is
 * taken or refused each time; what is refused changes nothing; nothing is left in the end. */
#include "targets/foreign_leaks.h"
#include "seams/clock.h"
#include "seams/file.h"
#include "seams/memory.h"
#include "seams/net_sim.h"
#include "seams/random.h"
#include "targets/raw.h"
#include "targets/target.h"

#include <coap3/coap.h>

#include <stdlib.h>
#include <string.h>

const struct fuzz_target fuzz_target = {"pki_load", NULL};

enum { PARTS = 3, LARGEST = 16384 };
enum { PEM = 'p', DER = 'a', DEFINED_PEM = 'd', DEFINED_DER = 'D', RAW = 'r', PSK = 's' };
enum { FILES = 'f', DEFINED_FILES = 'F', DER_FILES = 'e', TOKEN = 'k', ENGINE = 'x' };

static const char ways[] = {PEM,   DER,           DEFINED_PEM, DEFINED_DER, RAW,   PSK,
                            FILES, DEFINED_FILES, DER_FILES,   TOKEN,       ENGINE};

/* Of the simulated file system, where the parts are when they are to be read from files. */
static const char *const files[PARTS] = {"ca", "certificate", "key"};

static struct input {
  char how;
  unsigned int flags;
  uint8_t *part[PARTS]; /* owned; gone when the library has been given them */
  size_t length[PARTS];
} in;

/* A copy that ends where it ends, so that a read past the end is seen. NULL for nothing. */
static uint8_t *
exactly(const uint8_t *data, size_t length) {
  uint8_t *copy = length > 0 ? malloc(length) : NULL;

  if (copy != NULL)
    memcpy(copy, data, length);
  return copy;
}

static size_t
until_separator(const uint8_t *data, size_t size) {
  size_t i;

  for (i = 0; i + 4 <= size; i++) {
    if (memcmp(data + i, "\n%%\n", 4) == 0)
      return i;
  }
  return size;
}

static int
read_input(const uint8_t *data, size_t size) {
  unsigned int i;

  if (size < 4 || size > LARGEST)
    return 0;
  in.how =
      memchr(ways, data[0], sizeof(ways)) != NULL ? (char)data[0] : ways[data[0] % sizeof(ways)];
  in.flags = data[2] >= '0' && data[2] <= '9' ? data[2] - '0' : data[2];
  data += 4;
  size -= 4;
  for (i = 0; i < PARTS; i++) {
    size_t n = until_separator(data, size);
    size_t skip = n < size ? n + 4 : n;

    in.part[i] = exactly(data, n);
    in.length[i] = n;
    data += skip;
    size -= skip;
  }
  return 1;
}

static void
forget_input(void) {
  unsigned int i;

  for (i = 0; i < PARTS; i++) {
    free(in.part[i]);
    in.part[i] = NULL;
  }
}

static void
define(coap_pki_key_define_t *d, coap_pki_define_t how) {
  d->ca.u_byte = in.part[0];
  d->ca_len = in.length[0];
  d->ca_def = how == COAP_PKI_KEY_DEF_RPK_BUF ? COAP_PKI_KEY_DEF_PEM_BUF : how;
  d->public_cert.u_byte = in.part[1];
  d->public_cert_len = in.length[1];
  d->public_cert_def = how;
  d->private_key.u_byte = in.part[2];
  d->private_key_len = in.length[2];
  d->private_key_def = how;
}

static void
write_files(void) {
  unsigned int i;

  for (i = 0; i < PARTS; i++) {
    if (in.length[i] > 0)
      coap_file_replace(files[i], in.part[i], in.length[i]);
  }
}

static const char *
file_of(unsigned int part) {
  return in.length[part] > 0 ? files[part] : NULL;
}

static void
define_files(coap_pki_key_define_t *d, coap_pki_define_t how) {
  d->ca.s_byte = file_of(0);
  d->ca_def = how;
  d->public_cert.s_byte = file_of(1);
  d->public_cert_def = how;
  d->private_key.s_byte = file_of(2);
  d->private_key_def = how;
}

static void
by_files(coap_dtls_key_t *key) {
  if (in.how == FILES) {
    key->key_type = COAP_PKI_KEY_PEM;
    key->key.pem = (coap_pki_key_pem_t){file_of(0), file_of(1), file_of(2)};
  } else if (in.how == TOKEN) { /* names that are no URI are files */
    key->key_type = COAP_PKI_KEY_PKCS11;
    key->key.pkcs11.ca = file_of(0);
    key->key.pkcs11.public_cert = file_of(1);
    key->key.pkcs11.private_key = file_of(2);
    key->key.pkcs11.user_pin = "1234";
  } else {
    define_files(&key->key.define, in.how == DER_FILES       ? COAP_PKI_KEY_DEF_DER
                                   : in.how == DEFINED_FILES ? COAP_PKI_KEY_DEF_PEM
                                                             : COAP_PKI_KEY_DEF_ENGINE);
  }
}

static coap_dtls_pki_t
pki_setup(void) {
  coap_dtls_pki_t pki;
  coap_dtls_key_t *key = &pki.pki_key;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.verify_peer_cert = in.flags & 1;
  pki.is_rpk_not_cert = in.how == RAW || (in.flags >> 1 & 1);
  pki.check_common_ca = in.flags >> 3 & 1;
  pki.cert_chain_validation = pki.allow_expired_certs = in.flags >> 4 & 1;
  pki.cert_chain_verify_depth = (uint8_t)in.flags;
  key->key_type = COAP_PKI_KEY_DEFINE;
  if (strchr("fFekx", in.how) != NULL) {
    by_files(key);
  } else if (in.how == PEM) {
    key->key_type = COAP_PKI_KEY_PEM_BUF;
    key->key.pem_buf = (coap_pki_key_pem_buf_t){in.part[0],   in.part[1],   in.part[2],
                                                in.length[0], in.length[1], in.length[2]};
  } else if (in.how == DER) {
    key->key_type = COAP_PKI_KEY_ASN1;
    key->key.asn1.ca_cert = in.part[0];
    key->key.asn1.ca_cert_len = in.length[0];
    key->key.asn1.public_cert = in.part[1];
    key->key.asn1.public_cert_len = in.length[1];
    key->key.asn1.private_key = in.part[2];
    key->key.asn1.private_key_len = in.length[2];
  } else {
    define(&key->key.define, in.how == DEFINED_DER ? COAP_PKI_KEY_DEF_DER_BUF
                             : in.how == RAW       ? COAP_PKI_KEY_DEF_RPK_BUF
                                                   : COAP_PKI_KEY_DEF_PEM_BUF);
  }
  return pki;
}

static coap_bin_const_t
bytes_of(unsigned int part) {
  return (coap_bin_const_t){in.length[part], in.part[part]};
}

static int
serve(coap_context_t *context) {
  coap_dtls_spsk_t psk;
  coap_dtls_pki_t pki;

  if (in.how != PSK) {
    pki = pki_setup();
    return coap_context_set_pki(context, &pki);
  }
  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  psk.psk_info.hint = bytes_of(0);
  psk.psk_info.key = bytes_of(1);
  return coap_context_set_psk2(context, &psk);
}

static coap_session_t *
ask(coap_context_t *context, const coap_address_t *server) {
  coap_dtls_cpsk_t psk;
  coap_dtls_pki_t pki;

  if (in.how != PSK) {
    pki = pki_setup();
    return coap_new_client_session_pki(context, NULL, server, COAP_PROTO_DTLS, &pki);
  }
  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  psk.psk_info.identity = bytes_of(0);
  psk.psk_info.key = bytes_of(1);
  return coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_DTLS, &psk);
}

static coap_address_t
address(void) {
  coap_address_t at;

  coap_address_init(&at);
  at.size = sizeof(at.addr.sin);
  at.addr.sin.sin_family = AF_INET;
  coap_address_set_port(&at, 5684);
  return at;
}

/* Whatever becomes of it, the keys from before stay, or the new ones are there: the endpoint opens.
 */
static void
as_server(void) {
  static const uint8_t good[] = "good";
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t at = address();
  coap_dtls_spsk_t psk;
  int taken;

  require(context != NULL);
  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  psk.psk_info.key = (coap_bin_const_t){sizeof(good), good};
  require(coap_context_set_psk2(context, &psk) == 1);
  taken = serve(context);
  require(serve(context) == taken);
  forget_input();
  require(coap_new_endpoint(context, &at, COAP_PROTO_DTLS) != NULL);
  coap_free_context(context);
}

/* Without memory it is refused, else taken or refused as before. */
static void
as_client(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t at = address();
  coap_session_t *first;
  coap_session_t *second;

  require(context != NULL);
  first = ask(context, &at);
  coap_session_release(first);
  coap_mem_sim_fail(1 + in.flags % 8, 0);
  coap_session_release(ask(context, &at));
  coap_mem_sim_fail(0, 0);
  second = ask(context, &at);
  require((first == NULL) == (second == NULL));
  forget_input();
  if (second != NULL)
    coap_io_process(context, COAP_IO_NO_WAIT);
  coap_session_release(second);
  coap_free_context(context);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct coap_mem_sim_stats stats;

  coap_clock_sim_set(1000000);
  coap_random_sim_seed(1);
  coap_net_sim_reset();
  coap_net_sim_set_tap(NULL, NULL);
  coap_mem_sim_reset();
  if (!read_input(data, size))
    return 0;
  coap_file_sim_reset();
  write_files();
  coap_set_log_handler(ignore_log);
  if (in.flags & 4)
    as_client();
  else
    as_server();
  forget_input();
  coap_mem_sim_stats(&stats);
  require(stats.live_blocks == 0 && coap_net_sim_open_count() == 0);
  return 0;
}
