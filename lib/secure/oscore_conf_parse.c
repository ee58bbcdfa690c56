/* oscore_conf_parse.c -- the text of a configuration, line by line: keyword,encoding,value. */
#include "secure/oscore_conf.h"
#include "secure/oscore_replay.h"

#include <string.h>

enum {
  ENCODING_ASCII = 1,
  ENCODING_HEX = 2,
  ENCODING_BOOL = 4,
  ENCODING_INTEGER = 8,
  ENCODING_TEXT = 16
};

/* One line's value, decoded as its encoding says. */
typedef struct conf_value_t {
  unsigned int encoding;
  coap_oscore_blob_t bytes; /* ASCII, HEX, TEXT */
  int64_t number;           /* BOOL, INTEGER */
} conf_value_t;

typedef struct conf_keyword_t {
  const char *name;
  unsigned int encodings;
  /* NULL, or what is wrong with the value. */
  const char *(*set)(coap_oscore_conf_t *conf, const conf_value_t *value);
} conf_keyword_t;

/* A piece of the text. */
typedef struct slice_t {
  const char *s;
  size_t length;
} slice_t;

static const char *
set_master_secret(coap_oscore_conf_t *conf, const conf_value_t *value) {
  if (!value->bytes.length)
    return "is empty";
  conf->master_secret = value->bytes;
  conf->has_master_secret = 1;
  return NULL;
}

static const char *
set_master_salt(coap_oscore_conf_t *conf, const conf_value_t *value) {
  conf->master_salt = value->bytes;
  return NULL;
}

static const char *
set_id_context(coap_oscore_conf_t *conf, const conf_value_t *value) {
  if (value->bytes.length > COAP_OSCORE_CONTEXT_MAX)
    return "is longer than an option can carry";
  conf->id_context = value->bytes;
  conf->has_id_context = 1;
  return NULL;
}

static const char *
set_sender_id(coap_oscore_conf_t *conf, const conf_value_t *value) {
  if (value->bytes.length > COAP_OSCORE_ID_MAX)
    return "is longer than 7 bytes";
  conf->sender_id.length = (uint8_t)value->bytes.length;
  memcpy(conf->sender_id.s, value->bytes.s, value->bytes.length);
  conf->has_sender_id = 1;
  return NULL;
}

static const char *
set_recipient_id(coap_oscore_conf_t *conf, const conf_value_t *value) {
  return coap_oscore_conf_add_recipient(conf, value->bytes.s, value->bytes.length)
             ? NULL
             : "is longer than 7 bytes, there already, or one too many";
}

static const char *
set_replay_window(coap_oscore_conf_t *conf, const conf_value_t *value) {
  if (value->number < 1 || value->number > COAP_OSCORE_WINDOW_MAX)
    return "is not 1 to 63";
  conf->replay_window = (unsigned int)value->number;
  return NULL;
}

static const char *
set_ssn_freq(coap_oscore_conf_t *conf, const conf_value_t *value) {
  if (value->number < 1 || value->number > UINT32_MAX)
    return "is not a positive number of 32 bits";
  conf->ssn_freq = (uint32_t)value->number;
  return NULL;
}

static const char *
set_aead_alg(coap_oscore_conf_t *conf, const conf_value_t *value) {
  const coap_oscore_aead_t *aead =
      value->encoding == ENCODING_TEXT
          ? coap_oscore_aead_named((const char *)value->bytes.s, value->bytes.length)
          : coap_oscore_aead(value->number);

  if (!aead)
    return "is no AEAD algorithm known here";
  conf->aead = aead;
  return NULL;
}

static const char *
set_hkdf_alg(coap_oscore_conf_t *conf, const conf_value_t *value) {
  const coap_oscore_hkdf_t *hkdf =
      value->encoding == ENCODING_TEXT
          ? coap_oscore_hkdf_named((const char *)value->bytes.s, value->bytes.length)
          : coap_oscore_hkdf(value->number);

  if (!hkdf)
    return "is no HKDF algorithm known here";
  conf->hkdf = hkdf;
  return NULL;
}

