/* arguments.h -- reading command line values; shared by all programs. */
#ifndef COAPSPEC_EXAMPLES_ARGUMENTS_H_
#define COAPSPEC_EXAMPLES_ARGUMENTS_H_

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

/* For getopt_long(3): --help and --version, which are -h and -V. */
extern const struct option argument_long_options[];

/* A decimal number from `min` to `max` and nothing else. 1, or 0 when `text` is not one. */
int argument_number(const char *text, unsigned long min, unsigned long max, unsigned long *out);

/* The same from the value of an option; 0 with one line on stderr. */
int option_number(const char *program, int option, unsigned long min, unsigned long max,
                  unsigned long *out);

/* A Content-Format by number or name ("text/plain", "link-format", "xml", ...). 1 or 0. */
int argument_format(const char *text, uint16_t *out);

/* Text with %XX sequences decoded, or, with a leading 0x, hexadecimal digits. Gives `*length`
 * bytes to be freed by the caller; NULL when malformed or out of memory. */
uint8_t *argument_percent_decode(const char *text, size_t *length);
uint8_t *argument_hex_or_text(const char *text, size_t *length);

/* What the programs end with; the client has one code more. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* 1 when `option` is -h or -V: the help, or the versions of program and library and which (D)TLS
 * there is, are on stdout then. `*exit_code` is EXIT_DONE then and EXIT_USAGE otherwise, for when
 * the option is not taken. */
int option_is_answered(const char *program, int option, const char *help, int *exit_code);

/* One line on stderr about an option whose value is not what is `wanted`; always 0. */
int complain_value(const char *program, int option, const char *wanted);

/* One line on stderr about what getopt_long(3) did not take: its result `option` is '?' or ':'. */
void complain_option(const char *program, int option, char **argv);

/* Prints "<program>: <message>" as one line on stderr. */
void complain(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends the library's log to stderr, so that stdout holds payload only. */
void log_to_stderr(void);

#endif /* COAPSPEC_EXAMPLES_ARGUMENTS_H_ */
