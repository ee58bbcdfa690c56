/* credentials.h -- keys and certificates from the command line; shared by both programs. */
#ifndef COAPSPEC_EXAMPLES_CREDENTIALS_H_
#define COAPSPEC_EXAMPLES_CREDENTIALS_H_

#include <coap3/coap.h>

/* For getopt_long(3), and for the help text. */
#define CREDENTIALS_OPTIONS "c:C:j:k:M:nR:u:"
#define CREDENTIALS_HELP                                                                           \
  "  -k key           pre-shared key of DTLS and TLS: text, or 0x and hex digits\n"                \
  "  -u name          the identity that goes with it (client), the hint for it (server)\n"         \
  "  -c file          certificate (PEM), its private key, too, unless -j is there\n"               \
  "  -j file          private key (PEM)\n"                                                         \
  "  -M file          private key (PEM), shown as a raw public key instead of a certificate\n"     \
  "  -C file          the peer's certificate has to be signed by one of these\n"                   \
  "  -R file          or by one of these (default of a client: those that the system trusts)\n"    \
  "  -n               the peer's certificate is not looked at\n"

typedef struct credentials_t {
  uint8_t *key; /* owned */
  size_t key_length;
  const char *name;
  const char *certificate;
  const char *private_key;
  const char *raw_key;
  const char *ca;
  const char *roots;
  int no_check;
} credentials_t;

/* Takes an option with its value. 1; 0: it is another one's; -1: malformed, said on stderr. */
int credentials_take(credentials_t *credentials, const char *program, int option,
                     const char *value);

void credentials_clear(credentials_t *credentials);

/* 1 when there are any. */
int credentials_are_given(const credentials_t *credentials);

/* Sets a server's. 1, or 0: said on stderr. */
int credentials_serve(const credentials_t *credentials, const char *program,
                      coap_context_t *context);

/* A client's session over (D)TLS to the host of that name, protected when `conf` is not NULL, which
 * it takes. NULL: said on stderr. */
coap_session_t *credentials_connect(const credentials_t *credentials, const char *program,
                                    coap_context_t *context, const coap_address_t *local,
                                    const coap_address_t *server, coap_proto_t proto,
                                    const coap_str_const_t *host, coap_oscore_conf_t *conf);

#endif /* COAPSPEC_EXAMPLES_CREDENTIALS_H_ */
