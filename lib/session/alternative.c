/* alternative.c -- following Alternative-Address, and finding back. */
#include "session/alternative.h"

#include "session/framing.h"
#include "session/stream.h"
#include "wire/uri.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
  AUTHORITY_MAX = 255,
  URI_TEXT_MAX = 16 + AUTHORITY_MAX,
  ADDRESS_TEXT_MAX = INET6_ADDRSTRLEN
};

/* "host[:port]", read as a URI's (RFC 3986 3.2) that has nothing else. `text` has URI_TEXT_MAX
 * bytes, which `uri` points into. */
static int
split_authority(const coap_session_t *session, const coap_opt_t *option, char *text,
                coap_uri_t *uri) {
  const char *scheme = coap_uri_scheme_name(coap_session_framing(session)->scheme);
  size_t start = (size_t)snprintf(text, URI_TEXT_MAX, "%s://", scheme);
  size_t length = coap_opt_length(option);

  if (length == 0 || length > AUTHORITY_MAX)
    return 0;
  memcpy(text + start, coap_opt_value(option), length);
  text[start + length] = '\0';
  if (strlen(text) != start + length || strpbrk(text + start, "/?#@"))
    return 0;
  return coap_split_uri((const uint8_t *)text, start + length, uri) == 0;
}

static int
read_literal(const coap_str_const_t *host, uint16_t port, coap_address_t *address) {
  char text[ADDRESS_TEXT_MAX];

  if (host->length >= sizeof(text))
    return 0;
  memcpy(text, host->s, host->length);
  text[host->length] = '\0';
  if (address->addr.sa.sa_family == AF_INET) {
    if (inet_pton(AF_INET, text, &address->addr.sin.sin_addr) != 1)
      return 0;
  } else if (inet_pton(AF_INET6, text, &address->addr.sin6.sin6_addr) != 1) {
    return 0;
  }
  coap_address_set_port(address, port);
  return 1;
}

void
coap_alternative_note(coap_session_t *session, const coap_pdu_t *release) {
  coap_stream_t *stream = coap_session_stream(session);
  coap_opt_filter_t only;
  coap_opt_iterator_t oi;
  const coap_opt_t *option;

  if (session->type != COAP_SESSION_TYPE_CLIENT || session->is_accepted)
    return;
  coap_option_filter_clear(&only);
  coap_option_filter_set(&only, COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS);
  coap_option_iterator_init(release, &oi, &only);
  while (!stream->has_alternative && (option = coap_option_next(&oi))) {
    char text[URI_TEXT_MAX];
    coap_uri_t uri;

    stream->alternative = session->addr_remote;
    stream->has_alternative = split_authority(session, option, text, &uri) &&
                              read_literal(&uri.host, uri.port, &stream->alternative);
  }
}

void
coap_alternative_take(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->is_settled = 0;
  if (!stream->has_alternative)
    return;
  stream->has_alternative = 0;
  if (!stream->is_away)
    stream->home = session->addr_remote;
  stream->is_away = 1;
  session->addr_remote = stream->alternative;
}

void
coap_alternative_leave(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);

  if (!stream->is_away || stream->is_settled)
    return;
  stream->is_away = 0;
  session->addr_remote = stream->home;
}
