/* pdu.c -- building messages. Every function that fails leaves the message as it was. */
#include "wire/pdu.h"

#include "seams/memory.h"
#include "wire/option_head.h"

enum {
  PDU_FIRST_ROOM = 64,
  PDU_OPTION_MAX = 65535 /* of a value to be added */
};

/* Behind the message itself: small ones need no more. */
static uint8_t *
first_room(coap_pdu_t *pdu) {
  return (uint8_t *)(pdu + 1);
}

coap_pdu_t *
coap_pdu_init(coap_pdu_type_t type, coap_pdu_code_t code, coap_mid_t mid, size_t size) {
  size_t room = size < PDU_FIRST_ROOM ? size : PDU_FIRST_ROOM;
  coap_pdu_t *pdu;

  if ((unsigned int)type > COAP_MESSAGE_RST || (unsigned int)code > 255 || mid < 0 ||
      mid > 0xffff || size > COAP_PDU_ABSOLUTE_MAX)
    return NULL;
  pdu = coap_mem_alloc(sizeof(*pdu) + COAP_PDU_HEADROOM + room);
  if (!pdu)
    return NULL;
  *pdu = (coap_pdu_t){.type = type,
                      .code = code,
                      .mid = mid,
                      .buf = first_room(pdu),
                      .room = (uint32_t)room,
                      .max_size = (uint32_t)size};
  return pdu;
}

void
coap_delete_pdu(coap_pdu_t *pdu) {
  if (!pdu)
    return;
  if (pdu->buf != first_room(pdu))
    coap_mem_free(pdu->buf);
  coap_mem_free(pdu);
}

int
coap_pdu_grow(coap_pdu_t *pdu, size_t size) {
  size_t room = pdu->room ? pdu->room : 1;
  uint8_t *buf;

  if (size > pdu->max_size)
    return 0;
  while (room < size)
    room *= 2;
  if (room > pdu->max_size)
    room = pdu->max_size;
  buf = coap_mem_realloc(pdu->buf == first_room(pdu) ? NULL : pdu->buf, COAP_PDU_HEADROOM + room);
  if (!buf)
    return 0;
  if (pdu->buf == first_room(pdu))
    memcpy(buf, pdu->buf, COAP_PDU_HEADROOM + pdu->used);
  pdu->buf = buf;
  pdu->room = (uint32_t)room;
  return 1;
}

int
coap_add_token(coap_pdu_t *pdu, size_t len, const uint8_t *data) {
  size_t ext = coap_nibble_more(len);

  if (!pdu || len > COAP_TOKEN_EXT_MAX || pdu->used || !coap_pdu_reserve(pdu, ext + len))
    return 0;
  coap_nibble_put(coap_pdu_bytes(pdu), len);
  if (len)
    memcpy(coap_pdu_bytes(pdu) + ext, data, len);
  pdu->token_offset = (uint32_t)ext;
  pdu->token_length = (uint32_t)len;
  pdu->used = (uint32_t)(ext + len);
  return 1;
}

/* Where an option `number` goes: in front of the first with a higher one. */
typedef struct option_place_t {
  size_t at;          /* offset of the option that will follow, or the options' end */
  uint16_t before;    /* number of the option in front, 0 for none */
  uint16_t next;      /* number of the one that will follow */
  size_t next_length; /* its value's length */
  size_t next_size;   /* its encoded size, 0 when none follows */
} option_place_t;

static option_place_t
find_place(const coap_pdu_t *pdu, coap_option_num_t number) {
  size_t end = coap_pdu_options_end(pdu);
  option_place_t place = {.at = coap_pdu_options_start(pdu)};

  if (pdu->max_opt <= number) {
    place.before = pdu->max_opt;
    place.at = end;
    return place;
  }
  while (place.at < end) {
    coap_option_t option;
    size_t size = coap_opt_parse(coap_pdu_bytes(pdu) + place.at, end - place.at, &option);

    if (!size)
      break;
    place.next = (uint16_t)(place.before + option.delta);
    place.next_length = option.length;
    place.next_size = size;
    if (place.next > number)
      return place;
    place.before = place.next;
    place.at += size;
  }
  place.next_size = 0;
  return place;
}

/* Replaces `old_size` bytes at `at` by `new_size` (to be filled by the caller), moving what is
 * behind. Room must have been reserved. */
static uint8_t *
move_tail(coap_pdu_t *pdu, size_t at, size_t old_size, size_t new_size) {
  uint8_t *where = coap_pdu_bytes(pdu) + at;

  memmove(where + new_size, where + old_size, pdu->used - at - old_size);
  pdu->used = (uint32_t)(pdu->used - old_size + new_size);
  if (pdu->data_offset)
    pdu->data_offset = (uint32_t)(pdu->data_offset - old_size + new_size);
  return where;
}

/* Inserts wherever the number belongs; also behind a payload has been added (the library itself).
 */
static size_t
insert_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len, const uint8_t *data) {
  option_place_t place = find_place(pdu, number);
  uint16_t delta = (uint16_t)(number - place.before);
  size_t size = coap_opt_encode_size(delta, len);
  uint16_t next_delta = (uint16_t)(place.next - number);
  size_t next_head = 0;
  size_t old_head = 0;
  uint8_t head[5];
  uint8_t *to;

  if (place.next_size) {
    next_head = coap_opt_setheader(head, sizeof(head), next_delta, place.next_length);
    old_head = place.next_size - place.next_length;
  }
  /* The follower's delta shrinks, so its head never grows. */
  if (len > PDU_OPTION_MAX || !coap_pdu_reserve(pdu, size))
    return 0;
  to = move_tail(pdu, place.at, old_head, size + next_head);
  coap_opt_encode(to, size, delta, data, len);
  if (next_head)
    memcpy(to + size, head, next_head);
  if (number > pdu->max_opt)
    pdu->max_opt = number;
  return size;
}

