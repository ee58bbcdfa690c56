/* large_response.c -- a response whose body may be larger than a message (RFC 7959 2.4, 2.6). */
#include "exchange/large_response.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "exchange/quick_download.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

enum { NO_MEDIA_TYPE = 65535, DEFAULT_MAX_AGE = 60 };

static int
set_uint(coap_pdu_t *pdu, coap_option_num_t number, uint64_t number_value) {
  uint8_t value[8];

  return coap_pdu_update_option(pdu, number,
                                coap_encode_var_safe8(value, sizeof(value), number_value), value);
}

/* The same body gives the same tag, whichever call computes it: FNV-1a, 64 bits. */
static uint64_t
body_tag(const coap_lent_t *body) {
  uint64_t hash = UINT64_C(14695981039346656037);

  for (size_t i = 0; i < body->length; i++)
    hash = (hash ^ body->data[i]) * UINT64_C(1099511628211);
  return hash ? hash : 1;
}

/* RFC 7252 5.10.6.2: the client has it already. */
static int
client_has(const coap_pdu_t *request, uint64_t etag) {
  coap_opt_filter_t tags;
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  uint8_t value[8];
  unsigned int length = coap_encode_var_safe8(value, sizeof(value), etag);

  coap_option_filter_clear(&tags);
  coap_option_filter_set(&tags, COAP_OPTION_ETAG);
  coap_option_iterator_init(request, &oi, &tags);
  while ((option = coap_option_next(&oi))) {
    if (coap_opt_length(option) == length && memcmp(coap_opt_value(option), value, length) == 0)
      return 1;
  }
  return 0;
}

static int
answer_valid(const coap_pdu_t *request, coap_pdu_t *response, uint64_t etag) {
  if (!etag || coap_pdu_get_code(request) != COAP_REQUEST_CODE_GET || !client_has(request, etag))
    return 0;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_VALID); /* RFC 7252 5.9.1.3: no payload */
  return set_uint(response, COAP_OPTION_ETAG, etag);
}

static int
describe(coap_pdu_t *response, const coap_large_response_t *about) {
  if (about->media_type != NO_MEDIA_TYPE &&
      !set_uint(response, COAP_OPTION_CONTENT_FORMAT, about->media_type))
    return 0;
  /* RFC 7252 5.4.4: a default is not sent. */
  return about->max_age < 0 || about->max_age == DEFAULT_MAX_AGE ||
         set_uint(response, COAP_OPTION_MAXAGE, (uint64_t)about->max_age);
}

int
coap_large_add_block(coap_pdu_t *response, coap_block_t *block, const coap_lent_t *body) {
  return coap_block_add(block, COAP_OPTION_BLOCK2, response, body->data, body->length) > 0;
}

/* The client asks for what is not there: an error takes the answer's place. */
static void
answer_past_end(coap_pdu_t *response) {
  static const char words[] = "Block2 lies past the end";

  coap_pdu_remove_option(response, COAP_OPTION_CONTENT_FORMAT);
  coap_pdu_remove_option(response, COAP_OPTION_MAXAGE);
  coap_pdu_remove_option(response, COAP_OPTION_ETAG);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_BAD_REQUEST);
  coap_add_data(response, sizeof(words) - 1, (const uint8_t *)words);
}

/* RFC 7959 2.4: ETag with every block; 4: the body's size with the first. */
static int
describe_blocks(coap_pdu_t *response, const coap_large_response_t *about, const coap_lent_t *body,
                const coap_block_t *block) {
  uint64_t etag = about->etag ? about->etag : body_tag(body);

  if (!set_uint(response, COAP_OPTION_ETAG, etag))
    return 0;
  return block->num > 0 || set_uint(response, COAP_OPTION_SIZE2, body->length);
}

