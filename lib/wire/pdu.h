/* pdu.h -- a message from the inside: one buffer, header room in front, so that sending copies
 * nothing.
 *
 *   buf: [headroom][extended token length][token][options][0xFF payload] */
#ifndef COAP_WIRE_PDU_H_
#define COAP_WIRE_PDU_H_

#include <coap3/coap.h>

enum {
  COAP_PDU_HEADROOM = 8,
  COAP_PDU_ABSOLUTE_MAX = 8 * 1024 * 1024 + 1024 /* bytes behind it, of any message */
};

struct coap_pdu_t {
  coap_pdu_type_t type : 8;
  coap_pdu_code_t code : 8;
  uint16_t max_opt; /* highest option number so far */
  coap_mid_t mid;
  uint8_t *buf;
  uint32_t room;         /* bytes behind the headroom */
  uint32_t max_size;     /* that it may grow to */
  uint32_t used;         /* bytes behind the headroom in use */
  uint32_t token_offset; /* past the extended length: 0, 1 or 2 */
  uint32_t token_length;
  uint32_t data_offset;  /* of the payload, 0 when there is none */
  const char *transport; /* of a reliable one, its name: type and message ID are not shown */
  /* The body this message's payload belongs to, when the library has put it together. */
  const uint8_t *body;
  size_t body_length;
  size_t body_offset;
  size_t body_total;
};

/* First byte behind the headroom. */
static inline uint8_t *
coap_pdu_bytes(const coap_pdu_t *pdu) {
  return pdu->buf + COAP_PDU_HEADROOM;
}

/* Where options begin and end, behind the headroom. */
static inline size_t
coap_pdu_options_start(const coap_pdu_t *pdu) {
  return pdu->token_offset + pdu->token_length;
}

static inline size_t
coap_pdu_options_end(const coap_pdu_t *pdu) {
  /* The payload marker is in front of the payload. */
  return pdu->data_offset ? pdu->data_offset - 1 : pdu->used;
}

/* Gives the buffer room for `size` bytes. 1, or 0 (limit, memory): the PDU is as before. */
int coap_pdu_grow(coap_pdu_t *pdu, size_t size);

/* The same for `extra` bytes more. */
static inline int
coap_pdu_reserve(coap_pdu_t *pdu, size_t extra) {
  return extra <= pdu->room - pdu->used ||
         (extra <= pdu->max_size && coap_pdu_grow(pdu, pdu->used + extra));
}

/* Removes the first option `number`. 1 when there was one. */
int coap_pdu_remove_option(coap_pdu_t *pdu, coap_option_num_t number);

/* Replaces the value of option `number` (adds it when absent). 1 or 0. */
int coap_pdu_update_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len,
                           const uint8_t *data);

#endif /* COAP_WIRE_PDU_H_ */
