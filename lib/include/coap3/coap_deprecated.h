/* coap_deprecated.h -- coap_deprecated(3): older names, each a thin wrapper over its successor. */
#ifndef COAP_DEPRECATED_H_
#define COAP_DEPRECATED_H_

#include <coap3/coap_event.h>
#include <coap3/coap_io.h>
#include <coap3/coap_option.h>
#include <coap3/coap_pdu.h>
#include <coap3/coap_str.h>

COAP_BEGIN_DECLS

/* Levels as programs before 4.3.2 write them, the same as in <syslog.h>, which may be included,
 * too: COAP_LOG_EMERG and so on. */
#ifndef LOG_EMERG
#define LOG_EMERG   0
#define LOG_ALERT   1
#define LOG_CRIT    2
#define LOG_ERR     3
#define LOG_WARNING 4
#define LOG_NOTICE  5
#define LOG_INFO    6
#define LOG_DEBUG   7
#endif
#define COAP_LOG_CIPHERS COAP_LOG_DTLS_BASE

/* Seconds between two looks at a resource of one's own; the library needs none. */
#ifndef COAP_RESOURCE_CHECK_TIME
#define COAP_RESOURCE_CHECK_TIME 2
#endif

/* coap_register_event_handler(), with the handler or with NULL. */
COAP_DEPRECATED void coap_set_event_handler(coap_context_t *context, coap_event_handler_t hnd);
COAP_DEPRECATED void coap_clear_event_handler(coap_context_t *context);

/* coap_context_set_psk2() and coap_new_client_session_psk2(): hint and identity as C strings (NULL:
 * empty). */
COAP_DEPRECATED int coap_context_set_psk(coap_context_t *context, const char *hint,
                                         const uint8_t *key, size_t key_len);
COAP_DEPRECATED coap_session_t *
coap_new_client_session_psk(coap_context_t *context, const coap_address_t *local_if,
                            const coap_address_t *server, coap_proto_t proto, const char *identity,
                            const uint8_t *key, unsigned key_len);

/* coap_encode_var_safe() for a buffer of at least four bytes. */
COAP_DEPRECATED int coap_encode_var_bytes(uint8_t *buffer, unsigned int value);

/* coap_option_filter_set(), _get() and _unset(). */
COAP_DEPRECATED int coap_option_setb(coap_opt_filter_t *filter, uint16_t number);
COAP_DEPRECATED int coap_option_getb(coap_opt_filter_t *filter, uint16_t number);
COAP_DEPRECATED int coap_option_clrb(coap_opt_filter_t *filter, uint16_t number);

/* coap_io_prepare_io(), coap_io_do_io() and coap_io_process(). */
COAP_DEPRECATED unsigned int coap_write(coap_context_t *context, coap_socket_t *sockets[],
                                        unsigned int max_sockets, unsigned int *num_sockets,
                                        coap_tick_t now);
COAP_DEPRECATED void coap_read(coap_context_t *context, coap_tick_t now);
COAP_DEPRECATED int coap_run_once(coap_context_t *context, uint32_t timeout_ms);

/* coap_resource_notify_observers(). */
COAP_DEPRECATED int coap_resource_set_dirty(coap_resource_t *resource, const coap_string_t *query);

COAP_END_DECLS

#endif /* COAP_DEPRECATED_H_ */
