/* startup.c -- coap_init(3), package names, memory types. */
#include <coap3/coap.h>

#include "config.h"
#include "seams/memory.h"

#include <errno.h>
#include <string.h>

void
coap_startup(void) {
  coap_clock_init();
}

void
coap_cleanup(void) {
  coap_set_prng(NULL);
  coap_set_log_handler(NULL);
}

const char *
coap_package_name(void) {
  return PACKAGE_NAME;
}

const char *
coap_package_version(void) {
  return PACKAGE_STRING;
}

const char *
coap_package_build(void) {
  return PACKAGE_VERSION;
}

const char *
coap_socket_strerror(void) {
  return strerror(errno);
}

void
coap_memory_init(void) {
}

void *
coap_malloc_type(coap_memory_tag_t type, size_t size) {
  (void)type;
  return coap_mem_alloc(size);
}

void *
coap_realloc_type(coap_memory_tag_t type, void *p, size_t size) {
  (void)type;
  return coap_mem_realloc(p, size);
}

void
coap_free_type(coap_memory_tag_t type, void *p) {
  (void)type;
  coap_mem_free(p);
}
