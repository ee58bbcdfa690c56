/* pdu_print.h -- a message as one line of text. */
#ifndef COAP_WIRE_PDU_PRINT_H_
#define COAP_WIRE_PDU_PRINT_H_

#include <coap3/coap.h>

/* Writes at most `size` bytes with the closing zero; longer text is cut. Bytes that are not
 * printable ASCII come out as hexadecimal. Gives `text`. */
char *coap_pdu_print(const coap_pdu_t *pdu, char *text, size_t size);

#endif /* COAP_WIRE_PDU_PRINT_H_ */
