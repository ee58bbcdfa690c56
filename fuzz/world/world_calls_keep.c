/* world_calls_keep.c -- what outlasts contexts and sessions: observations and resources kept in
 * files or by call-backs (coap_persist(3)), and security contexts (coap_oscore(3)). */
#include "world/calls.h"
#include "world/internal.h"

#include "seams/file.h"

#include <stdio.h>
#include <string.h>

/* Order of `value` of "persist". */
enum {
  KEEP_START,
  KEEP_STOP,
  KEEP_TRACK,
  KEEP_BRING_BACK,
  KEEP_WRITE_RESOURCES,
  KEEP_WRITE_OBSERVERS,
  KEEP_WRITE_NUMBERS,
  KEEP_FAIL,
  KEEP_WAYS
};

/* ... and of "oscore". */
enum { OSCORE_SERVER, OSCORE_CLIENT, OSCORE_ADD, OSCORE_REMOVE, OSCORE_OVER_TLS, OSCORE_WAYS };

static const char *const files[] = {"made", "observers", "numbers"};

static struct {
  int there;
  coap_address_t listen;
  coap_addr_tuple_t pair;
  uint8_t raw[256];
  size_t length;
} kept;

static struct {
  int active; /* the next client session is to be protected */
  int over_tls;
  char text[512];
} to_come;

void
world_calls_keep_reset(void) {
  memset(&kept, 0, sizeof(kept));
  memset(&to_come, 0, sizeof(to_come));
  coap_file_sim_reset();
}

static int
on_observe_added(coap_session_t *session, coap_subscription_t *key, coap_proto_t proto,
                 coap_address_t *listen, coap_addr_tuple_t *pair, coap_bin_const_t *raw,
                 coap_bin_const_t *oscore, void *data) {
  (void)session, (void)key, (void)proto, (void)oscore, (void)data;
  if (raw->length > sizeof(kept.raw))
    return 0;
  kept.there = 1;
  coap_address_copy(&kept.listen, listen);
  kept.pair = *pair;
  kept.length = raw->length;
  memcpy(kept.raw, raw->s, raw->length);
  return 1;
}

static int
on_observe_deleted(coap_session_t *session, coap_subscription_t *key, void *data) {
  (void)session, (void)key, (void)data;
  return 1;
}

static int
on_number(coap_context_t *context, coap_str_const_t *name, uint32_t number, void *data) {
  (void)context, (void)name, (void)number, (void)data;
  return 1;
}

static int
on_resource_added(coap_session_t *session, coap_str_const_t *name, coap_bin_const_t *raw,
                  void *data) {
  (void)session, (void)name, (void)raw, (void)data;
  return 1;
}

static int
on_resource_deleted(coap_context_t *context, coap_str_const_t *name, void *data) {
  (void)context, (void)name, (void)data;
  return 1;
}

static void
bring_back(coap_context_t *context) {
  coap_bin_const_t raw = {kept.length, kept.raw};

  if (kept.there)
    coap_persist_observe_add(context, COAP_PROTO_UDP, &kept.listen, &kept.pair, &raw, NULL);
}

static void
do_persist(const struct prog_op *op) {
  coap_context_t *context = world.context[WORLD_SERVER];
  uint32_t way = op->v[CALL_VALUE] % KEEP_WAYS;
  uint32_t every = op->v[CALL_VALUE] / 64;
  uint32_t which = op->v[CALL_VALUE] / 8 % 8;

  if (way >= KEEP_WRITE_RESOURCES && way <= KEEP_WRITE_NUMBERS)
    coap_file_replace(files[way - KEEP_WRITE_RESOURCES], op->data.p, op->data.n);
  if (way == KEEP_FAIL)
    coap_file_sim_fail(28);
  if (context == NULL)
    return;
  if (way == KEEP_START)
    coap_persist_startup(context, which & 1U ? NULL : files[0], which & 2U ? NULL : files[1],
                         which & 4U ? NULL : files[2], every);
  else if (way == KEEP_STOP)
    coap_persist_stop(context);
  else if (way == KEEP_TRACK)
    coap_persist_track_funcs(context, on_observe_added, on_observe_deleted, on_number,
                             on_resource_added, on_resource_deleted, every, NULL);
  else if (way == KEEP_BRING_BACK)
    bring_back(context);
}

