/* world_secure.h -- what secure worlds of datagrams and of connections share. */
#ifndef FUZZ_WORLD_WORLD_SECURE_H_
#define FUZZ_WORLD_WORLD_SECURE_H_

#include "world/record.h"
#include "world/tls_peer.h"

enum { WIRE_IN, WIRE_OUT };

/* How that peer does its next handshake; -1: one that has no number. */
struct tls_peer_side world_manner(int peer);

/* What is done to records that go into the library, or out of it. */
struct tamper *world_tamper(int direction);

#endif /* FUZZ_WORLD_WORLD_SECURE_H_ */
