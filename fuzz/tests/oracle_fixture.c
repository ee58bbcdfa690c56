/* oracle_fixture.c -- see oracle_fixture.h. */
#include "tests/oracle_fixture.h"

#include "oracle/all.h"

#include <string.h>

enum { LOCAL = 1, REMOTE = 2 };

/* What the oracles objected to. */
static struct {
  unsigned int count;
  char names[256];
} heard;

static void
sink(const char *oracle, const char *section) {
  assert_true(section != NULL && section[0] != '\0');
  heard.count++;
  if (strlen(heard.names) + strlen(oracle) + 2 < sizeof(heard.names)) {
    strcat(heard.names, oracle);
    strcat(heard.names, " ");
  }
}

uint64_t now;
unsigned int operation;

int
setup(void **state) {
  (void)state;
  memset(&heard, 0, sizeof(heard));
  oracle_set_sink(sink);
  oracle_reset_all(0);
  now = 1000;
  operation = 1;
  return 0;
}

void
expect(const char *oracle) {
  if (oracle == NULL) {
    if (heard.count != 0)
      fail_msg("nobody should have objected, but: %s", heard.names);
  } else if (strstr(heard.names, oracle) == NULL) {
    fail_msg("%s should have objected; heard: %s", oracle, heard.names);
  }
}

struct obs
obs(enum obs_kind kind) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  o.kind = kind;
  o.op = operation;
  o.now = now;
  o.local = LOCAL;
  o.remote = REMOTE;
  return o;
}

void
tell(enum obs_kind kind, unsigned int session, long value, long extra, size_t count, int flag) {
  struct obs o = obs(kind);

  o.session = session;
  o.value = value;
  o.extra = extra;
  o.count = count;
  o.flag = flag;
  oracle_observe_all(&o);
}

void
wire(enum obs_kind kind, const void *bytes, size_t len) {
  struct obs o = obs(kind);
  struct msg m;

  o.malformed = msg_parse(&m, bytes, len);
  o.msg = &m;
  o.data = bytes;
  o.length = len;
  o.value = (long)len;
  oracle_observe_all(&o);
}
/* With a handler's view of a message; `token` one byte. */
void
handler(enum obs_kind kind, unsigned int type, unsigned int code, unsigned int mid, uint8_t token,
        long value, long extra) {
  struct obs o = obs(kind);
  struct msg m;

  memset(&m, 0, sizeof(m));
  m.version = 1;
  m.type = (uint8_t)type;
  m.code = (uint8_t)code;
  m.mid = (uint16_t)mid;
  m.token = &token;
  m.token_length = 1;
  o.session = 1;
  o.msg = &m;
  o.value = value;
  o.extra = extra;
  oracle_observe_all(&o);
}

void
born(unsigned int id, long type) {
  tell(OBS_BORN, id, type, ESTABLISHED, 1, 0);
}

void
request_sent(unsigned int mid, uint8_t token) {
  handler(OBS_SEND, TYPE_CON, 1, mid, token, mid, 0);
  handler(OBS_SEND, TYPE_CON, 1, mid, token, mid, 1);
}

/* One that asks for notifications. */
void
observation_sent(unsigned int mid, uint8_t token) {
  struct obs o = obs(OBS_SEND);
  struct msg m;

  memset(&m, 0, sizeof(m));
  m.version = 1;
  m.code = 1;
  m.mid = (uint16_t)mid;
  m.token = &token;
  m.token_length = 1;
  o.session = 1;
  o.msg = &m;
  o.value = (long)mid;
  o.flag = 1;
  oracle_observe_all(&o);
  o.extra = 1;
  oracle_observe_all(&o);
}

int
has_objected(const char *oracle) {
  return strstr(heard.names, oracle) != NULL;
}
