/* coap_address.h -- coap_address(3): transport addresses and host names. */
#ifndef COAP_ADDRESS_H_
#define COAP_ADDRESS_H_

#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>
#include <coap3/coap_uri.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

COAP_BEGIN_DECLS

/* Room for a Unix domain socket's path, its zero byte included; as in libcoap, so that an address
 * takes no more room than an IPv6 one. */
#define COAP_UNIX_PATH_MAX (sizeof(struct sockaddr_in6) - sizeof(sa_family_t))

struct coap_sockaddr_un {
  sa_family_t sun_family;
  char sun_path[COAP_UNIX_PATH_MAX];
};

/* An IP address with port. `size` is that of the member in use. */
typedef struct coap_address_t {
  socklen_t size;
  union {
    struct sockaddr sa;
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;
    struct coap_sockaddr_un cun;
  } addr;
} coap_address_t;

/* What a resolved address is wanted for. */
typedef enum coap_resolve_type_t {
  COAP_RESOLVE_TYPE_LOCAL, /* to bind to */
  COAP_RESOLVE_TYPE_REMOTE /* to connect to */
} coap_resolve_type_t;

/* One result of coap_resolve_address_info(). */
typedef struct coap_addr_info_t {
  struct coap_addr_info_t *next;
  coap_uri_scheme_t scheme;
  coap_proto_t proto;
  coap_address_t addr;
} coap_addr_info_t;

/* Clears `addr`; to be called before its fields are set. */
void coap_address_init(coap_address_t *addr);

void coap_address_copy(coap_address_t *dst, const coap_address_t *src);

/* 1 when family, address and port are equal, else 0. */
int coap_address_equals(const coap_address_t *a, const coap_address_t *b);

/* Port in host byte order; 0 when the family has none. */
uint16_t coap_address_get_port(const coap_address_t *addr);
void coap_address_set_port(coap_address_t *addr, uint16_t port);

/* 1 for an IPv4 or IPv6 group address, IPv4-mapped ones included; 0 for others and NULL. */
int coap_is_mcast(const coap_address_t *a);

/* 1 for the IPv4 limited broadcast address. */
int coap_is_bcast(const coap_address_t *a);

/* Makes `addr` the Unix domain socket that a URI's host names: a path with its slashes as they are
 * or percent-encoded. 1, or 0 when it is too long. This release has no sockets of that kind:
 * coap_new_endpoint() and coap_new_client_session() give NULL for one. */
int coap_address_set_unix_domain(coap_address_t *addr, const uint8_t *host, size_t host_len);

/* 1 when a URI's host is the path of a Unix domain socket: it begins with a slash. */
int coap_host_is_unix_domain(const coap_str_const_t *host);

/* 1 for a Unix domain socket's address. */
int coap_is_af_unix(const coap_address_t *a);

/* Bits (1 << coap_uri_scheme_t) of the schemes that this library can use: `have_pki_psk` 0 leaves
 * out the secure ones, `ws_check` 0 those over WebSockets; `use_unix_proto` restricts to one
 * protocol, COAP_PROTO_NONE does not. For coap_resolve_address_info(). */
uint32_t coap_get_available_scheme_hint_bits(int have_pki_psk, int ws_check,
                                             coap_proto_t use_unix_proto);

/* Resolves `address` (NULL or empty: any local address, or localhost for a remote one) to a list
 * with an entry per address and per scheme of `scheme_hint_bits`. Ports are for coap, coaps, coap
 * over WebSockets and coaps over WebSockets, 0 the default. `ai_hints_flags` as for getaddrinfo(3).
 * Gives a list to be freed by coap_free_address_info(); NULL when nothing was found. May block on
 * name look-ups. */
coap_addr_info_t *coap_resolve_address_info(const coap_str_const_t *address, uint16_t port,
                                            uint16_t secure_port, uint16_t ws_port,
                                            uint16_t ws_secure_port, int ai_hints_flags,
                                            int scheme_hint_bits, coap_resolve_type_t type);

/* Frees a whole list; NULL is allowed. */
void coap_free_address_info(coap_addr_info_t *info_list);

COAP_END_DECLS

#endif /* COAP_ADDRESS_H_ */
