/* representation.h -- what a resource is made of, and how requests ask for it (RFC 7252 5.10). */
#ifndef COAPSPEC_EXAMPLES_REPRESENTATION_H_
#define COAPSPEC_EXAMPLES_REPRESENTATION_H_

#include <coap3/coap.h>

typedef struct representation_t {
  uint8_t *body; /* owned */
  size_t length;
  uint16_t format; /* Content-Format */
} representation_t;

/* Replaces the content by a copy. 1, or 0 when out of memory (the old content stays). */
int representation_set(representation_t *content, const uint8_t *body, size_t length,
                       uint16_t format);
void representation_clear(representation_t *content);

/* Entity tag of the content: equal contents have equal ones. Never 0. */
uint64_t representation_etag(const representation_t *content);

/* RFC 7252 5.10.8: 1 when If-Match and If-None-Match allow the request. `content` is NULL for a
 * resource that does not exist. */
int request_conditions_hold(const coap_pdu_t *request, const representation_t *content);

/* RFC 7252 5.10.6.2: 1 when one of the request's entity tags is that of the content. */
int request_knows(const coap_pdu_t *request, const representation_t *content);

/* RFC 7252 5.10.4: 1 when the request takes `format` (no Accept takes all). */
int request_accepts(const coap_pdu_t *request, uint16_t format);

/* Accept option's value, -1 without one. */
int request_accept(const coap_pdu_t *request);

/* Content-Format of the request; without one (RFC 7252 5.5.1 lets the receiver guess) plain text
 * when the body is UTF-8 text and octet-stream otherwise. */
uint16_t request_format(const coap_pdu_t *request, const uint8_t *body, size_t length);

#endif /* COAPSPEC_EXAMPLES_REPRESENTATION_H_ */
