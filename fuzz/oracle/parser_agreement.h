/* parser_agreement.h -- two readers of one message, the library's and the harness's, must see the
 * same message or both none. */
#ifndef FUZZ_ORACLE_PARSER_AGREEMENT_H_
#define FUZZ_ORACLE_PARSER_AGREEMENT_H_

#include <stddef.h>
#include <stdint.h>

/* Parses `data` both ways and reports any difference as a violated oracle. Returns 1 when the
 * message is well formed. */
int parser_agreement(const uint8_t *data, size_t len);

/* The same for one whole message of a stream, and for a WebSocket message. */
int parser_agreement_tcp(const uint8_t *data, size_t len);
int parser_agreement_ws(const uint8_t *data, size_t len);

#endif /* FUZZ_ORACLE_PARSER_AGREEMENT_H_ */
