/* tls_past.c -- what a client keeps of (D)TLS sessions that were. */
#include "secure/tls_past.h"

#include "seams/memory.h"

#include <utlist.h>

#include <string.h>

struct coap_tls_past_entry_t {
  struct coap_tls_past_entry_t *prev, *next;
  coap_tls_setup_t *setup;
  coap_bin_const_t data; /* points behind the entry */
  size_t peer_length;
  uint8_t peer[COAP_TLS_PAST_PEER_MAX];
  uint8_t bytes[];
};

typedef struct coap_tls_past_entry_t entry_t;

static entry_t *
find(const coap_tls_past_t *past, const coap_tls_past_key_t *key) {
  entry_t *entry;

  DL_FOREACH(past->entries, entry) {
    if (entry->peer_length == key->peer.length &&
        memcmp(entry->peer, key->peer.s, key->peer.length) == 0 &&
        coap_tls_setup_is_same(entry->setup, key->setup))
      return entry;
  }
  return NULL;
}

static void
forget(coap_tls_past_t *past, entry_t *entry) {
  DL_DELETE(past->entries, entry);
  past->count--;
  coap_tls_setup_unref(entry->setup);
  coap_tls_wipe(entry->bytes, entry->data.length);
  coap_mem_free(entry);
}

static entry_t *
entry_new(const coap_tls_past_key_t *key, const coap_bin_const_t *data) {
  entry_t *entry = coap_mem_zalloc(sizeof(*entry) + data->length);

  if (!entry)
    return NULL;
  entry->setup = coap_tls_setup_ref(key->setup);
  entry->peer_length = key->peer.length;
  memcpy(entry->peer, key->peer.s, key->peer.length);
  memcpy(entry->bytes, data->s, data->length);
  entry->data = (coap_bin_const_t){data->length, entry->bytes};
  return entry;
}

void
coap_tls_past_keep(coap_tls_past_t *past, const coap_tls_past_key_t *key,
                   const coap_bin_const_t *data) {
  entry_t *entry = find(past, key);

  if (entry)
    forget(past, entry);
  if (!data || data->length > COAP_TLS_PAST_BYTES_MAX || key->peer.length > COAP_TLS_PAST_PEER_MAX)
    return;
  entry = entry_new(key, data);
  if (!entry)
    return;
  if (past->count == COAP_TLS_PAST_MAX)
    forget(past, past->entries);
  DL_APPEND(past->entries, entry);
  past->count++;
}

const coap_bin_const_t *
coap_tls_past_find(const coap_tls_past_t *past, const coap_tls_past_key_t *key) {
  const entry_t *entry = find(past, key);

  return entry ? &entry->data : NULL;
}

void
coap_tls_past_clear(coap_tls_past_t *past) {
  while (past->entries)
    forget(past, past->entries);
}
