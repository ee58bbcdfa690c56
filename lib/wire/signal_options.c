/* signal_options.c -- the options of signalling messages (RFC 8323 5.3 to 5.6, RFC 8974 2.2.2). */
#include "wire/signal_options.h"

static const struct {
  coap_pdu_code_t code;
  coap_option_info_t info;
} options[] = {
#define OPTION(code, number, name, longest, repeatable, format)                                    \
  {                                                                                                \
    COAP_SIGNALING_CODE_##code, {                                                                  \
      number, name, 0, longest, repeatable, COAP_OPTION_FORMAT_##format, 0                         \
    }                                                                                              \
  }
    OPTION(CSM, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE, "Max-Message-Size", 4, 0, UINT),
    OPTION(CSM, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER, "Block-Wise-Transfer", 0, 0, EMPTY),
    OPTION(CSM, COAP_SIGNALING_OPTION_EXTENDED_TOKEN_LENGTH, "Extended-Token-Length", 3, 0, UINT),
    OPTION(PING, COAP_SIGNALING_OPTION_CUSTODY, "Custody", 0, 0, EMPTY),
    OPTION(PONG, COAP_SIGNALING_OPTION_CUSTODY, "Custody", 0, 0, EMPTY),
    OPTION(RELEASE, COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS, "Alternative-Address", 255, 1,
           STRING),
    OPTION(RELEASE, COAP_SIGNALING_OPTION_HOLD_OFF, "Hold-Off", 3, 0, UINT),
    OPTION(ABORT, COAP_SIGNALING_OPTION_BAD_CSM_OPTION, "Bad-CSM-Option", 2, 0, UINT),
#undef OPTION
};

const coap_option_info_t *
coap_signal_option_info(coap_pdu_code_t code, coap_option_num_t number) {
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    if (options[i].code == code && options[i].info.number == number)
      return &options[i].info;
  }
  return NULL;
}
