/* oscore_internal.h -- between oscore_message.c, oscore_seal.c and oscore_open.c. */
#ifndef COAP_SECURE_OSCORE_INTERNAL_H_
#define COAP_SECURE_OSCORE_INTERNAL_H_

#include "secure/oscore_message.h"

enum { COAP_OSCORE_AAD_MAX = 64 };

/* 1 for options of class U that stay outside and are read there. */
int coap_oscore_is_outer(coap_option_num_t number);

#endif /* COAP_SECURE_OSCORE_INTERNAL_H_ */
