/* logging.c -- coap_logging(3): one sink, a level, text of addresses and sessions. */
#include "api/context.h"

#include "seams/clock.h"
#include "wire/pdu_print.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LOG_LINE = 1024, LOG_PDU = 8192, LOG_NAME = 160 };

static coap_log_t log_level = COAP_LOG_WARN;
static coap_log_t dtls_log_level = COAP_LOG_WARN;
static coap_log_handler_t log_handler;
static int show_pdu_output;

static const char *const log_names[] = {"EMRG", "ALRT", "CRIT", "ERR ", "WARN",
                                        "NOTE", "INFO", "DEBG", "OSC "};

void
coap_set_log_level(coap_log_t level) {
  log_level = level;
}

coap_log_t
coap_get_log_level(void) {
  return log_level;
}

void
coap_dtls_set_log_level(coap_log_t level) {
  dtls_log_level = level;
}

coap_log_t
coap_dtls_get_log_level(void) {
  return dtls_log_level;
}

void
coap_set_log_handler(coap_log_handler_t handler) {
  log_handler = handler;
}

void
coap_set_show_pdu_output(int use_fprintf) {
  show_pdu_output = use_fprintf;
}

static const char *
log_level_name(coap_log_t level) {
  return (size_t)level < sizeof(log_names) / sizeof(log_names[0]) ? log_names[level] : "????";
}

static void
log_write(coap_log_t level, const char *message) {
  uint64_t ms = coap_clock_wall_us() / 1000 % (24 * 3600 * 1000);

  if (log_handler)
    log_handler(level, message);
  else
    fprintf(level <= COAP_LOG_CRIT ? stderr : stdout, "%02u:%02u:%02u.%03u %s %s",
            (unsigned int)(ms / 3600000), (unsigned int)(ms / 60000 % 60),
            (unsigned int)(ms / 1000 % 60), (unsigned int)(ms % 1000), log_level_name(level),
            message);
}

void
coap_log_impl(coap_log_t level, const char *format, ...) {
  char line[LOG_LINE];
  va_list args;

  if (level > log_level)
    return;
  va_start(args, format);
  vsnprintf(line, sizeof(line), format, args);
  va_end(args);
  log_write(level, line);
}

void
coap_show_pdu(coap_log_t level, const coap_pdu_t *pdu) {
  char text[LOG_PDU];

  if (level > log_level || !pdu)
    return;
  coap_pdu_print(pdu, text, sizeof(text) - 1);
  memcpy(text + strlen(text), "\n", sizeof("\n"));
  if (show_pdu_output)
    fputs(text, stdout);
  else
    log_write(level, text);
}

size_t
coap_print_ip_addr(const coap_address_t *address, char *buffer, size_t size) {
  const void *from;

  if (!buffer || !size)
    return 0;
  buffer[0] = '\0';
  if (!address)
    return 0;
  from = address->addr.sa.sa_family == AF_INET6 ? (const void *)&address->addr.sin6.sin6_addr
                                                : (const void *)&address->addr.sin.sin_addr;
  if (!inet_ntop(address->addr.sa.sa_family, from, buffer, (socklen_t)size))
    return 0;
  return strlen(buffer);
}

size_t
coap_print_addr(const coap_address_t *address, unsigned char *buffer, size_t size) {
  char ip[INET6_ADDRSTRLEN];
  int length;

  if (!buffer || !size)
    return 0;
  buffer[0] = '\0';
  if (!coap_print_ip_addr(address, ip, sizeof(ip)))
    return 0;
  length =
      snprintf((char *)buffer, size, address->addr.sa.sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
               ip, (unsigned int)coap_address_get_port(address));
  return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

static const char *
proto_name(coap_proto_t proto) {
  static const char *const names[] = {"NONE", "UDP", "DTLS", "TCP", "TLS", "WS", "WSS"};

  return (size_t)proto < sizeof(names) / sizeof(names[0]) ? names[proto] : "?";
}

const char *
coap_session_str(const coap_session_t *session) {
  static char text[LOG_NAME];
  unsigned char local[64] = "";
  unsigned char remote[64] = "";

  if (!session)
    return "(no session)";
  coap_print_addr(session->addr_local, local, sizeof(local));
  coap_print_addr(&session->addr_remote, remote, sizeof(remote));
  snprintf(text, sizeof(text), "%s <-> %s (if%d) %s", (const char *)local, (const char *)remote,
           session->ifindex, proto_name(session->proto));
  return text;
}

const char *
coap_endpoint_str(const coap_endpoint_t *endpoint) {
  static char text[LOG_NAME];
  unsigned char local[64] = "";

  if (!endpoint)
    return "(no endpoint)";
  coap_print_addr(&endpoint->bind_addr, local, sizeof(local));
  snprintf(text, sizeof(text), "%s %s", (const char *)local, proto_name(endpoint->proto));
  return text;
}
