/* tls_view_gnutls.c -- see tls_view.h: by GnuTLS, for the AEAD suites of DTLS 1.2 (RFC 5288 3, RFC
 * 6655 3). */
#include "world/tls_view.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <string.h>

enum {
  SESSIONS = 256,
  KEY_MAX = 32,
  SALT = 4, /* the part of the nonce that is not sent */
  EXPLICIT = 8,
  WINDOW = 64,
  EARLY_MAX = 256 /* a Finished is shorter */
};

/* One direction's keys. */
struct side {
  int known;
  unsigned int key_length;
  uint8_t key[KEY_MAX];
  uint8_t salt[SALT];
  gnutls_aead_cipher_hd_t cipher;
  unsigned int tag;
};

/* Which sequence numbers count still: those above the highest that has come, and of the 64 before
 * it those that have not. */
struct window {
  int begun;
  uint64_t highest;
  uint64_t seen; /* bit i: highest - 1 - i */
};

static struct view {
  struct side sent, got;
  struct window window;
  /* A record that came before its keys were there, the last of them: it made them be there. */
  uint8_t early[EARLY_MAX];
  size_t early_length;
} views[SESSIONS];
static unsigned int highest;

static void
side_forget(struct side *s) {
  if (s->known)
    gnutls_aead_cipher_deinit(s->cipher);
  memset(s, 0, sizeof(*s));
}

void
tls_view_reset(void) {
  unsigned int i;

  for (i = 0; i <= highest; i++) {
    side_forget(&views[i].sent);
    side_forget(&views[i].got);
    memset(&views[i], 0, sizeof(views[i]));
  }
  highest = 0;
}

/* The keys in use now. 0: none. *is_new: other ones than before. */
static int
side_refresh(struct side *s, gnutls_session_t native, int read, int *is_new) {
  gnutls_datum_t mac;
  gnutls_datum_t salt;
  gnutls_datum_t key;
  unsigned char number[8];
  gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(native);

  *is_new = 0;
  if (gnutls_record_get_state(native, (unsigned int)read, &mac, &salt, &key, number) < 0 ||
      salt.size != SALT || key.size == 0 || key.size > KEY_MAX)
    return 0;
  if (s->known && s->key_length == key.size && memcmp(s->key, key.data, key.size) == 0 &&
      memcmp(s->salt, salt.data, SALT) == 0)
    return 1;
  *is_new = 1;
  side_forget(s);
  if (gnutls_aead_cipher_init(&s->cipher, cipher, &key) < 0)
    return 0;
  s->known = 1;
  s->tag = gnutls_cipher_get_tag_size(cipher);
  s->key_length = key.size;
  memcpy(s->key, key.data, key.size);
  memcpy(s->salt, salt.data, SALT);
  return 1;
}

static int
side_open(const struct side *s, const struct record *r, uint8_t *plain, size_t *length) {
  uint8_t nonce[SALT + EXPLICIT];
  uint8_t covered[RECORD_HEADER]; /* RFC 5246 6.2.3.3: number, type, version, length */
  size_t inner;

  if (r->length < EXPLICIT + s->tag || r->length > TLS_VIEW_PLAIN)
    return 0;
  inner = r->length - EXPLICIT - s->tag;
  memcpy(nonce, s->salt, SALT);
  memcpy(nonce + SALT, r->body, EXPLICIT);
  memcpy(covered, r->header + 3, 8);
  memcpy(covered + 8, r->header, 3);
  covered[11] = (uint8_t)(inner >> 8);
  covered[12] = (uint8_t)inner;
  *length = TLS_VIEW_PLAIN;
  return gnutls_aead_cipher_decrypt(s->cipher, nonce, sizeof(nonce), covered, sizeof(covered),
                                    s->tag, r->body + EXPLICIT, r->length - EXPLICIT, plain,
                                    length) >= 0;
}

static int
window_take(struct window *w, uint64_t sequence) {
  uint64_t distance = sequence > w->highest ? sequence - w->highest : w->highest - sequence;

  if (!w->begun) {
    w->begun = 1;
    w->highest = sequence;
    w->seen = 0;
    return 1;
  }
  if (sequence > w->highest) {
    w->highest = sequence;
    w->seen = distance < WINDOW ? w->seen << distance : 0;
    w->seen |= distance <= WINDOW ? UINT64_C(1) << (distance - 1) : 0;
    return 1;
  }
  if (distance == 0 || distance > WINDOW || (w->seen >> (distance - 1) & 1))
    return 0;
  w->seen |= UINT64_C(1) << (distance - 1);
  return 1;
}

static struct view *
view_of(unsigned int id) {
  highest = id > highest && id < SESSIONS ? id : highest;
  return id < SESSIONS ? &views[id] : NULL;
}

int
tls_view_sent(const coap_session_t *session, unsigned int id, const struct record *r,
              uint8_t *plain, size_t *length) {
  coap_tls_library_t library;
  gnutls_session_t native = coap_session_get_tls(session, &library);
  struct view *v = view_of(id);
  int is_new;

  return v != NULL && native != NULL && side_refresh(&v->sent, native, 0, &is_new) &&
         side_open(&v->sent, r, plain, length);
}

static void
keep_early(struct view *v, const struct record *r) {
  v->early_length = RECORD_HEADER + r->length <= EARLY_MAX ? RECORD_HEADER + r->length : 0;
  memcpy(v->early, r->header, v->early_length);
}

/* Now that there are keys: whoever has changed it on the way has made it one that does not count.
 */
static void
take_early(struct view *v) {
  const uint8_t *at = v->early;
  size_t left = v->early_length;
  uint8_t plain[TLS_VIEW_PLAIN];
  size_t n;
  struct record r;

  v->early_length = 0;
  if (record_next(&at, &left, &r) && side_open(&v->got, &r, plain, &n))
    window_take(&v->window, r.sequence);
}

int
tls_view_got(const coap_session_t *session, unsigned int id, const struct record *r, uint8_t *plain,
             size_t *length) {
  coap_tls_library_t library;
  gnutls_session_t native = coap_session_get_tls(session, &library);
  struct view *v = view_of(id);
  int is_new;

  if (v == NULL || native == NULL)
    return 0;
  if (!side_refresh(&v->got, native, 1, &is_new)) {
    keep_early(v, r);
    return 0;
  }
  if (is_new) {
    memset(&v->window, 0, sizeof(v->window));
    take_early(v);
  }
  return side_open(&v->got, r, plain, length) && window_take(&v->window, r->sequence);
}
