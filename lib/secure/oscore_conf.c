/* oscore_conf.c -- a configuration's life. Its secrets are wiped when it goes. */
#include "secure/oscore_conf.h"

#include "secure/oscore_replay.h"
#include "seams/memory.h"

#include <string.h>

enum { ALG_AES_CCM_16_64_128 = 10, ALG_HKDF_SHA_256 = -10 };

coap_oscore_conf_t *
coap_oscore_conf_new(void) {
  coap_oscore_conf_t *conf = coap_mem_zalloc(sizeof(*conf));

  if (!conf)
    return NULL;
  conf->aead = coap_oscore_aead(ALG_AES_CCM_16_64_128);
  conf->hkdf = coap_oscore_hkdf(ALG_HKDF_SHA_256);
  conf->replay_window = COAP_OSCORE_WINDOW_DEFAULT;
  conf->ssn_freq = 1;
  conf->echo_after_start = 1;
  return conf;
}

int
coap_oscore_conf_add_recipient(coap_oscore_conf_t *conf, const uint8_t *id, size_t length) {
  coap_oscore_named_t **end = &conf->recipients;
  coap_oscore_named_t *named;

  if (length > COAP_OSCORE_ID_MAX || conf->recipient_count >= COAP_OSCORE_MAX_RECIPIENTS)
    return 0;
  for (; *end; end = &(*end)->next) {
    if ((*end)->id.length == length && memcmp((*end)->id.s, id, length) == 0)
      return 0;
  }
  named = coap_mem_zalloc(sizeof(*named));
  if (!named)
    return 0;
  named->id.length = (uint8_t)length;
  if (length)
    memcpy(named->id.s, id, length);
  *end = named;
  conf->recipient_count++;
  return 1;
}

int
coap_delete_oscore_conf(coap_oscore_conf_t *conf) {
  if (!conf)
    return 0;
  while (conf->recipients) {
    coap_oscore_named_t *next = conf->recipients->next;

    coap_mem_free(conf->recipients);
    conf->recipients = next;
  }
  coap_oscore_wipe(conf, sizeof(*conf));
  coap_mem_free(conf);
  return 1;
}