static const char *
set_b_1_2(coap_oscore_conf_t *conf, const conf_value_t *value) {
  conf->echo_after_start = value->number ? 1 : 0;
  return NULL;
}

static const char *
set_b_2(coap_oscore_conf_t *conf, const conf_value_t *value) {
  (void)conf;
  return value->number ? "cannot be true: RFC 8613 B.2 is not in this release" : NULL;
}

static const char *
set_break_sender_key(coap_oscore_conf_t *conf, const conf_value_t *value) {
  conf->break_sender_key = value->number ? 1 : 0;
  return NULL;
}

static const char *
set_break_recipient_key(coap_oscore_conf_t *conf, const conf_value_t *value) {
  conf->break_recipient_key = value->number ? 1 : 0;
  return NULL;
}

static const conf_keyword_t keywords[] = {
    {"master_secret", ENCODING_HEX | ENCODING_ASCII, set_master_secret},
    {"master_salt", ENCODING_HEX | ENCODING_ASCII, set_master_salt},
    {"id_context", ENCODING_HEX | ENCODING_ASCII, set_id_context},
    {"sender_id", ENCODING_HEX | ENCODING_ASCII, set_sender_id},
    {"recipient_id", ENCODING_HEX | ENCODING_ASCII, set_recipient_id},
    {"replay_window", ENCODING_INTEGER, set_replay_window},
    {"ssn_freq", ENCODING_INTEGER, set_ssn_freq},
    {"aead_alg", ENCODING_INTEGER | ENCODING_TEXT, set_aead_alg},
    {"hkdf_alg", ENCODING_INTEGER | ENCODING_TEXT, set_hkdf_alg},
    {"rfc8613_b_1_2", ENCODING_BOOL, set_b_1_2},
    {"rfc8613_b_2", ENCODING_BOOL, set_b_2},
    {"break_sender_key", ENCODING_BOOL, set_break_sender_key},
    {"break_recipient_key", ENCODING_BOOL, set_break_recipient_key},
};

static const struct {
  const char *name;
  unsigned int encoding;
} encodings[] = {{"ascii", ENCODING_ASCII},
                 {"hex", ENCODING_HEX},
                 {"bool", ENCODING_BOOL},
                 {"integer", ENCODING_INTEGER},
                 {"text", ENCODING_TEXT}};

static int
is_word(slice_t slice, const char *word) {
  return slice.length == strlen(word) && memcmp(slice.s, word, slice.length) == 0;
}

/* Cuts what is in front of `mark` off the text; all of it when there is no mark. */
static slice_t
cut(slice_t *text, char mark) {
  const char *at = text->length ? memchr(text->s, mark, text->length) : NULL;
  slice_t head = {text->s, at ? (size_t)(at - text->s) : text->length};
  size_t gone = head.length + (at ? 1 : 0);

  if (gone)
    text->s += gone;
  text->length -= gone;
  return head;
}

static int
is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static slice_t
trim(slice_t slice) {
  while (slice.length && is_blank(slice.s[slice.length - 1]))
    slice.length--;
  while (slice.length && is_blank(*slice.s)) {
    slice.s++;
    slice.length--;
  }
  return slice;
}

static slice_t
unquote(slice_t slice) {
  if (slice.length >= 2 && slice.s[0] == '"' && slice.s[slice.length - 1] == '"') {
    slice.s++;
    slice.length -= 2;
  }
  return slice;
}

static int
hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *
read_bytes(slice_t text, coap_oscore_blob_t *bytes) {
  if (text.length > sizeof(bytes->s))
    return "is longer than 256 bytes";
  if (text.length)
    memcpy(bytes->s, text.s, text.length);
  bytes->length = text.length;
  return NULL;
}

