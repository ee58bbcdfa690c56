/* check.h -- cmocka with what it wants included before it. */
#ifndef FUZZ_TESTS_CHECK_H_
#define FUZZ_TESTS_CHECK_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif /* FUZZ_TESTS_CHECK_H_ */