size_t
coap_add_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len, const uint8_t *data) {
  uint8_t *to;

  if (!pdu || pdu->data_offset)
    return 0;
  /* Not as usual: in front of another one, with more than one byte of head, without room yet. */
  if (number < pdu->max_opt || !coap_option_head_is_short((size_t)number - pdu->max_opt, len) ||
      len >= pdu->room - pdu->used)
    return insert_option(pdu, number, len, data);
  to = coap_pdu_bytes(pdu) + pdu->used;
  to[0] = coap_option_head_short((size_t)number - pdu->max_opt, len);
  pdu->used += (uint32_t)len + 1;
  pdu->max_opt = number;
  if (len && data)
    memcpy(to + 1, data, len);
  return len + 1;
}

/* Finds the first option `number`: where it is, what is before and behind. */
static int
find_option(const coap_pdu_t *pdu, coap_option_num_t number, size_t *at, size_t *size,
            uint16_t *before) {
  size_t end = coap_pdu_options_end(pdu);
  uint16_t current = 0;
  coap_option_t option;

  for (*at = coap_pdu_options_start(pdu); *at < end; *at += *size) {
    *size = coap_opt_parse(coap_pdu_bytes(pdu) + *at, end - *at, &option);
    if (!*size)
      return 0;
    *before = current;
    current = (uint16_t)(current + option.delta);
    if (current == number)
      return 1;
  }
  return 0;
}

int
coap_pdu_remove_option(coap_pdu_t *pdu, coap_option_num_t number) {
  size_t at;
  size_t size = 0;
  uint16_t before = 0;
  coap_option_t next;
  size_t next_size;
  uint8_t head[5];
  size_t next_head = 0;
  size_t old_head = 0;
  uint8_t *to;

  if (!find_option(pdu, number, &at, &size, &before))
    return 0;
  next_size =
      coap_opt_parse(coap_pdu_bytes(pdu) + at + size, coap_pdu_options_end(pdu) - at - size, &next);
  if (next_size) {
    uint16_t delta = (uint16_t)(number - before + next.delta);

    next_head = coap_opt_setheader(head, sizeof(head), delta, next.length);
    old_head = next_size - next.length;
  } else {
    pdu->max_opt = before;
  }
  /* Its head may grow, by less than what the removed option took. */
  to = move_tail(pdu, at, size + old_head, next_head);
  memcpy(to, head, next_head);
  return 1;
}

int
coap_pdu_update_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len, const uint8_t *data) {
  /* All that can fail comes before anything changes. */
  if (len > PDU_OPTION_MAX || !coap_pdu_reserve(pdu, coap_opt_encode_size(number, len)))
    return 0;
  while (coap_pdu_remove_option(pdu, number))
    continue;
  return insert_option(pdu, number, len, data) > 0;
}

uint8_t *
coap_add_data_after(coap_pdu_t *pdu, size_t len) {
  if (!pdu || pdu->data_offset || !len || len >= SIZE_MAX || !coap_pdu_reserve(pdu, len + 1))
    return NULL;
  coap_pdu_bytes(pdu)[pdu->used] = 0xff;
  pdu->data_offset = pdu->used + 1;
  pdu->used += (uint32_t)len + 1;
  return coap_pdu_bytes(pdu) + pdu->data_offset;
}

int
coap_add_data(coap_pdu_t *pdu, size_t len, const uint8_t *data) {
  uint8_t *to;

  if (!len)
    return 1;
  to = coap_add_data_after(pdu, len);
  if (!to)
    return 0;
  memcpy(to, data, len);
  return 1;
}

int
coap_get_data_large(const coap_pdu_t *pdu, size_t *len, const uint8_t **data, size_t *offset,
                    size_t *total) {
  *offset = 0;
  *total = *len = 0;
  *data = NULL;
  if (!pdu)
    return 0;
  if (pdu->body) {
    *data = pdu->body;
    *len = pdu->body_length;
    *offset = pdu->body_offset;
    *total = pdu->body_total;
    return 1;
  }
  if (!pdu->data_offset)
    return 0;
  *data = coap_pdu_bytes(pdu) + pdu->data_offset;
  *len = *total = pdu->used - pdu->data_offset;
  return 1;
}

int
coap_get_data(const coap_pdu_t *pdu, size_t *len, const uint8_t **data) {
  size_t offset;
  size_t total;

  return coap_get_data_large(pdu, len, data, &offset, &total);
}

coap_pdu_code_t
coap_pdu_get_code(const coap_pdu_t *pdu) {
  return pdu->code;
}

coap_pdu_type_t
coap_pdu_get_type(const coap_pdu_t *pdu) {
  return pdu->type;
}

coap_mid_t
coap_pdu_get_mid(const coap_pdu_t *pdu) {
  return pdu->mid;
}

coap_bin_const_t
coap_pdu_get_token(const coap_pdu_t *pdu) {
  coap_bin_const_t token = {pdu->token_length, coap_pdu_bytes(pdu) + pdu->token_offset};

  return token;
}

void
coap_pdu_set_code(coap_pdu_t *pdu, coap_pdu_code_t code) {
  pdu->code = code;
}

void
coap_pdu_set_type(coap_pdu_t *pdu, coap_pdu_type_t type) {
  pdu->type = type;
}

void
coap_pdu_set_mid(coap_pdu_t *pdu, coap_mid_t mid) {
  pdu->mid = mid;
}
