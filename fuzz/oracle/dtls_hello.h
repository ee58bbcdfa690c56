/* dtls_hello.h -- the first messages of a DTLS handshake, read independently of any library (RFC
 * 6347 4.2.1, 4.2.2). */
#ifndef FUZZ_ORACLE_DTLS_HELLO_H_
#define FUZZ_ORACLE_DTLS_HELLO_H_

#include <stddef.h>
#include <stdint.h>

enum { HELLO_NONE, HELLO_CLIENT, HELLO_VERIFY };

/* Which of them an unprotected datagram begins with; `cookie` and its length, 0 when it has none or
 * it is not all there. */
int dtls_hello_read(const uint8_t *data, size_t length, const uint8_t **cookie,
                    size_t *cookie_length);

#endif /* FUZZ_ORACLE_DTLS_HELLO_H_ */
