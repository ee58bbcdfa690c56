/* coap_str.h -- coap_string(3): counted strings and binary data. */
#ifndef COAP_STR_H_
#define COAP_STR_H_

#include <coap3/coap_forward_decls.h>

#include <string.h>

COAP_BEGIN_DECLS

/* Counted, writable; coap_new_string() puts a zero byte behind it that `length` leaves out. */
typedef struct coap_string_t {
  size_t length;
  uint8_t *s;
} coap_string_t;

typedef struct coap_str_const_t {
  size_t length;
  const uint8_t *s;
} coap_str_const_t;

typedef struct coap_binary_t {
  size_t length;
  uint8_t *s;
} coap_binary_t;

typedef struct coap_bin_const_t {
  size_t length;
  const uint8_t *s;
} coap_bin_const_t;

#define COAP_SET_STR(st, l, v) ((st)->length = (l), (st)->s = (v))

/* Each coap_new_*() gives an object for the matching coap_delete_*(), or NULL when out of memory.
 * Deleting NULL is allowed. */
coap_string_t *coap_new_string(size_t size);
void coap_delete_string(coap_string_t *string);

/* Copies `size` bytes of `data`. */
coap_str_const_t *coap_new_str_const(const uint8_t *data, size_t size);
void coap_delete_str_const(coap_str_const_t *string);

coap_binary_t *coap_new_binary(size_t size);
void coap_delete_binary(coap_binary_t *binary);

/* Takes `binary` and gives it back with another length (content kept up to the shorter one), or
 * NULL when out of memory: `binary` is then as before. */
coap_binary_t *coap_resize_binary(coap_binary_t *binary, size_t new_size);

coap_bin_const_t *coap_new_bin_const(const uint8_t *data, size_t size);
void coap_delete_bin_const(coap_bin_const_t *binary);

/* Borrows a C string as a counted one. The result is one of a few static objects that later calls
 * use again: copy what is to last. */
coap_str_const_t *coap_make_str_const(const char *string);

/* 1 when length and bytes are equal. Arguments are pointers to any of the types above. */
#define coap_string_equal(string1, string2)                                                        \
  ((string1)->length == (string2)->length &&                                                       \
   ((string1)->length == 0 ||                                                                      \
    ((string1)->s && (string2)->s && memcmp((string1)->s, (string2)->s, (string1)->length) == 0)))

#define coap_binary_equal(binary1, binary2) coap_string_equal(binary1, binary2)

COAP_END_DECLS

#endif /* COAP_STR_H_ */
