/* wire_format.c -- what the library sends parses with an independent reader, and its type and code
 * go together (RFC 7252 3, 4.2, 4.3, table 1). */
#include "oracle/all.h"

static const char name[] = "wire-format";

static void
reset(void) {
}

static void
observe(const struct obs *o) {
  const struct msg *m = o->msg;

  if (o->malformed != NULL) {
    oracle_violated(name, "RFC 7252 3", o, "sent a malformed message: %s", o->malformed);
    return;
  }
  if (m->code != 0 && !msg_is_request(m->code) && !msg_is_response(m->code))
    oracle_violated(name, "RFC 7252 4.2", o, "sent reserved code %u.%02u", m->code >> 5,
                    m->code & 31U);
  if (m->type == TYPE_RST && m->code != 0)
    oracle_violated(name, "RFC 7252 4.2", o, "sent a Reset that is not Empty");
  if (m->type == TYPE_ACK && msg_is_request(m->code))
    oracle_violated(name, "RFC 7252 4.2", o, "sent a request in an Acknowledgement");
  if (m->type == TYPE_NON && m->code == 0)
    oracle_violated(name, "RFC 7252 4.3", o, "sent an Empty Non-confirmable message");
  if (o->flag && m->type == TYPE_CON)
    oracle_violated(name, "RFC 7252 8.1", o, "sent a Confirmable message to a group");
}

const struct oracle oracle_wire_format = {name, OBS_BIT(OBS_OUT), reset, observe};
