/* raw_message.h -- messages put together byte by byte, independently of lib/wire. */
#ifndef COAPSPEC_TESTS_RAW_MESSAGE_H_
#define COAPSPEC_TESTS_RAW_MESSAGE_H_

#include <stddef.h>
#include <stdint.h>

enum { RAW_CON = 0, RAW_NON = 1, RAW_ACK = 2, RAW_RST = 3 };
enum {
  RAW_EMPTY = 0x00,
  RAW_GET = 0x01,
  RAW_POST = 0x02,
  RAW_PUT = 0x03,
  RAW_CONTENT = 0x45, /* 2.05 */
  RAW_BAD_OPTION = 0x82,
  RAW_NOT_FOUND = 0x84
};

typedef struct raw_message_t {
  uint8_t bytes[512];
  size_t length;
  unsigned int last_option;
} raw_message_t;

/* Header and token; `token` is a C string of at most 8 bytes. */
raw_message_t raw_message(int type, int code, uint16_t mid, const char *token);

/* Options in ascending order, at most 268 apart and long. */
void raw_option(raw_message_t *message, unsigned int number, const void *value, size_t length);
void raw_path(raw_message_t *message, const char *segment);
void raw_payload(raw_message_t *message, const char *text);

/* Reading. */
int raw_type(const uint8_t *bytes);
int raw_code(const uint8_t *bytes);
uint16_t raw_mid(const uint8_t *bytes);

/* Payload of a message, NULL when it has none; its length. */
const uint8_t *raw_find_payload(const uint8_t *bytes, size_t length, size_t *payload_length);

/* First option of that number: its value, NULL when there is none. */
const uint8_t *raw_find_option(const uint8_t *bytes, size_t length, unsigned int number,
                               size_t *value_length);

#endif /* COAPSPEC_TESTS_RAW_MESSAGE_H_ */
