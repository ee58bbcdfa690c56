/* test.h -- what every unit test includes, in the order that cmocka asks for. */
#ifndef COAP_TESTS_TEST_H_
#define COAP_TESTS_TEST_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>

#include <cmocka.h>

#include <coap3/coap.h>

/* Number of entries of an array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* For cmocka: the library begins, without a word on stderr, and ends. */
static inline int
quiet_setup(void **state) {
  (void)state;
  coap_set_log_level(COAP_LOG_EMERG);
  coap_startup();
  return 0;
}

static inline int
quiet_teardown(void **state) {
  (void)state;
  coap_cleanup();
  return 0;
}

/* 127.0.0.1, and whatever port is free. */
static inline coap_address_t
loopback_address(void) {
  coap_address_t address;

  coap_address_init(&address);
  address.size = sizeof(address.addr.sin);
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

#endif /* COAP_TESTS_TEST_H_ */
