/* arguments.h -- reading command line values; shared by both programs. */
#ifndef COAPSPEC_EXAMPLES_ARGUMENTS_H_
#define COAPSPEC_EXAMPLES_ARGUMENTS_H_

#include <stddef.h>
#include <stdint.h>

/* A decimal number from `min` to `max` and nothing else. 1, or 0 when `text` is not one. */
int argument_number(const char *text, unsigned long min, unsigned long max, unsigned long *out);

/* A Content-Format by number or name ("text/plain", "link-format", "xml", ...). 1 or 0. */
int argument_format(const char *text, uint16_t *out);

/* Text with %XX sequences decoded, or, with a leading 0x, hexadecimal digits. Gives `*length`
 * bytes to be freed by the caller; NULL when malformed or out of memory. */
uint8_t *argument_percent_decode(const char *text, size_t *length);
uint8_t *argument_hex_or_text(const char *text, size_t *length);

/* One line on stderr about what getopt_long(3) did not take: its result `option` is '?' or ':'. */
void complain_option(const char *program, int option, char **argv);

/* Prints "<program>: <message>" as one line on stderr. */
void complain(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The versions of program and library, and which (D)TLS there is, on stdout. */
void print_version(const char *program);

/* Sends the library's log to stderr, so that stdout holds payload only. */
void log_to_stderr(void);

#endif /* COAPSPEC_EXAMPLES_ARGUMENTS_H_ */