/* Presets, so that both ends can understand each other; a program adds lines of its own. */
static void
write_conf(uint32_t preset, int client, const struct prog_span *more, char *out, size_t size) {
  static const char *const lines[] = {"",
                                      "rfc8613_b_1_2,bool,false\n",
                                      "id_context,ascii,here\n",
                                      "master_salt,hex,9e7ca92223786340\n",
                                      "aead_alg,text,AES-CCM-64-64-128\n",
                                      "replay_window,integer,2\n",
                                      "break_sender_key,bool,true\n",
                                      "break_recipient_key,bool,true\n"};
  int n = snprintf(
      out, size, "master_secret,hex,%s\nsender_id,ascii,%s\nrecipient_id,ascii,%s\n%s%.*s",
      preset & 8U ? "ff02030405060708090a0b0c0d0e0f10" : "0102030405060708090a0b0c0d0e0f10",
      client ? "c" : "s", client ? "s" : "c", lines[preset % 8], (int)more->n,
      more->n > 0 ? (const char *)more->p : "");

  if (n < 0 || (size_t)n >= size)
    out[size - 1] = '\0';
}

static int
save_number(uint64_t number, void *param) {
  (void)number, (void)param;
  return 1;
}

static coap_oscore_conf_t *
conf_of(const char *text) {
  coap_str_const_t mem = {strlen(text), (const uint8_t *)text};

  return coap_new_oscore_conf(mem, save_number, NULL, 0);
}

static void
do_oscore(const struct prog_op *op) {
  coap_context_t *server = world.context[WORLD_SERVER];
  uint32_t way = op->v[CALL_VALUE] % 8 % OSCORE_WAYS;
  coap_bin_const_t id = {op->data.n, op->data.p};
  char text[512];

  if (way == OSCORE_CLIENT || way == OSCORE_OVER_TLS) {
    to_come.active = 1;
    to_come.over_tls = way == OSCORE_OVER_TLS;
    write_conf(op->v[CALL_VALUE] / 8, 1, &op->data, to_come.text, sizeof(to_come.text));
  } else if (server == NULL) {
    return;
  } else if (way == OSCORE_SERVER) {
    write_conf(op->v[CALL_VALUE] / 8, 0, &op->data, text, sizeof(text));
    coap_context_oscore_server(server, conf_of(text));
  } else if (way == OSCORE_ADD) {
    coap_new_oscore_recipient(server, &id);
  } else {
    coap_delete_oscore_recipient(server, &id);
  }
}

int
world_calls_protects(void) {
  return to_come.active;
}

coap_session_t *
world_calls_connect(const coap_address_t *remote) {
  coap_context_t *context = world.context[WORLD_CLIENT];
  coap_oscore_conf_t *conf = conf_of(to_come.text);
  coap_dtls_cpsk_t psk;
  coap_dtls_pki_t pki;

  to_come.active = 0;
  if (!to_come.over_tls)
    return coap_new_client_session_oscore(context, NULL, remote, world_proto(), conf);
  memset(&psk, 0, sizeof(psk));
  memset(&pki, 0, sizeof(pki));
  coap_new_client_session_oscore_pki(context, NULL, remote, world_proto(), &pki, conf);
  return coap_new_client_session_oscore_psk(context, NULL, remote, world_proto(), &psk,
                                            conf_of(to_come.text));
}

void
world_calls_keep(const struct prog_op *op) {
  if (op->v[CALL_DO] == CALL_PERSIST)
    do_persist(op);
  else
    do_oscore(op);
}
