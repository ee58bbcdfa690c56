/* codec.c -- what it costs to read a typical request and to write it: through the public API, so
 * that the same source measures another library of that API.
 *
 * usage: codec ROUNDS
 * Says nanoseconds for each as JSON. For instructions, run it under callgrind with
 * --toggle-collect=one_round. */
#include <coap3/coap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* GET /sensors/temperature?u=c, with a token of four bytes. */
static const uint8_t request[] = {
    0x44, 0x01, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, /* head, token */
    0xb7, 's',  'e',  'n',  's',  'o',  'r',  's',  /* Uri-Path */
    0x0b, 't',  'e',  'm',  'p',  'e',  'r',  'a',
    't',  'u',  'r',  'e',  0x43, 'u',  '=',  'c' /* query */
};

static size_t seen;

/* Not inlined: callgrind begins and ends to count there. */
__attribute__((noinline)) static void
read_request(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, sizeof(request));

  if (!pdu || !coap_pdu_parse(COAP_PROTO_UDP, request, sizeof(request), pdu))
    exit(EXIT_FAILURE);
  seen += coap_pdu_get_code(pdu);
  coap_delete_pdu(pdu);
}

__attribute__((noinline)) static void
write_request(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0x1234, sizeof(request));

  if (!pdu || !coap_add_token(pdu, 4, request + 4) ||
      !coap_add_option(pdu, COAP_OPTION_URI_PATH, 7, request + 9) ||
      !coap_add_option(pdu, COAP_OPTION_URI_PATH, 11, request + 17) ||
      !coap_add_option(pdu, COAP_OPTION_URI_QUERY, 3, request + 29))
    exit(EXIT_FAILURE);
  seen += coap_pdu_get_code(pdu);
  coap_delete_pdu(pdu);
}

__attribute__((noinline)) static void
one_round(void) {
  read_request();
  write_request();
}

static double
now_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds of processor time for one. */
static double
time_of(void (*function)(void), unsigned long rounds) {
  double start = now_ns();

  for (unsigned long i = 0; i < rounds; i++)
    function();
  return (now_ns() - start) / (double)rounds;
}

int
main(int argc, char **argv) {
  unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  double reading;
  double writing;
  double both;

  if (!rounds) {
    fputs("usage: codec ROUNDS\n", stderr);
    return 2;
  }
  coap_startup();
  reading = time_of(read_request, rounds);
  writing = time_of(write_request, rounds);
  both = time_of(one_round, rounds);
  printf("{\"read_ns\": %.2f, \"write_ns\": %.2f, \"both_ns\": %.2f, \"rounds\": %lu}\n", reading,
         writing, both, rounds);
  coap_cleanup();
  return seen ? EXIT_SUCCESS : EXIT_FAILURE;
}
