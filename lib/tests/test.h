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

#include <cmocka.h>

#include <coap3/coap.h>

/* Number of entries of an array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif /* COAP_TESTS_TEST_H_ */
