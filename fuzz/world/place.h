/* place.h -- who lives where in the simulated world. */
#ifndef FUZZ_WORLD_PLACE_H_
#define FUZZ_WORLD_PLACE_H_

#include <stdint.h>

#define PLACE_PEERS     8U
#define PLACE_ENDPOINTS 2U

struct place {
  uint8_t ipv6;        /* 0 or 1 */
  uint8_t address[16]; /* the first four for IPv4 */
  uint16_t port;
};

/* The library's host is 10.0.0.1 or fd00::1; its server endpoints are on ports 5683 and 5693. */
void place_endpoint(struct place *out, unsigned int index, int ipv6);

/* Scripted peers: four hosts, two ports each, so that some differ by port alone. */
void place_peer(struct place *out, unsigned int index, int ipv6);

/* Which of them lives there; -1: none. */
int place_peer_number(const struct place *p);

/* The "All CoAP Nodes" group (RFC 7252 12.8). */
void place_group(struct place *out, int ipv6);

/* A number that tells the world's places apart: low address bits and port. Never 0. */
uint64_t place_key(const struct place *p);

#endif /* FUZZ_WORLD_PLACE_H_ */
