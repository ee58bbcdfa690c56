/* tls_input.c -- what has come for a library, piece by piece. */
#include "secure/tls_input.h"

#include <string.h>

size_t
coap_tls_input_record(const coap_tls_input_t *input) {
  size_t size = COAP_TLS_RECORD_HEADER;

  if (input->left >= COAP_TLS_RECORD_HEADER)
    size += (size_t)input->at[COAP_TLS_RECORD_LENGTH] << 8 | input->at[COAP_TLS_RECORD_LENGTH + 1];
  return size <= input->left ? size : 0;
}

size_t
coap_tls_input_forget(coap_tls_input_t *input) {
  size_t left = input->left;

  *input = (coap_tls_input_t){NULL, 0};
  return left;
}

void
coap_tls_input_skip(coap_tls_input_t *input, size_t length) {
  input->at += length;
  input->left -= length;
}

size_t
coap_tls_input_take(coap_tls_input_t *input, int is_datagram, void *to, size_t room) {
  size_t piece = is_datagram ? coap_tls_input_record(input) : input->left;
  size_t taken = piece < room ? piece : room;

  if (!taken) {
    input->left = 0;
    return 0;
  }
  memcpy(to, input->at, taken);
  coap_tls_input_skip(input, is_datagram ? piece : taken);
  return taken;
}
