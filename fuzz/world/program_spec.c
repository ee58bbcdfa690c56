/* program_spec.c -- the table of operations: names, fields, ranges. */
#include "world/program.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ENUM(name, names)                                                                          \
  { name, FIELD_ENUM, COUNT(names) - 1, names }
#define NUMBER(name, max)                                                                          \
  { name, FIELD_NUMBER, max, NULL }
#define COUNTED(name, max)                                                                         \
  { name, FIELD_COUNT, max, NULL }
#define PEER                                                                                       \
  { "peer", FIELD_NUMBER, 7, NULL }
#define SESSION                                                                                    \
  { "session", FIELD_NUMBER, 7, NULL }
#define CODE                                                                                       \
  { "code", FIELD_CODE, 255, NULL }
#define TOKEN                                                                                      \
  { "token", FIELD_TOKEN, 0, NULL }
#define OPTIONS                                                                                    \
  { "opt", FIELD_OPTIONS, 0, NULL }
#define BYTES(name)                                                                                \
  { name, FIELD_BYTES, 0, NULL }
#define END                                                                                        \
  { NULL, FIELD_END, 0, NULL }

static const char *const no_yes[] = {"no", "yes"};
static const char *const roles[] = {"server", "client", "both"};
static const char *const families[] = {"ipv4", "ipv6"};
static const char *const targets[] = {"server",   "server1",  "group",   "session0",
                                      "session1", "session2", "session3"};
static const char *const versions[] = {"1", "0", "2", "3"};
static const char *const types[] = {"con", "non", "ack", "rst"};
static const char *const directions[] = {"in", "out"};
static const char *const actions[] = {"drop", "duplicate", "delay", "swap"};
static const char *const remotes[] = {"peer0", "peer1", "peer2", "peer3",  "peer4",
                                      "peer5", "peer6", "peer7", "server", "group"};
static const char *const reasons[] = {"too-many-retries", "not-deliverable", "rst",
                                      "tls-failed",       "icmp-issue",      "bad-response"};
static const char *const params[] = {
    "ack-timeout",         "ack-random-factor", "max-retransmit", "nstart",
    "default-leisure",     "probing-rate",      "max-payloads",   "non-timeout",
    "non-receive-timeout", "non-max-retransmit"};
static const char *const send_errors[] = {"eagain", "econnrefused", "enetunreach", "emsgsize"};
static const char *const icmp_errors[] = {"econnrefused", "ehostunreach", "enetunreach"};
static const char *const handlers[] = {"request", "response", "nack", "event",
                                       "ping",    "pong",     "end"};
static const char *const reactions[] = {"nothing", "release",   "disconnect",
                                        "send",    "reference", "notify",
                                        "reject",  "defer",     "close-endpoint"};
static const char *const settings[] = {"session-timeout", "max-idle-sessions", "mtu",
                                       "keepalive",       "max-token",         "csm-timeout-ms",
                                       "csm-max-message", "max-handshakes"};
static const char *const resource_acts[] = {"delete", "add"};
static const char *const protos[] = {"udp", "tcp", "ws", "dtls", "tls", "wss"};
static const char *const secured_as[] = {"psk",         "wrong-key", "stranger", "no-suite",
                                         "certificate", "raw-key",   "cookie"};
static const char *const tls_versions[] = {"any", "1.2", "1.3"};
static const char *const tampers[] = {"flip",     "cut",    "type",     "version", "epoch",
                                      "sequence", "length", "repeat",   "split",   "join",
                                      "drop",     "insert", "elsewhere"};
static const char *const tls_acts[] = {"close", "warn", "fatal", "renegotiate", "rekey", "forget"};
static const char *const key_kinds[] = {
    "psk",    "call-backs", "wrong",    "certificate", "raw-key", "verify",   "certificate-psk",
    "refuse", "sni",        "sni-none", "lenient",     "named",   "raw-asked"};
static const char *const blocks[] = {"no", "plain", "single", "quick"};
static const char *const connects[] = {"next", "pending"};
static const char *const outcomes[] = {"accept", "refuse", "unreachable", "leave"};
static const char *const framings[] = {"one", "two", "ping-between", "bytes"};
static const char *const masks[] = {"right", "wrong"};
static const char *const forms[] = {"shortest", "16", "64"};
static const char *const upgrades[] = {
    "right",   "no-key",     "bad-key", "no-protocol", "protocol", "version", "path", "method",
    "no-host", "no-upgrade", "accept",  "extension",   "status",   "lf",      "fold", "body"};
