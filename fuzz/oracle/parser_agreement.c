/* parser_agreement.c -- see parser_agreement.h. */
#include "oracle/parser_agreement.h"
#include "oracle/oracle.h"

#include <coap3/coap.h>

#include <string.h>

static const char name[] = "parser-agreement";

static void
differ(const struct obs *o, const char *what) {
  oracle_violated(name, "RFC 7252 3", o, "the two readers see another %s", what);
}

static int
same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
  return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static void
compare_options(const struct obs *o, const coap_pdu_t *pdu) {
  const struct msg *m = o->msg;
  coap_opt_iterator_t it;
  unsigned int i = 0;

  if (coap_option_iterator_init(pdu, &it, COAP_OPT_ALL) != NULL) {
    const coap_opt_t *option;

    for (; (option = coap_option_next(&it)) != NULL; i++) {
      if (i == MSG_OPTIONS_MAX)
        return;
      if (i >= m->n_options || it.number != m->options[i].number ||
          !same_bytes(coap_opt_value(option), coap_opt_length(option), m->options[i].value,
                      m->options[i].length)) {
        differ(o, "option");
        return;
      }
    }
    if (it.bad)
      differ(o, "end of the options");
  }
  if (i != m->n_options)
    differ(o, "number of options");
}

static void
compare(const struct obs *o, const coap_pdu_t *pdu) {
  const struct msg *m = o->msg;
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  const uint8_t *data = NULL;
  size_t len = 0;

  if ((int)coap_pdu_get_type(pdu) != m->type)
    differ(o, "type");
  if ((int)coap_pdu_get_code(pdu) != m->code)
    differ(o, "code");
  if (coap_pdu_get_mid(pdu) != m->mid)
    differ(o, "message ID");
  if (!same_bytes(token.s, token.length, m->token, m->token_length))
    differ(o, "token");
  compare_options(o, pdu);
  if (!coap_get_data(pdu, &len, &data))
    len = 0;
  if (!same_bytes(data, len, m->payload, m->payload_length))
    differ(o, "payload");
}

static int
agree(coap_proto_t proto, const char *section, const uint8_t *data, size_t len) {
  struct msg m;
  struct obs o;
  coap_pdu_t *pdu;
  int accepted;

  memset(&o, 0, sizeof(o));
  o.kind = OBS_IN;
  o.data = data;
  o.length = len;
  o.malformed = proto == COAP_PROTO_UDP   ? msg_parse(&m, data, len)
                : proto == COAP_PROTO_TCP ? msg_parse_tcp(&m, data, len)
                                          : msg_parse_ws(&m, data, len);
  o.msg = &m;
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, len);
  if (pdu == NULL)
    return 0;
  accepted = coap_pdu_parse(proto, data, len, pdu);
  if (accepted && o.malformed != NULL)
    oracle_violated(name, section, &o, "the library takes what is malformed: %s", o.malformed);
  else if (!accepted && o.malformed == NULL)
    oracle_violated(name, section, &o, "the library refuses a well-formed message");
  else if (accepted)
    compare(&o, pdu);
  coap_delete_pdu(pdu);
  return accepted;
}

int
parser_agreement(const uint8_t *data, size_t len) {
  return agree(COAP_PROTO_UDP, "RFC 7252 3", data, len);
}

int
parser_agreement_tcp(const uint8_t *data, size_t len) {
  return agree(COAP_PROTO_TCP, "RFC 8323 3.2", data, len);
}

int
parser_agreement_ws(const uint8_t *data, size_t len) {
  return agree(COAP_PROTO_WS, "RFC 8323 4.2", data, len);
}