static int
add_in_blocks(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
              coap_pdu_t *response, const coap_large_response_t *about, coap_lent_t *body,
              coap_tick_t now) {
  coap_exchange_t *exchange = coap_session_exchange(session);
  unsigned int max_szx = coap_exchange_szx(session);
  coap_block_t block;

  if (!coap_block_read(request, COAP_OPTION_BLOCK2, &block)) {
    if (!coap_exchange_may_block(session))
      return 0;
    block = (coap_block_t){.szx = max_szx & 7};
  }
  /* RFC 7959 2.4: smaller than asked for, at the same place. */
  while (block.szx > max_szx && block.num <= COAP_BLOCK_NUM_MAX / 2) {
    if (block.szx-- != COAP_BLOCK_SZX_BERT)
      block.num <<= 1;
  }
  if (coap_block_offset(&block) >= body->length && block.num > 0) {
    answer_past_end(response);
    return 1;
  }
  if (body->length > coap_block_most_bytes(block.szx)) {
    coap_log_warn("a body of %zu bytes is too large for blocks of %zu\n", body->length,
                  coap_block_bytes(block.szx));
    return 0;
  }
  if (!describe_blocks(response, about, body, &block) ||
      !coap_large_add_block(response, &block, body))
    return 0;
  /* What cannot be kept is made anew by the handler, block for block. */
  if (block.m && resource && (exchange->block_mode & COAP_BLOCK_USE_LIBCOAP) &&
      !(exchange->block_mode & COAP_BLOCK_STLESS_BLOCK2) &&
      !coap_download_keep(resource, session, request, response, body, now))
    exchange->core->counters.no_memory++;
  return 1;
}

/* RFC 9177 4.1: a client that says it knows Q-Block gets a large body that way. */
static int
knows_quick(const coap_exchange_t *exchange, const coap_pdu_t *request) {
  coap_opt_iterator_t oi;

  return coap_quick_is_on(exchange) && (coap_check_option(request, COAP_OPTION_Q_BLOCK1, &oi) ||
                                        coap_check_option(request, COAP_OPTION_Q_BLOCK2, &oi));
}

/* Most that the client wants in one message. */
static size_t
quick_block_bytes(const coap_session_t *session, const coap_pdu_t *request) {
  unsigned int szx = coap_exchange_max_szx(coap_session_exchange(session));
  coap_block_t block;

  if (coap_block_read(request, COAP_OPTION_Q_BLOCK2, &block) && block.szx < szx)
    szx = block.szx;
  return coap_block_bytes(szx);
}

/* The first block asked for; the others follow by themselves. */
static int
add_quickly(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
            coap_pdu_t *response, const coap_large_response_t *about, coap_lent_t *body,
            coap_tick_t now) {
  unsigned int max_szx = coap_exchange_max_szx(coap_session_exchange(session));
  coap_block_t block;

  if (!coap_block_read(request, COAP_OPTION_Q_BLOCK2, &block))
    block = (coap_block_t){.szx = max_szx & 7};
  if (block.szx > max_szx) {
    block.szx = max_szx & 7;
    block.num = 0;
  }
  if (coap_block_offset(&block) >= body->length) {
    answer_past_end(response);
    return 1;
  }
  /* RFC 9177 4.4, 4.6: ETag and Size2 with every block. */
  if (body->length > coap_block_most_bytes(block.szx) ||
      !set_uint(response, COAP_OPTION_ETAG, about->etag ? about->etag : body_tag(body)) ||
      !set_uint(response, COAP_OPTION_SIZE2, body->length) ||
      coap_write_block_opt(&block, COAP_OPTION_Q_BLOCK2, response, body->length) <= 0 ||
      !coap_add_block(response, body->length, body->data, block.num, (unsigned char)block.szx))
    return 0;
  if ((block.m || block.num) && resource &&
      !coap_quick_download_keep(resource, session, request, response, &block, body, now))
    coap_session_exchange(session)->core->counters.no_memory++;
  return 1;
}

static int
add_body(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         coap_pdu_t *response, const coap_large_response_t *about, coap_lent_t *body,
         coap_tick_t now) {
  coap_opt_iterator_t oi;

  if (answer_valid(request, response, about->etag))
    return 1;
  if (!describe(response, about))
    return 0;
  if (about->etag && !set_uint(response, COAP_OPTION_ETAG, about->etag))
    return 0;
  if (body->length == 0)
    return 1;
  if (knows_quick(coap_session_exchange(session), request) &&
      (body->length > coap_lent_room(session, response) ||
       body->length > quick_block_bytes(session, request)))
    return add_quickly(resource, session, request, response, about, body, now);
  if (!coap_check_option(request, COAP_OPTION_BLOCK2, &oi) &&
      body->length <= coap_lent_one_message(session, response))
    return coap_add_data(response, body->length, body->data);
  return add_in_blocks(resource, session, request, response, about, body, now);
}

int
coap_large_response_add(coap_resource_t *resource, coap_session_t *session,
                        const coap_pdu_t *request, coap_pdu_t *response,
                        const coap_large_response_t *about, coap_lent_t *body, coap_tick_t now) {
  int ok = add_body(resource, session, request, response, about, body, now);

  if (!ok)
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
  coap_lent_return(body, session);
  return ok;
}