static const char *const observing[] = {"register", "cancel", "reset", "acknowledge"};
static const char *const ends[] = {"fin", "reset", "timeout"};
static const char *const asyncs[] = {"next", "trigger", "delay", "drop"};
static const char *const calls[] = {"get",         "set",         "io",       "log",     "loss",
                                    "session-get", "session-set", "values",   "address", "persist",
                                    "oscore",      "answer",      "resource", "unknown", "proxy",
                                    "find",        "ignore",      "keys",     "nothing"};
static const char *const contexts[] = {"server", "client"};

static const struct prog_spec specs[PROG_KINDS] = {
    [PROG_DATAGRAM] = {"datagram", {PEER, ENUM("to", targets), BYTES("data"), END}},
    [PROG_MESSAGE] = {"message",
                      {PEER,
                       ENUM("to", targets),
                       ENUM("version", versions),
                       ENUM("type", types),
                       CODE,
                       {"mid", FIELD_MID, 0, NULL},
                       TOKEN,
                       OPTIONS,
                       BYTES("payload"),
                       NUMBER("cut", 64),
                       END}},
    [PROG_ADVANCE] = {"advance", {NUMBER("ms", 600000), END}},
    [PROG_SEND] = {"send",
                   {SESSION, ENUM("type", types), CODE, TOKEN, OPTIONS, BYTES("payload"), END}},
    [PROG_PROCESS] = {"process", {END}},
    [PROG_FAULT] = {"fault",
                    {ENUM("dir", directions), ENUM("do", actions), NUMBER("ms", 120000), END}},
    [PROG_OPEN_ENDPOINT] = {"open-endpoint", {NUMBER("endpoint", 1), ENUM("group", no_yes), END}},
    [PROG_CLOSE_ENDPOINT] = {"close-endpoint", {NUMBER("endpoint", 1), END}},
    [PROG_OPEN_CLIENT] = {"open-client", {SESSION, ENUM("to", remotes), END}},
    [PROG_REFERENCE] = {"reference", {SESSION, END}},
    [PROG_RELEASE] = {"release", {SESSION, END}},
    [PROG_DISCONNECT] = {"disconnect", {SESSION, ENUM("reason", reasons), END}},
    [PROG_SET_TYPE_CLIENT] = {"set-type-client", {SESSION, END}},
    [PROG_HOLD] = {"hold", {SESSION, PEER, END}},
    [PROG_RESPOND] = {"respond", {ENUM("type", types), CODE, NUMBER("size", PROG_NEW_DATA), END}},
    [PROG_CANCEL] = {"cancel", {SESSION, TOKEN, END}},
    [PROG_PING] = {"ping", {SESSION, END}},
    [PROG_NOTIFY] = {"notify", {NUMBER("resource", 7), END}},
    [PROG_SET] = {"set", {SESSION, ENUM("param", params), NUMBER("value", 65535), END}},
    [PROG_FAIL_ALLOC] = {"fail-alloc", {NUMBER("nth", 10000), ENUM("sticky", no_yes), END}},
    [PROG_FAIL_SEND] = {"fail-send", {ENUM("error", send_errors), NUMBER("count", 255), END}},
    [PROG_ICMP] = {"icmp", {ENUM("to", targets), ENUM("error", icmp_errors), END}},
    [PROG_REACT] = {"react", {ENUM("on", handlers), ENUM("do", reactions), SESSION, END}},
    [PROG_CONFIG] = {"config",
                     {ENUM("context", contexts), ENUM("setting", settings), NUMBER("value", 65535),
                      END}},
    [PROG_RESOURCE] = {"resource", {ENUM("do", resource_acts), NUMBER("resource", 7), END}},
    [PROG_CONNECT] = {"connect", {PEER, NUMBER("endpoint", 1), END}},
    [PROG_CONNECTS] = {"connects", {ENUM("of", connects), ENUM("do", outcomes), END}},
    [PROG_STREAM] = {"stream", {PEER, BYTES("data"), END}},
    [PROG_STREAM_MESSAGE] = {"stream-message",
                             {PEER, CODE, TOKEN, OPTIONS, BYTES("payload"), NUMBER("longer", 65535),
                              NUMBER("cut", 64), ENUM("frames", framings), END}},
    [PROG_FRAME] = {"frame",
                    {PEER, NUMBER("opcode", 15), ENUM("more", no_yes), NUMBER("rsv", 7),
                     ENUM("mask", masks), ENUM("form", forms), NUMBER("longer", 65535),
                     BYTES("payload"), END}},
    [PROG_UPGRADE] = {"upgrade", {PEER, ENUM("do", upgrades), BYTES("more"), END}},
    [PROG_END_STREAM] = {"end-stream", {PEER, ENUM("how", ends), END}},
    [PROG_ROOM] = {"room", {PEER, NUMBER("bytes", 65535), END}},
    [PROG_SPLIT] = {"split",
                    {NUMBER("at", 65535), NUMBER("size", 4096), ENUM("join", no_yes), END}},
    [PROG_OBSERVE] = {"observe",
                      {PEER, ENUM("do", observing), NUMBER("resource", 7), COUNTED("count", 127),
                       NUMBER("first", 255), END}},
    [PROG_SEND_LARGE] = {"send-large",
                         {SESSION, ENUM("type", types), CODE, OPTIONS, NUMBER("size", PROG_LARGE),
                          END}},
    [PROG_CLOSE] = {"close", {ENUM("context", contexts), END}},
    [PROG_HANDSHAKE] = {"handshake",
                        {PEER, ENUM("to", targets), ENUM("as", secured_as),
                         ENUM("version", tls_versions), NUMBER("mtu", 1500), NUMBER("stop", 63),
                         END}},
    [PROG_PROTECTED] = {"protected", {PEER, BYTES("data"), END}},
    [PROG_TAMPER] = {"tamper",
                     {ENUM("dir", directions), ENUM("do", tampers), NUMBER("skip", 63),
                      NUMBER("at", 65535), NUMBER("value", 65535), END}},
    [PROG_PEER_TLS] = {"peer-tls", {PEER, ENUM("do", tls_acts), NUMBER("value", 255), END}},
    [PROG_KEYS] = {"keys", {ENUM("context", contexts), ENUM("are", key_kinds), END}},
    [PROG_CALL] = {"call",
                   {ENUM("context", contexts), ENUM("do", calls), SESSION, NUMBER("value", 65535),
                    BYTES("data"), END}},
    [PROG_ASYNC] = {"async", {ENUM("do", asyncs), NUMBER("ms", 600000), NUMBER("nth", 7), END}},
};

