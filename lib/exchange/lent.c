/* lent.c -- keeping and giving back bodies. */
#include "exchange/lent.h"

#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

enum { PAYLOAD_UNKNOWN_PATH = 1024 };

static void
release_copy(coap_session_t *session, void *copy) {
  (void)session;
  coap_mem_free(copy);
}

int
coap_lent_keep(coap_lent_t *lent) {
  uint8_t *copy;

  if (lent->release)
    return 1;
  copy = coap_mem_alloc(lent->length);
  if (!copy)
    return 0;
  memcpy(copy, lent->data, lent->length);
  lent->data = copy;
  lent->release = release_copy;
  lent->app_ptr = copy;
  return 1;
}

void
coap_lent_return(coap_lent_t *lent, coap_session_t *session) {
  coap_lent_t gone = *lent;

  memset(lent, 0, sizeof(*lent));
  if (gone.release)
    gone.release(session, gone.app_ptr);
}

size_t
coap_lent_room(const coap_session_t *session, const coap_pdu_t *pdu) {
  size_t room = pdu->max_size > pdu->used + 1 ? pdu->max_size - pdu->used - 1 : 0;

  if (session->mtu <= COAP_DEFAULT_MTU && room > PAYLOAD_UNKNOWN_PATH)
    return PAYLOAD_UNKNOWN_PATH;
  return room;
}

size_t
coap_lent_one_message(const coap_session_t *session, const coap_pdu_t *pdu) {
  size_t room = coap_lent_room(session, pdu);
  const coap_exchange_t *exchange = coap_session_exchange(session);
  size_t block = coap_block_bytes(coap_exchange_max_szx(exchange));

  if (!COAP_BLOCK_MAX_SIZE_GET(exchange->block_mode) && coap_session_is_reliable(session))
    return room;
  return block < room ? block : room;
}
