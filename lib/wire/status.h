/* status.h -- what reading bytes can come to. */
#ifndef COAP_WIRE_STATUS_H_
#define COAP_WIRE_STATUS_H_

typedef enum coap_wire_status_t {
  COAP_WIRE_OK,
  COAP_WIRE_IGNORE,    /* too short, or another version: silently ignored (RFC 7252 3) */
  COAP_WIRE_MALFORMED, /* message format error */
  COAP_WIRE_NO_MEMORY,
  COAP_WIRE_MORE /* of a stream: too few bytes to tell yet */
} coap_wire_status_t;

#endif /* COAP_WIRE_STATUS_H_ */
