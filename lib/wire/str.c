/* str.c -- coap_string(3): one block holds the object and its bytes. */
#include <coap3/coap.h>

#include "seams/memory.h"

/* The four types are the same two members; they are told apart for the reader only. */
static coap_string_t *
str_new(size_t size) {
  coap_string_t *string;

  if (size > SIZE_MAX - sizeof(*string) - 1)
    return NULL;
  string = coap_mem_alloc(sizeof(*string) + size + 1);
  if (!string)
    return NULL;
  string->s = (uint8_t *)(string + 1);
  string->s[size] = '\0';
  string->length = size;
  return string;
}

coap_string_t *
coap_new_string(size_t size) {
  return str_new(size);
}

void
coap_delete_string(coap_string_t *string) {
  coap_mem_free(string);
}

static coap_string_t *
str_copy(const uint8_t *data, size_t size) {
  coap_string_t *string = str_new(size);

  if (string && size)
    memcpy(string->s, data, size);
  return string;
}

coap_str_const_t *
coap_new_str_const(const uint8_t *data, size_t size) {
  return (coap_str_const_t *)(void *)str_copy(data, size);
}

void
coap_delete_str_const(coap_str_const_t *string) {
  coap_mem_free(string);
}

coap_binary_t *
coap_new_binary(size_t size) {
  return (coap_binary_t *)(void *)str_new(size);
}

void
coap_delete_binary(coap_binary_t *binary) {
  coap_mem_free(binary);
}

coap_binary_t *
coap_resize_binary(coap_binary_t *binary, size_t new_size) {
  coap_binary_t *resized = coap_new_binary(new_size);

  if (resized && binary) {
    memcpy(resized->s, binary->s, binary->length < new_size ? binary->length : new_size);
    coap_delete_binary(binary);
  }
  return resized;
}

coap_bin_const_t *
coap_new_bin_const(const uint8_t *data, size_t size) {
  return (coap_bin_const_t *)(void *)str_copy(data, size);
}

void
coap_delete_bin_const(coap_bin_const_t *binary) {
  coap_mem_free(binary);
}

coap_str_const_t *
coap_make_str_const(const char *string) {
  enum { TURNS = 8 };
  static coap_str_const_t turns[TURNS];
  static unsigned int turn;
  coap_str_const_t *str = &turns[turn++ % TURNS];

  str->s = (const uint8_t *)string;
  str->length = strlen(string);
  return str;
}
