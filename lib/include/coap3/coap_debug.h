/* coap_debug.h -- coap_logging(3). */
#ifndef COAP_DEBUG_H_
#define COAP_DEBUG_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

struct coap_address_t;

typedef enum coap_log_t {
  COAP_LOG_EMERG = 0,
  COAP_LOG_ALERT,
  COAP_LOG_CRIT,
  COAP_LOG_ERR,
  COAP_LOG_WARN,
  COAP_LOG_NOTICE,
  COAP_LOG_INFO,
  COAP_LOG_DEBUG,
  COAP_LOG_OSCORE,
  COAP_LOG_DTLS_BASE
} coap_log_t;

/* `message` is one line, its newline included, borrowed for the call. */
typedef void (*coap_log_handler_t)(coap_log_t level, const char *message);

/* What is logged: messages up to `level`; COAP_LOG_WARN at the start. */
void coap_set_log_level(coap_log_t level);
coap_log_t coap_get_log_level(void);

/* Takes the messages instead of standard output and error; NULL undoes it. */
void coap_set_log_handler(coap_log_handler_t handler);

/* Writes a message, formatted as by printf(3), when its level is wanted. */
void coap_log_impl(coap_log_t level, const char *format, ...) COAP_PRINTF_LIKE(2, 3);

#define coap_log(level, ...)                                                                       \
  do {                                                                                             \
    if ((int)(level) <= (int)coap_get_log_level())                                                 \
      coap_log_impl((level), __VA_ARGS__);                                                         \
  } while (0)

#define coap_log_emerg(...)  coap_log(COAP_LOG_EMERG, __VA_ARGS__)
#define coap_log_alert(...)  coap_log(COAP_LOG_ALERT, __VA_ARGS__)
#define coap_log_crit(...)   coap_log(COAP_LOG_CRIT, __VA_ARGS__)
#define coap_log_err(...)    coap_log(COAP_LOG_ERR, __VA_ARGS__)
#define coap_log_warn(...)   coap_log(COAP_LOG_WARN, __VA_ARGS__)
#define coap_log_notice(...) coap_log(COAP_LOG_NOTICE, __VA_ARGS__)
#define coap_log_info(...)   coap_log(COAP_LOG_INFO, __VA_ARGS__)
#define coap_log_debug(...)  coap_log(COAP_LOG_DEBUG, __VA_ARGS__)
#define coap_log_oscore(...) coap_log(COAP_LOG_OSCORE, __VA_ARGS__)

/* What of the TLS library's own messages is logged, as coap_set_log_level() for the library's. */
void coap_dtls_set_log_level(coap_log_t level);
coap_log_t coap_dtls_get_log_level(void);

#define coap_dtls_log(level, ...)                                                                  \
  do {                                                                                             \
    if ((int)(level) <= (int)coap_dtls_get_log_level())                                            \
      coap_log_impl((coap_log_t)((int)(level) + (int)COAP_LOG_DTLS_BASE), __VA_ARGS__);            \
  } while (0)

const char *coap_package_name(void);
const char *coap_package_version(void);
const char *coap_package_build(void);

/* Whether coap_show_pdu() writes to standard output (1) or to the log (0). */
void coap_set_show_pdu_output(int use_fprintf);

/* One line that describes the PDU. */
void coap_show_pdu(coap_log_t level, const coap_pdu_t *pdu);

/* One line that describes it; static, for use before the next call. */
const char *coap_endpoint_str(const coap_endpoint_t *endpoint);
const char *coap_session_str(const coap_session_t *session);

/* The address with or without port into `buffer`; length written, 0 when it does not fit. */
size_t coap_print_addr(const struct coap_address_t *address, unsigned char *buffer, size_t size);
size_t coap_print_ip_addr(const struct coap_address_t *address, char *buffer, size_t size);

/* Loses packets on purpose when sending: "3%", or a list of their numbers "1,5,8" and ranges
 * "2-4"; "0" loses none. 1, or 0 when `loss_level` is none of these. */
int coap_debug_set_packet_loss(const char *loss_level);

COAP_END_DECLS

#endif /* COAP_DEBUG_H_ */
