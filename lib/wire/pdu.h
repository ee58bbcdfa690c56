/* pdu.h -- a message from the inside: one buffer, header room in front, so that sending copies
 * nothing.
 *
 *   buf: [headroom][extended token length][token][options][0xFF payload] */
#ifndef COAP_WIRE_PDU_H_
#define COAP_WIRE_PDU_H_

#include <coap3/coap.h>

enum { COAP_PDU_HEADROOM = 8 };

struct coap_pdu_t {
  coap_pdu_type_t type;
  coap_pdu_code_t code;
  coap_mid_t mid;
  uint8_t *buf;
  size_t room;         /* bytes behind the headroom */
  size_t max_size;     /* that it may grow to */
  size_t used;         /* bytes behind the headroom in use */
  size_t token_offset; /* past the extended length: 0, 1 or 2 */
  size_t token_length;
  size_t data_offset;    /* of the payload, 0 when there is none */
  const char *transport; /* of a reliable one, its name: type and message ID are not shown */
  uint16_t max_opt;      /* highest option number so far */
  /* The body this message's payload belongs to, when the library has put it together. */
  const uint8_t *body;
  size_t body_length;
  size_t body_offset;
  size_t body_total;
};

/* First byte behind the headroom. */
uint8_t *coap_pdu_bytes(const coap_pdu_t *pdu);

/* Where options begin and end, behind the headroom. */
size_t coap_pdu_options_start(const coap_pdu_t *pdu);
size_t coap_pdu_options_end(const coap_pdu_t *pdu);

/* Grows the buffer for `extra` more bytes. 1, or 0 (limit, memory): the PDU is as before. */
int coap_pdu_reserve(coap_pdu_t *pdu, size_t extra);

/* Makes `to` a message like `from`; what it may grow to stays if that is more. 1, or 0 when out of
 * memory: it is as before. */
int coap_pdu_copy(coap_pdu_t *to, const coap_pdu_t *from);

/* Empties it: no token, options or payload. */
void coap_pdu_clear(coap_pdu_t *pdu);

/* Removes the first option `number`. 1 when there was one. */
int coap_pdu_remove_option(coap_pdu_t *pdu, coap_option_num_t number);

/* Replaces the value of option `number` (adds it when absent). 1 or 0. */
int coap_pdu_update_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len,
                           const uint8_t *data);

#endif /* COAP_WIRE_PDU_H_ */
