/* secrecy.c -- a secure session sends records of (D)TLS and nothing else, and what the application
 * says only in protected ones (RFC 7252 9.1, RFC 8323 8.2; RFC 6347 4.1, RFC 8446 5.1). */
#include "oracle/all.h"
#include "oracle/connections.h"

#include "world/record.h"

#include <string.h>

#define TELLING 8U /* bytes: fewer may be the same by chance */

static const char name[] = "secrecy";

/* The last datagram, which is what the next message was sent in. */
static uint8_t last[4096];
static size_t last_length;

#define STREAM_HEADER 5U
#define STREAM_RECORD (16384U + 2048U)

/* How far a connection's records have been read. */
static struct stream {
  size_t id;
  uint8_t header[STREAM_HEADER];
  unsigned int have; /* of the header */
  size_t left;       /* of the body */
  int any;           /* record has been sent */
  int broken;        /* past reading */
} streams[CONNECTIONS_MAX];

static void
reset(void) {
  last_length = 0;
  connection_states_reset(streams, sizeof(streams[0]));
}

static const char *
wrong_with_header(struct stream *s) {
  size_t length = (size_t)s->header[3] << 8 | s->header[4];
  int first = !s->any;

  s->any = 1;
  if (s->header[0] < RECORD_CHANGE || s->header[0] > RECORD_DATA)
    return "of no type that is known";
  if (s->header[1] != 3 || s->header[2] > 3)
    return "of no version that is known";
  if (length > STREAM_RECORD)
    return "that is too long";
  if (first && s->header[0] == RECORD_DATA)
    return "with data before a handshake";
  return NULL;
}

static void
sent_on_connection(const struct obs *o) {
  struct stream *s = connection_state(streams, sizeof(streams[0]), o->count);
  const char *wrong = NULL;
  size_t i = 0;

  while (i < o->length && !s->broken) {
    size_t n = o->length - i < s->left ? o->length - i : s->left;

    s->left -= n;
    i += n;
    if (n > 0)
      continue;
    s->header[s->have++] = o->data[i++];
    if (s->have < STREAM_HEADER)
      continue;
    s->have = 0;
    s->left = (size_t)s->header[3] << 8 | s->header[4];
    wrong = wrong_with_header(s);
    s->broken = wrong != NULL;
  }
  if (wrong != NULL)
    oracle_violated(name, "RFC 8446 5.1", o, "a record %s", wrong);
}

/* GnuTLS 3.7 fails before a version is agreed on with an alert that bears the one of TLS. */
static int
is_early_alert(const struct record *r) {
  return r->type == RECORD_ALERT && r->epoch == 0 && r->version == 0x0303;
}

static const char *
wrong_with(const struct record *r) {
  if (r->type < RECORD_CHANGE || r->type > RECORD_DATA)
    return "of no type that is known";
  if (r->version != 0xfefd && r->version != 0xfeff && !is_early_alert(r))
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
  if (!o->secure)
    return;
  if (o->stream)
    sent_on_connection(o);
  else if (o->kind == OBS_OUT)
    check_hidden(o);
  else if (o->flag)
    sent(o);
}

const struct oracle oracle_secrecy = {name, OBS_BIT(OBS_WIRE) | OBS_BIT(OBS_OUT), reset, observe};
