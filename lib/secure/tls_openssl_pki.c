/* tls_openssl_pki.c -- certificates and keys with OpenSSL: loading them, and using them. */
#include "secure/tls_openssl.h"

#include "secure/tls_parts.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Nobody is asked for one: a key that has one cannot be read. */
static int
no_password(char *to, int size, int is_writing, void *user) {
  (void)to;
  (void)size;
  (void)is_writing;
  (void)user;
  return -1;
}

/* The next certificate of the bytes, or NULL. */
static X509 *
next_certificate(BIO *bio, int is_der) {
  return is_der ? d2i_X509_bio(bio, NULL) : PEM_read_bio_X509(bio, NULL, no_password, NULL);
}

/* After what was there has been read, PEM says that there is no more. */
static int
is_at_end(BIO *bio, int is_der) {
  return is_der ? BIO_pending(bio) == 0
                : ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

/* One or more. NULL with what is wrong in the log. */
static STACK_OF(X509) * read_certificates(const coap_tls_part_t *part) {
  BIO *bio = BIO_new_mem_buf(part->bytes, (int)part->length);
  STACK_OF(X509) *certificates = sk_X509_new_null();
  X509 *one = NULL;
  int is_whole = 0;

  while (bio && certificates && (one = next_certificate(bio, part->is_der)) != NULL) {
    if (sk_X509_push(certificates, one) == 0)
      break;
  }
  if (one)
    X509_free(one);
  else if (bio && certificates)
    is_whole = is_at_end(bio, part->is_der);
  BIO_free(bio);
  if (is_whole && sk_X509_num(certificates) > 0) {
    ERR_clear_error();
    return certificates;
  }
  coap_tls_part_complain(part, is_whole ? "there is none in it" : coap_tls_openssl_why());
  ERR_clear_error();
  sk_X509_pop_free(certificates, X509_free);
  return NULL;
}

/* Lists of revoked certificates that stand with those of a CA. 1, or 0 without memory. */
static int
add_revoked(X509_STORE *roots, const coap_tls_part_t *part) {
  BIO *bio = part->is_der ? NULL : BIO_new_mem_buf(part->bytes, (int)part->length);
  X509_CRL *list;
  int is_good = 1;

  while (is_good && bio && (list = PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL)) != NULL) {
    is_good = X509_STORE_add_crl(roots, list);
    X509_CRL_free(list);
  }
  BIO_free(bio);
  ERR_clear_error();
  return is_good;
}

/* *certificates, unless it is NULL, is given what has been read. */
static int
load_ca(X509_STORE *roots, const coap_tls_part_t *ca, STACK_OF(X509) * *certificates) {
  STACK_OF(X509) * all;
  int is_good = 1;

  if (!coap_tls_part_is_given(ca))
    return 1;
  all = read_certificates(ca);
  if (!all)
    return 0;
  for (int i = 0; is_good && i < sk_X509_num(all); i++)
    is_good = X509_STORE_add_cert(roots, sk_X509_value(all, i));
  is_good = is_good && add_revoked(roots, ca);
  if (!is_good)
    coap_tls_part_complain(ca, coap_tls_openssl_why());
  if (certificates)
    *certificates = all;
  else
    sk_X509_pop_free(all, X509_free);
  return is_good;
}

/* All files of a directory that hold certificates, under whatever name. */
static int
load_directory(X509_STORE *roots, const char *name) {
  coap_tls_part_t part = {.what = "directory of CA certificates", .name = name};
  DIR *directory = opendir(name);
  const struct dirent *entry;
  char path[4096];
  int count = 0;

  if (!directory)
    return coap_tls_part_complain(&part, strerror(errno));
  while ((entry = readdir(directory)) != NULL) {
    if (snprintf(path, sizeof(path), "%s/%s", name, entry->d_name) < (int)sizeof(path))
      count += X509_STORE_load_file(roots, path) > 0;
  }
  closedir(directory);
  ERR_clear_error();
  return count > 0 || coap_tls_part_complain(&part, "there is none in it");
}

/* coap_context_set_pki_root_cas(3); without any of its own, a client trusts whom the system does.
 */
static int
load_roots(X509_STORE *roots, const coap_tls_setup_t *setup, const coap_tls_part_t *ca,
           coap_dtls_role_t role) {
  coap_tls_part_t file;
  int is_good;

  if (setup->pki && setup->pki->check_common_ca)
    return 1;
  is_good = coap_tls_part_file(&file, "CA certificate", setup->ca_file);
  if (file.is_uri)
    is_good = coap_tls_part_complain(&file, "tokens are not built in");
  is_good = is_good && load_ca(roots, &file, NULL);
  coap_tls_part_free(&file);
  if (is_good && setup->ca_dir)
    is_good = load_directory(roots, setup->ca_dir);
  if (role == COAP_DTLS_ROLE_CLIENT && setup->pki && setup->pki->verify_peer_cert &&
      !coap_tls_part_is_given(ca) && !setup->ca_file && !setup->ca_dir)
    X509_STORE_set_default_paths(roots);
  return is_good;
}

