/* world_calls_values.c -- functions of values alone: strings, numbers, option filters, addresses.
 */
#include "world/calls.h"
#include "world/internal.h"

/* The older names are called, too. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <string.h>

static void
strings(const struct prog_span *data) {
  coap_bin_const_t *constant = coap_new_bin_const(data->p, data->n);
  coap_binary_t *binary = coap_new_binary(data->n);
  coap_binary_t *resized = binary != NULL ? coap_resize_binary(binary, data->n + 8U) : NULL;
  coap_str_const_t *text = coap_new_str_const(data->p, data->n);

  HOLDS(constant == NULL || (constant->length == data->n && coap_binary_equal(constant, constant)));
  HOLDS(resized == NULL || resized->length == data->n + 8U);
  HOLDS(text == NULL || text->length == data->n);
  coap_delete_binary(resized != NULL ? resized : binary);
  coap_delete_bin_const(constant);
  coap_delete_str_const(text);
}

static void
memory(uint32_t value) {
  void *block = coap_malloc_type(COAP_STRING, value % 64);
  void *larger = block != NULL ? coap_realloc_type(COAP_STRING, block, 128) : NULL;

  coap_memory_init();
  coap_free_type(COAP_STRING, larger != NULL ? larger : block);
}

/* What is set is there, until it is taken out. */
static void
filters(const struct prog_span *data) {
  coap_opt_filter_t filter;
  size_t i;

  coap_option_filter_clear(&filter);
  for (i = 0; i < data->n; i++) {
    uint16_t number = (uint16_t)(data->p[i] * (i % 2 ? 200 : 1));

    if (coap_option_setb(&filter, number))
      HOLDS(coap_option_getb(&filter, number) == 1);
    if (i % 3 == 2 && coap_option_clrb(&filter, number))
      HOLDS(coap_option_filter_get(&filter, number) == 0);
  }
}

static void
numbers(uint32_t value) {
  uint8_t bytes[8];
  uint8_t option[16];
  unsigned int n = (unsigned int)coap_encode_var_bytes(bytes, value);

  HOLDS(coap_decode_var_bytes(bytes, n) == value);
  HOLDS(coap_fls(value) <= 32 && coap_flsll((long long)value << 20) <= 64);
  HOLDS(coap_ticks_from_rt_us(coap_ticks_to_rt_us(value)) == value);
  coap_ticks_to_rt(value);
  HOLDS(coap_opt_encode_size((uint16_t)value, value) > 0);
  HOLDS(coap_opt_encode(option, sizeof(option), (uint16_t)value, bytes, n) > 0 &&
        coap_opt_size(option) == coap_opt_encode_size((uint16_t)value, n));
}

static void
bodies(const struct prog_span *data, uint32_t value) {
  coap_binary_t *whole = coap_block_build_body(NULL, data->n, data->p, 0, value % 512);

  whole = coap_block_build_body(whole, data->n, data->p, value % 600, value % 512);
  coap_delete_binary(whole);
}

/* Whose bytes are drawn is the program's choice for as long as this lasts. */
static int
seven(void *buffer, size_t length) {
  memset(buffer, 7, length);
  return 1;
}

static void
randomness(void) {
  uint8_t drawn[4] = {0};

  coap_prng_init(1);
  coap_set_prng(seven);
  HOLDS(coap_prng(drawn, sizeof(drawn)) == 1 && drawn[0] == 7 && drawn[3] == 7);
  coap_set_prng(NULL);
}

static void
build(void) {
  char text[64];

  HOLDS(strlen(coap_string_tls_version(text, sizeof(text))) < sizeof(text));
  HOLDS(strlen(coap_string_tls_support(text, sizeof(text))) < sizeof(text));
  HOLDS(coap_async_is_supported() == 1 && coap_oscore_is_supported() == 1 &&
        coap_q_block_is_supported() == 1 && coap_tcp_is_supported() == 1 &&
        coap_ws_is_supported() == 1);
  HOLDS(coap_dtls_is_supported() == coap_tls_is_supported() &&
        coap_wss_is_supported() == coap_tls_is_supported());
  HOLDS(!coap_dtls_rpk_is_supported() || coap_dtls_is_supported());
  HOLDS(!coap_dtls_pkcs11_is_supported() || coap_dtls_is_supported());
  HOLDS(coap_get_tls_library_version() != NULL);
}

static void
do_values(const struct prog_op *op) {
  uint32_t value = op->v[CALL_VALUE];

  strings(&op->data);
  memory(value);
  filters(&op->data);
  numbers(value);
  bodies(&op->data, value);
  randomness();
  build();
}

static void
names(const struct prog_span *data, uint32_t value) {
  coap_str_const_t host = {data->n, data->p};
  uint32_t schemes = coap_get_available_scheme_hint_bits(
      (int)(value & 1U), (int)(value >> 1 & 1U), value & 4U ? COAP_PROTO_TCP : COAP_PROTO_NONE);
  coap_addr_info_t *list = coap_resolve_address_info(
      &host, (uint16_t)value, 0, (uint16_t)(value * 7), 0, 0, (int)schemes,
      value & 8U ? COAP_RESOLVE_TYPE_LOCAL : COAP_RESOLVE_TYPE_REMOTE);
  const coap_addr_info_t *info;

  for (info = list; info != NULL; info = info->next)
    HOLDS(coap_address_equals(&info->addr, &info->addr));
  coap_free_address_info(list);
}

/* Written whole, or cut; an address of no family has no text. */
static void
print(const coap_address_t *address) {
  unsigned char text[64];
  unsigned char cut[8];
  size_t length = coap_print_addr(address, text, sizeof(text));

  HOLDS(length < sizeof(text) && text[length] == '\0');
  HOLDS(coap_print_addr(address, cut, sizeof(cut)) < sizeof(cut));
  HOLDS(coap_print_addr(address, text, 0) == 0);
  HOLDS(coap_print_ip_addr(address, NULL, 0) == 0);
  HOLDS(coap_print_ip_addr(address, (char *)text, 0) == 0);
}

static void
sockets(const struct prog_span *data) {
  coap_str_const_t host = {data->n, data->p};
  coap_address_t a;
  coap_address_t b;
  int is_unix;

  coap_address_init(&a);
  is_unix = coap_address_set_unix_domain(&a, data->p, data->n);
  HOLDS(!is_unix || coap_is_af_unix(&a) == 1);
  coap_host_is_unix_domain(&host);
  coap_address_copy(&b, &a);
  HOLDS(coap_address_equals(&a, &b) == coap_is_af_unix(&a));
  coap_address_init(&a);
  if (data->n >= 16) { /* any IPv6 address */
    a.size = sizeof(a.addr.sin6);
    a.addr.sin6.sin6_family = AF_INET6;
    memcpy(&a.addr.sin6.sin6_addr, data->p, 16);
  } else if (data->n >= 4) {
    a.size = sizeof(a.addr.sin);
    a.addr.sin.sin_family = AF_INET;
    memcpy(&a.addr.sin.sin_addr, data->p, 4);
  }
  HOLDS(!coap_is_bcast(&a) || !coap_is_mcast(&a));
  coap_address_set_port(&a, 7);
  HOLDS(coap_address_get_port(&a) == 7 || data->n < 4);
  print(&a);
}

void
world_calls_values(const struct prog_op *op) {
  if (op->v[CALL_DO] == CALL_VALUES) {
    do_values(op);
    return;
  }
  names(&op->data, op->v[CALL_VALUE]);
  sockets(&op->data);
}
