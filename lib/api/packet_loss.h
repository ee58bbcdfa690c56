/* packet_loss.h -- losing datagrams on purpose (coap_debug_set_packet_loss(3)). */
#ifndef COAP_API_PACKET_LOSS_H_
#define COAP_API_PACKET_LOSS_H_

/* Counts one datagram; 1 when it is to be lost. */
int coap_packet_loss_take(void);

#endif /* COAP_API_PACKET_LOSS_H_ */
