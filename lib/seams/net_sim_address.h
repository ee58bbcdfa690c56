/* net_sim_address.h -- addresses as the simulated network compares them. */
#ifndef COAP_SEAMS_NET_SIM_ADDRESS_H_
#define COAP_SEAMS_NET_SIM_ADDRESS_H_

#include "seams/net.h"

uint16_t sim_port_of(const coap_address_t *a);

void sim_set_port(coap_address_t *a, uint16_t port);

/* The unspecified address, whatever the port. */
int sim_is_any(const coap_address_t *a);

/* A multicast address. */
int sim_is_group(const coap_address_t *a);

/* The same IP address, whatever the ports. */
int sim_same_host(const coap_address_t *a, const coap_address_t *b);

/* IPv4 or IPv6. */
int sim_known_family(const coap_address_t *a);

/* The one host's own address, port 0: 10.0.0.1 or fd00::1. */
void sim_host_address(coap_address_t *out, int family);

#endif /* COAP_SEAMS_NET_SIM_ADDRESS_H_ */
