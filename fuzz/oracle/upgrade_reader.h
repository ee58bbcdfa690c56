/* upgrade_reader.h -- the opening handshake as the harness judges it, from RFC 6455 4, RFC 8323 4.1
 * and 8.2, and RFC 9112 alone. */
#ifndef FUZZ_ORACLE_UPGRADE_READER_H_
#define FUZZ_ORACLE_UPGRADE_READER_H_

#include <stddef.h>
#include <stdint.h>

enum upgrade_verdict {
  UPGRADE_WRONG, /* must not be taken */
  UPGRADE_OPEN,  /* neither demanded nor forbidden by what is checked here */
  UPGRADE_RIGHT  /* plainly right: must be taken */
};

/* The head of a client's request, with its empty line. */
enum upgrade_verdict upgrade_request(const uint8_t *head, size_t len);

/* That of a server's answer; `accept` is what the client's key demands. */
enum upgrade_verdict upgrade_answer(const uint8_t *head, size_t len, const char *accept);

#endif /* FUZZ_ORACLE_UPGRADE_READER_H_ */
