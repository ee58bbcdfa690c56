/* signal_options.h -- the options of signalling messages: what a number means depends on the code
 * (RFC 8323 5.2). */
#ifndef COAP_WIRE_SIGNAL_OPTIONS_H_
#define COAP_WIRE_SIGNAL_OPTIONS_H_

#include "wire/option_registry.h"

/* Extended-Token-Length of CSM (RFC 8974 2.2.2). */
#define COAP_SIGNALING_OPTION_EXTENDED_TOKEN_LENGTH 6

/* What option `number` is in a message of signalling code `code` (7.xx). NULL: it has no name
 * there. */
const coap_option_info_t *coap_signal_option_info(coap_pdu_code_t code, coap_option_num_t number);

#endif /* COAP_WIRE_SIGNAL_OPTIONS_H_ */
