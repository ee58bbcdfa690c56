/* secrecy.c -- a secure session sends records of DTLS and nothing else, and what the application
 * says only in protected ones (RFC 7252 9.1, RFC 6347 4.1). */
#include "oracle/all.h"

#include "world/record.h"

#include <string.h>

#define TELLING 8U /* bytes: fewer may be the same by chance */

static const char name[] = "secrecy";

/* The last datagram, which is what the next message was sent in. */
static uint8_t last[4096];
static size_t last_length;

static void
reset(void) {
  last_length = 0;
}

static const char *
wrong_with(const struct record *r) {
  if (r->type < RECORD_CHANGE || r->type > RECORD_DATA)
    return "of no type that is known";
  if (r->version != 0xfefd && r->version != 0xfeff)
    return "of no version that is known";
  if (r->type == RECORD_DATA && r->epoch == 0)
    return "with unprotected data";
  return NULL;
}

static void
sent(const struct obs *o) {
  const uint8_t *at = o->data;
  size_t left = o->length;
  struct record r;

  last_length = o->length < sizeof(last) ? o->length : sizeof(last);
  memcpy(last, o->data, last_length);
  while (record_next(&at, &left, &r)) {
    if (wrong_with(&r) != NULL)
      oracle_violated(name, "RFC 6347 4.1", o, "a record %s", wrong_with(&r));
  }
  if (left > 0)
    oracle_violated(name, "RFC 6347 4.1", o, "%zu bytes that are no record", left);
}

static void
check_hidden(const struct obs *o) {
  size_t i;

  if (o->length < TELLING)
    return;
  for (i = 0; i + o->length <= last_length; i++) {
    if (memcmp(last + i, o->data, o->length) == 0) {
      oracle_violated(name, "RFC 7252 9.1", o, "a message is to be read on the wire");
      return;
    }
  }
}

static void
observe(const struct obs *o) {
  if (!o->secure || o->stream)
    return;
  if (o->kind == OBS_OUT)
    check_hidden(o);
  else if (o->flag)
    sent(o);
}

const struct oracle oracle_secrecy = {name, OBS_BIT(OBS_WIRE) | OBS_BIT(OBS_OUT), reset, observe};