const struct prog_spec prog_world_spec = {"world",
                                          {ENUM("roles", roles), ENUM("family", families),
                                           NUMBER("seed", 255), ENUM("proto", protos),
                                           ENUM("blocks", blocks), END}};

static const struct {
  uint16_t number;
  const char *name;
} option_names[] = {
    {1, "if-match"},      {3, "uri-host"},        {4, "etag"},          {5, "if-none-match"},
    {6, "observe"},       {7, "uri-port"},        {8, "location-path"}, {9, "oscore"},
    {11, "uri-path"},     {12, "content-format"}, {14, "max-age"},      {15, "uri-query"},
    {16, "hop-limit"},    {17, "accept"},         {19, "q-block1"},     {20, "location-query"},
    {23, "block2"},       {27, "block1"},         {28, "size2"},        {31, "q-block2"},
    {35, "proxy-uri"},    {39, "proxy-scheme"},   {60, "size1"},        {252, "echo"},
    {258, "no-response"}, {292, "request-tag"},
};

const struct prog_spec *
prog_spec(unsigned int kind) {
  return kind < PROG_KINDS && specs[kind].name != NULL ? &specs[kind] : NULL;
}

const char *
prog_option_name(uint16_t number) {
  size_t i;

  for (i = 0; i < COUNT(option_names); i++) {
    if (option_names[i].number == number)
      return option_names[i].name;
  }
  return NULL;
}

int
prog_option_number(const char *name, size_t len) {
  size_t i;

  for (i = 0; i < COUNT(option_names); i++) {
    if (strlen(option_names[i].name) == len && memcmp(option_names[i].name, name, len) == 0)
      return option_names[i].number;
  }
  return -1;
}

struct prog_op *
prog_append(struct program *p, enum prog_kind kind) {
  struct prog_op *op;

  if (p->n_ops == PROG_OPS_MAX)
    return NULL;
  op = &p->ops[p->n_ops++];
  memset(op, 0, sizeof(*op));
  op->kind = (uint8_t)kind;
  op->first_option = (uint16_t)p->n_options;
  return op;
}

int
prog_add_option(struct program *p, struct prog_op *op, uint16_t number, const uint8_t *value,
                uint32_t len) {
  struct prog_option *o;

  if (p->n_options == PROG_OPTIONS_MAX || op->n_options == PROG_MSG_OPTIONS)
    return 0;
  o = &p->options[p->n_options++];
  op->n_options++;
  o->number = number;
  o->value.p = value;
  o->value.n = len;
  return 1;
}
