/* arguments.c -- reading command line values; shared by all programs. */
#include "arguments.h"

#include <coap3/coap.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option argument_long_options[] = {
    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};

int
argument_number(const char *text, unsigned long min, unsigned long max, unsigned long *out) {
  char *end = NULL;
  unsigned long value;

  /* strtoul() takes signs and leading blanks, which mean nothing here. */
  if (!isdigit((unsigned char)text[0]))
    return 0;
  errno = 0;
  value = strtoul(text, &end, 10);
  if (errno || *end || value < min || value > max)
    return 0;
  *out = value;
  return 1;
}

int
argument_format(const char *text, uint16_t *out) {
  static const struct {
    const char *name;
    uint16_t number;
  } known[] = {
      {"text/plain", COAP_MEDIATYPE_TEXT_PLAIN},
      {"plain", COAP_MEDIATYPE_TEXT_PLAIN},
      {"application/link-format", COAP_MEDIATYPE_APPLICATION_LINK_FORMAT},
      {"link-format", COAP_MEDIATYPE_APPLICATION_LINK_FORMAT},
      {"link", COAP_MEDIATYPE_APPLICATION_LINK_FORMAT},
      {"application/xml", COAP_MEDIATYPE_APPLICATION_XML},
      {"xml", COAP_MEDIATYPE_APPLICATION_XML},
      {"application/octet-stream", COAP_MEDIATYPE_APPLICATION_OCTET_STREAM},
      {"octet-stream", COAP_MEDIATYPE_APPLICATION_OCTET_STREAM},
      {"binary", COAP_MEDIATYPE_APPLICATION_OCTET_STREAM},
      {"application/exi", COAP_MEDIATYPE_APPLICATION_EXI},
      {"exi", COAP_MEDIATYPE_APPLICATION_EXI},
      {"application/json", COAP_MEDIATYPE_APPLICATION_JSON},
      {"json", COAP_MEDIATYPE_APPLICATION_JSON},
      {"application/cbor", COAP_MEDIATYPE_APPLICATION_CBOR},
      {"cbor", COAP_MEDIATYPE_APPLICATION_CBOR},
  };
  unsigned long number;

  if (argument_number(text, 0, UINT16_MAX, &number)) {
    *out = (uint16_t)number;
    return 1;
  }
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    if (strcmp(text, known[i].name) == 0) {
      *out = known[i].number;
      return 1;
    }
  }
  return 0;
}

static int
hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)tolower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
hex_byte(const char *text) {
  int high = hex_digit(text[0]);
  int low = high < 0 ? -1 : hex_digit(text[1]);

  return low < 0 ? -1 : high * 16 + low;
}

uint8_t *
argument_percent_decode(const char *text, size_t *length) {
  uint8_t *bytes = malloc(strlen(text) + 1);
  size_t used = 0;

  while (bytes && *text) {
    int byte = (unsigned char)*text;

    if (byte == '%') {
      byte = hex_byte(text + 1);
      if (byte < 0) {
        free(bytes);
        return NULL;
      }
      text += 2;
    }
    bytes[used++] = (uint8_t)byte;
    text++;
  }
  *length = used;
  return bytes;
}

uint8_t *
argument_hex_or_text(const char *text, size_t *length) {
  int is_hex = strncmp(text, "0x", 2) == 0;
  size_t chars = strlen(text);
  uint8_t *bytes = malloc(chars + 1);

  if (!bytes)
    return NULL;
  if (!is_hex) {
    memcpy(bytes, text, chars);
    *length = chars;
    return bytes;
  }
  *length = (chars - 2) / 2;
  for (size_t i = 0; i < *length; i++) {
    int byte = hex_byte(text + 2 + 2 * i);

    if (byte < 0) {
      free(bytes);
      return NULL;
    }
    bytes[i] = (uint8_t)byte;
  }
  if (chars % 2) {
    free(bytes);
    return NULL;
  }
  return bytes;
}

void
complain(const char *program, const char *format, ...) {
  va_list args;

  fprintf(stderr, "%s: ", program);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
}

int
complain_value(const char *program, int option, const char *wanted) {
  complain(program, "-%c %s: %s; say %s --help for the options", option, optarg, wanted, program);
  return 0;
}

int
option_number(const char *program, int option, unsigned long min, unsigned long max,
              unsigned long *out) {
  char wanted[80];

  if (argument_number(optarg, min, max, out))
    return 1;
  snprintf(wanted, sizeof(wanted), "not a number from %lu to %lu", min, max);
  return complain_value(program, option, wanted);
}

static void
print_version(const char *program) {
  char library[128];
  char ability[128];

  printf("%s (%s)\n%s %s\n", program, coap_package_version(),
         coap_string_tls_version(library, sizeof(library)),
         coap_string_tls_support(ability, sizeof(ability)));
}

int
option_is_answered(const char *program, int option, const char *help, int *exit_code) {
  int is_answered = option == 'h' || option == 'V';

  if (option == 'h')
    fputs(help, stdout);
  else if (option == 'V')
    print_version(program);
  *exit_code = is_answered ? EXIT_DONE : EXIT_USAGE;
  return is_answered;
}

void
complain_option(const char *program, int option, char **argv) {
  char letter[3] = {'-', (char)optopt, '\0'};
  /* A long option leaves no letter; it is the argument just passed. */
  const char *name = optopt ? letter : argv[optind - 1];

  complain(program, "%s: %s; say %s --help for the options", name,
           option == ':' ? "a value is missing" : "no such option", program);
}

static void
log_line(coap_log_t level, const char *message) {
  size_t length = strlen(message);

  fprintf(stderr, "%d %s%s", (int)level, message,
          length && message[length - 1] == '\n' ? "" : "\n");
}

void
log_to_stderr(void) {
  coap_set_log_handler(log_line);
}