static const char *
read_hex(slice_t text, coap_oscore_blob_t *bytes) {
  if (text.length % 2)
    return "has an odd number of hexadecimal digits";
  if (text.length / 2 > sizeof(bytes->s))
    return "is longer than 256 bytes";
  for (size_t i = 0; i < text.length; i += 2) {
    int high = hex_digit(text.s[i]);
    int low = hex_digit(text.s[i + 1]);

    if (high < 0 || low < 0)
      return "has something that is no hexadecimal digit";
    bytes->s[i / 2] = (uint8_t)(high << 4 | low);
  }
  bytes->length = text.length / 2;
  return NULL;
}

static const char *
read_bool(slice_t text, int64_t *number) {
  if (!is_word(text, "true") && !is_word(text, "false"))
    return "is neither true nor false";
  *number = is_word(text, "true");
  return NULL;
}

static const char *
read_integer(slice_t text, int64_t *number) {
  static const char wrong[] = "is no decimal number of at most 15 digits";
  int minus = text.length && *text.s == '-';
  size_t i = minus ? 1 : 0;

  if (text.length == i || text.length - i > 15)
    return wrong;
  for (*number = 0; i < text.length; i++) {
    if (text.s[i] < '0' || text.s[i] > '9')
      return wrong;
    *number = *number * 10 + (text.s[i] - '0');
  }
  if (minus)
    *number = -*number;
  return NULL;
}

static const char *
read_value(slice_t text, unsigned int encoding, conf_value_t *value) {
  value->encoding = encoding;
  switch (encoding) {
  case ENCODING_HEX:
    return read_hex(unquote(text), &value->bytes);
  case ENCODING_BOOL:
    return read_bool(text, &value->number);
  case ENCODING_INTEGER:
    return read_integer(text, &value->number);
  default:
    return read_bytes(unquote(text), &value->bytes);
  }
}

static unsigned int
encoding_named(slice_t name) {
  for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
    if (is_word(name, encodings[i].name))
      return encodings[i].encoding;
  }
  return 0;
}

/* NULL, or what is wrong with the line; its value is left in `value`. */
static const char *
take_line(coap_oscore_conf_t *conf, slice_t line, conf_value_t *value) {
  slice_t name = trim(cut(&line, ','));
  unsigned int encoding = encoding_named(trim(cut(&line, ',')));
  const char *wrong;

  for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
    if (!is_word(name, keywords[i].name))
      continue;
    if (!(encoding & keywords[i].encodings))
      return "the encoding is not one for this keyword";
    wrong = read_value(trim(line), encoding, value);
    return wrong ? wrong : keywords[i].set(conf, value);
  }
  return "unknown keyword";
}

static int
take_text(coap_oscore_conf_t *conf, slice_t text) {
  for (unsigned int number = 1; text.length; number++) {
    slice_t line = trim(cut(&text, '\n'));
    conf_value_t value = {0};
    const char *wrong = !line.length || *line.s == '#' ? NULL : take_line(conf, line, &value);

    coap_oscore_wipe(&value, sizeof(value));
    /* The line itself may hold a secret. */
    if (wrong) {
      coap_log_warn("OSCORE configuration, line %u: %s\n", number, wrong);
      return 0;
    }
  }
  if (!conf->has_master_secret || !conf->has_sender_id) {
    coap_log_warn("OSCORE configuration: %s is missing\n",
                  conf->has_master_secret ? "sender_id" : "master_secret");
    return 0;
  }
  return 1;
}

coap_oscore_conf_t *
coap_new_oscore_conf(coap_str_const_t conf_mem, coap_oscore_save_seq_num_t save_seq_num_func,
                     void *save_seq_num_func_param, uint64_t start_seq_num) {
  slice_t text = {(const char *)conf_mem.s, conf_mem.s ? conf_mem.length : 0};
  coap_oscore_conf_t *conf = coap_oscore_conf_new();

  if (!conf)
    return NULL;
  conf->save = save_seq_num_func;
  conf->save_param = save_seq_num_func_param;
  conf->start_number = start_seq_num;
  if (take_text(conf, text))
    return conf;
  coap_delete_oscore_conf(conf);
  return NULL;
}
