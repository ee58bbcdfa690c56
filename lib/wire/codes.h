/* codes.h -- names of message types and codes. */
#ifndef COAP_WIRE_CODES_H_
#define COAP_WIRE_CODES_H_

#include <coap3/coap.h>

/* "GET", "2.05", "CSM"; into `text` of at least 8 bytes where it is put together. Gives the
 * name. */
const char *coap_code_name(coap_pdu_code_t code, char text[8]);

const char *coap_type_name(coap_pdu_type_t type);

#endif /* COAP_WIRE_CODES_H_ */
