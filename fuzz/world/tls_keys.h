/* tls_keys.h -- the keys of the simulated world, known to the library and to its peers: a
 * pre-shared key, and one certificate that is its own root, for peer.example, from 2020 to 2120. */
#ifndef FUZZ_WORLD_TLS_KEYS_H_
#define FUZZ_WORLD_TLS_KEYS_H_

extern const char tls_keys_certificate[]; /* PEM */
extern const char tls_keys_private[];     /* PEM */

extern const char tls_keys_identity[];
extern const char tls_keys_secret[];
extern const char tls_keys_wrong[]; /* another key of the same length */

#endif /* FUZZ_WORLD_TLS_KEYS_H_ */
