/* dtls_hello.c -- see dtls_hello.h. */
#include "oracle/dtls_hello.h"

enum {
  RECORD = 13, /* header of a record */
  MESSAGE = 12 /* header of a handshake message */
};

struct reader {
  const uint8_t *p;
  size_t left;
};

static int
skip(struct reader *r, size_t n) {
  if (r->left < n)
    return 0;
  r->p += n;
  r->left -= n;
  return 1;
}

/* A string with its length in one byte in front. */
static int
take_string(struct reader *r, const uint8_t **p, size_t *n) {
  *n = r->left > 0 ? r->p[0] : 0;
  if (!skip(r, 1))
    return 0;
  *p = r->p;
  return skip(r, *n);
}

int
dtls_hello_read(const uint8_t *data, size_t length, const uint8_t **cookie, size_t *cookie_length) {
  struct reader r = {data, length};
  const uint8_t *session;
  size_t n;
  int kind;

  *cookie_length = 0;
  if (length < RECORD + 1 || data[0] != 22 || data[3] != 0 || data[4] != 0)
    return HELLO_NONE;
  kind = data[RECORD] == 1 ? HELLO_CLIENT : data[RECORD] == 3 ? HELLO_VERIFY : HELLO_NONE;
  /* Version, and of a client's random and session ID, come before the cookie. */
  if (kind == HELLO_NONE || !skip(&r, RECORD + MESSAGE + 2))
    return kind;
  if (kind == HELLO_CLIENT && (!skip(&r, 32) || !take_string(&r, &session, &n)))
    return kind;
  if (take_string(&r, cookie, &n))
    *cookie_length = n;
  return kind;
}
