/* tls_hello.c -- the cookie exchange of a DTLS server, without a back end: nothing is kept of a
 * peer before it has shown that it can be reached (RFC 6347 4.2.1). */
#include "secure/tls.h"

#include "seams/random.h"
#include "wire/buf.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <string.h>

enum {
  HANDSHAKE = 22,
  CLIENT_HELLO = 1,
  HELLO_VERIFY_REQUEST = 3,
  DTLS = 254, /* of every version the first byte */
  COOKIE_SIZE = SHA256_DIGEST_SIZE,
  SECRET_SIZE = sizeof(((coap_tls_cookies_t *)0)->secret[0]),
  SECRET_LIFE_MS = 5 * 60 * 1000
};

/* A ClientHello (RFC 6347 4.2.1): what the cookie is made of stands before and after it. */
typedef struct client_hello_t {
  uint64_t record_sequence;
  unsigned int message_sequence;
  coap_bin_const_t before;
  coap_bin_const_t cookie;
  coap_bin_const_t after;
} client_hello_t;

/* What of the bytes since `from` has been read. */
static coap_bin_const_t
since(const coap_reader_t *r, const uint8_t *from) {
  return (coap_bin_const_t){(size_t)(r->at - from), from};
}

static int
parse_body(client_hello_t *hello, const uint8_t *body, size_t length) {
  coap_reader_t r = coap_reader(body, length);
  const uint8_t *from = r.at;

  coap_read_bytes(&r, 2 + 32); /* version, random */
  coap_read_bytes(&r, coap_read_u8(&r));
  hello->before = since(&r, from);
  hello->cookie.length = coap_read_u8(&r);
  hello->cookie.s = coap_read_bytes(&r, hello->cookie.length);
  from = r.at;
  coap_read_bytes(&r, coap_read_u16(&r)); /* cipher suites */
  coap_read_bytes(&r, coap_read_u8(&r));  /* compression methods */
  hello->after = since(&r, from);
  return !r.bad;
}

/* A datagram that begins with a record of epoch 0 (RFC 6347 4.1, 4.2.2) with a whole ClientHello.
 * 1, or 0 when it is something else. */
static int
parse(client_hello_t *hello, const coap_bin_const_t *datagram) {
  coap_reader_t r = coap_reader(datagram->s, datagram->length);
  int is_one = coap_read_u8(&r) == HANDSHAKE;
  uint32_t length;

  is_one &= coap_read_u16(&r) >> 8 == DTLS;
  hello->record_sequence = coap_read_u64(&r);
  is_one &= hello->record_sequence >> 48 == 0; /* the epoch */
  is_one &= coap_read_u16(&r) <= r.left;
  is_one &= coap_read_u8(&r) == CLIENT_HELLO;
  length = coap_read_u24(&r);
  hello->message_sequence = coap_read_u16(&r);
  is_one &= coap_read_u24(&r) == 0 && coap_read_u24(&r) == length;
  return is_one && length <= r.left && parse_body(hello, r.at, length);
}

/* A secret that nobody can learn by asking for ever. 1, or 0 without randomness. */
static int
renew_secret(coap_tls_cookies_t *cookies, coap_tick_t now) {
  uint8_t fresh[SECRET_SIZE];

  if (cookies->count && now - cookies->since < SECRET_LIFE_MS)
    return 1;
  if (!coap_random_fill(fresh, sizeof(fresh)))
    return 0;
  memcpy(cookies->secret[1], cookies->secret[0], SECRET_SIZE);
  memcpy(cookies->secret[0], fresh, SECRET_SIZE);
  cookies->since = now;
  cookies->count += cookies->count < 2;
  return 1;
}

static void
make_cookie(const uint8_t *secret, const coap_bin_const_t *peer, const client_hello_t *hello,
            uint8_t cookie[COOKIE_SIZE]) {
  struct hmac_sha256_ctx hmac;

  hmac_sha256_set_key(&hmac, SECRET_SIZE, secret);
  hmac_sha256_update(&hmac, peer->length, peer->s);
  hmac_sha256_update(&hmac, hello->before.length, hello->before.s);
  hmac_sha256_update(&hmac, hello->after.length, hello->after.s);
  hmac_sha256_digest(&hmac, COOKIE_SIZE, cookie);
}

static int
is_good(const coap_tls_cookies_t *cookies, const coap_bin_const_t *peer,
        const client_hello_t *hello) {
  uint8_t cookie[COOKIE_SIZE];

  if (hello->cookie.length != COOKIE_SIZE)
    return 0;
  for (unsigned int i = 0; i < cookies->count; i++) {
    make_cookie(cookies->secret[i], peer, hello, cookie);
    if (memeql_sec(cookie, hello->cookie.s, COOKIE_SIZE))
      return 1;
  }
  return 0;
}

static void
write_u24(coap_writer_t *w, uint32_t value) {
  coap_write_u8(w, (uint8_t)(value >> 16));
  coap_write_u16(w, (uint16_t)value);
}

/* HelloVerifyRequest; its versions are always those of DTLS 1.0, its record has the number of the
 * one it answers. */
static size_t
write_answer(uint8_t *answer, uint64_t sequence, const uint8_t cookie[COOKIE_SIZE]) {
  enum { BODY = 2 + 1 + COOKIE_SIZE, MESSAGE = 12 + BODY, DTLS_1_0 = 0xfeff };
  coap_writer_t w = coap_writer(answer, COAP_TLS_ANSWER_MAX);

  coap_write_u8(&w, HANDSHAKE);
  coap_write_u16(&w, DTLS_1_0);
  coap_write_u64(&w, sequence);
  coap_write_u16(&w, MESSAGE);
  coap_write_u8(&w, HELLO_VERIFY_REQUEST);
  write_u24(&w, BODY);
  coap_write_u16(&w, 0); /* its number, of the server's messages the first */
  write_u24(&w, 0);
  write_u24(&w, BODY);
  coap_write_u16(&w, DTLS_1_0);
  coap_write_u8(&w, COOKIE_SIZE);
  coap_write_bytes(&w, cookie, COOKIE_SIZE);
  return w.used;
}

coap_tls_hello_status_t
coap_tls_hello(coap_tls_cookies_t *cookies, coap_tick_t now, const coap_bin_const_t *peer,
               const coap_bin_const_t *datagram, uint8_t *answer, size_t *answer_length,
               coap_tls_hello_t *out) {
  client_hello_t hello;
  uint8_t cookie[COOKIE_SIZE];

  if (!parse(&hello, datagram) || !renew_secret(cookies, now))
    return COAP_TLS_HELLO_IGNORE;
  if (is_good(cookies, peer, &hello)) {
    *out = (coap_tls_hello_t){hello.record_sequence, hello.message_sequence};
    return COAP_TLS_HELLO_GOOD;
  }
  make_cookie(cookies->secret[0], peer, &hello, cookie);
  *answer_length = write_answer(answer, hello.record_sequence, cookie);
  /* Never more than has come (RFC 7252 11.3). */
  return *answer_length <= datagram->length ? COAP_TLS_HELLO_ANSWER : COAP_TLS_HELLO_IGNORE;
}