int
coap_tls_openssl_check_roots(const coap_tls_setup_t *setup) {
  X509_STORE *roots = X509_STORE_new();
  coap_tls_part_t none = {.name = NULL};
  int is_good = roots && load_roots(roots, setup, &none, COAP_DTLS_ROLE_SERVER);

  X509_STORE_free(roots);
  return is_good;
}

static int
read_key(coap_tls_own_t *own, const coap_tls_part_t *part) {
  const unsigned char *at = part->bytes;
  BIO *bio;

  if (part->is_der) {
    own->key = d2i_AutoPrivateKey(NULL, &at, (long)part->length);
  } else {
    bio = BIO_new_mem_buf(part->bytes, (int)part->length);
    own->key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
  }
  return own->key || coap_tls_part_complain(part, coap_tls_openssl_why());
}

static int
load_key_pair(coap_tls_own_t *own, const coap_tls_parts_t *parts) {
  const coap_tls_part_t *key;

  if (!coap_tls_parts_pair(parts, &key))
    return 0;
  if (!key)
    return 1;
  own->certificates = read_certificates(&parts->certificate);
  if (!own->certificates || !read_key(own, key))
    return 0;
  return X509_check_private_key(sk_X509_value(own->certificates, 0), own->key) ||
         coap_tls_parts_differ(parts);
}

static int
load_chain(coap_tls_own_t *own, const coap_tls_setup_t *setup, const coap_tls_parts_t *parts,
           coap_dtls_role_t role) {
  own->roots = X509_STORE_new();
  if (!own->roots || !X509_STORE_set_flags(own->roots, X509_V_FLAG_PARTIAL_CHAIN))
    return 0;
  return load_ca(own->roots, &parts->ca, &own->ca) &&
         load_roots(own->roots, setup, &parts->ca, role) && load_key_pair(own, parts);
}

int
coap_tls_openssl_load(coap_tls_own_t *own, const coap_tls_setup_t *setup,
                      const coap_dtls_key_t *key, coap_dtls_role_t role) {
  coap_tls_parts_t parts;
  int is_good;

  ERR_clear_error();
  is_good = coap_tls_parts_find(&parts, key) &&
            coap_tls_parts_are_plain(&parts, setup->pki, role) &&
            load_chain(own, setup, &parts, role);
  coap_tls_parts_free(&parts);
  return is_good;
}

void
coap_tls_openssl_own_free(coap_tls_own_t *own) {
  sk_X509_pop_free(own->certificates, X509_free);
  sk_X509_pop_free(own->ca, X509_free);
  EVP_PKEY_free(own->key);
  X509_STORE_free(own->roots);
}

/* What stands behind its own certificate, to be sent with it. */
static STACK_OF(X509) * issuers(const coap_tls_own_t *own) {
  STACK_OF(X509) *chain = sk_X509_dup(own->certificates);

  if (chain)
    sk_X509_shift(chain);
  return chain;
}

int
coap_tls_openssl_use_own(SSL_CTX *context, const coap_tls_own_t *own) {
  STACK_OF(X509) * chain;
  int is_good;

  SSL_CTX_set1_cert_store(context, own->roots);
  for (int i = 0; i < sk_X509_num(own->ca); i++) {
    if (!SSL_CTX_add_client_CA(context, sk_X509_value(own->ca, i)))
      return 0;
  }
  if (!own->certificates)
    return 1;
  chain = issuers(own);
  is_good = chain && SSL_CTX_use_cert_and_key(context, sk_X509_value(own->certificates, 0),
                                              own->key, chain, 1) == 1;
  sk_X509_free(chain);
  return is_good;
}

/* The same for one session. */
static int
use_own(SSL *native, const coap_tls_own_t *own) {
  STACK_OF(X509) *chain = issuers(own);
  int is_good =
      chain && SSL_set1_verify_cert_store(native, own->roots) &&
      SSL_use_cert_and_key(native, sk_X509_value(own->certificates, 0), own->key, chain, 1) == 1;

  sk_X509_free(chain);
  for (int i = 0; is_good && i < sk_X509_num(own->ca); i++)
    is_good = SSL_add_client_CA(native, sk_X509_value(own->ca, i));
  return is_good;
}

int
coap_tls_openssl_pki_for_name(coap_tls_t *tls, const char *name) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  coap_tls_own_t own = {.key = NULL};
  coap_dtls_key_t *key;
  int is_good;

  if (!pki || !pki->validate_sni_call_back)
    return 1;
  key = pki->validate_sni_call_back(name, pki->sni_call_back_arg);
  if (!key)
    return 0;
  is_good = coap_tls_openssl_load(&own, tls->setup, key, COAP_DTLS_ROLE_SERVER) &&
            use_own(tls->native, &own);
  coap_tls_openssl_own_free(&own);
  return is_good;
}
