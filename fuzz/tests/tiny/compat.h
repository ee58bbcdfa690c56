/* compat.h -- the tiny stack has the very headers of our library. */
#include <coap3/coap.h>
