/* load_message.h -- requests are written from a template, responses read as far as is needed. No
 * message is kept, nothing allocated. */
#ifndef COAPSPEC_BENCH_LOAD_MESSAGE_H_
#define COAPSPEC_BENCH_LOAD_MESSAGE_H_

#include <coap3/coap.h>

enum {
  LOAD_TOKEN = 8,          /* bytes, of which the first four say whose request it is */
  LOAD_PAYLOAD_MAX = 1024, /* so that a request is one datagram */
  LOAD_OPTIONS_MAX = 512,
  LOAD_MESSAGE_MAX = LOAD_PAYLOAD_MAX + LOAD_OPTIONS_MAX + 64
};

#define LOAD_NO_BLOCK UINT32_MAX

/* What is the same in all requests of a run. */
typedef struct load_template_t {
  int is_reliable; /* the form of RFC 8323 */
  coap_pdu_type_t type;
  coap_pdu_code_t code;
  uint8_t options[LOAD_OPTIONS_MAX];
  size_t options_length;
  uint16_t last_option;
  uint8_t payload[LOAD_PAYLOAD_MAX];
  size_t payload_length;
} load_template_t;

/* Options come from the URI, ordered by number, with Observe among them when asked for. 1, or 0:
 * they are too long. */
int load_template_options(load_template_t *template, const coap_optlist_t *list);

/* One request into `out`, of LOAD_MESSAGE_MAX bytes, asking for this block of a body or, with
 * LOAD_NO_BLOCK, not for any. Its length. */
size_t load_template_write(const load_template_t *template, uint8_t *out, uint16_t mid,
                           const uint8_t token[LOAD_TOKEN], uint32_t block);

typedef struct load_reply_t {
  coap_pdu_type_t type; /* datagrams only */
  uint8_t code;
  uint16_t mid;
  const uint8_t *token; /* NULL when it is of another length than ours */
  const uint8_t *options;
  size_t length; /* options and payload */
} load_reply_t;

/* One datagram. 1, or 0: that is no CoAP message. */
int load_reply_read(load_reply_t *reply, const uint8_t *data, size_t length);

/* The first message of a stream: its length when it is there whole, 0 when more has to come. */
size_t load_reply_read_stream(load_reply_t *reply, const uint8_t *data, size_t length);

/* The response's Block2: 1 with its number and whether more follow, 0 when there is none. `payload`
 * is the number of bytes of payload. */
int load_reply_block(const load_reply_t *reply, uint32_t *number, int *more, size_t *payload);

/* A CSM without options (RFC 8323 5.3) and what acknowledges a message. Their lengths. */
size_t load_csm_write(uint8_t *out);
size_t load_ack_write(uint8_t *out, uint16_t mid);

#endif /* COAPSPEC_BENCH_LOAD_MESSAGE_H_ */
