/* persist_file.c -- coap_persist_startup(3): three files of lines, words apart by one blank:
 *   resource NAME REQUEST
 *   observe LISTEN REMOTE LOCAL REQUEST
 *   number COUNT NAME
 * Names, requests and addresses are in hexadecimal. A line that means nothing is passed over. */
#include "api/persist.h"

#include "exchange/observe.h"
#include "seams/clock.h"
#include "seams/file.h"
#include "seams/memory.h"
#include "wire/pdu_udp.h"

#include <utlist.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024 * 1024, DYNAMIC_MAX = 4096, WORDS_MAX = 5, ADDRESS_MAX = 23 };

/* Text that grows; `failed` sticks. */
typedef struct text_t {
  char *data;
  size_t length;
  size_t room;
  int failed;
} text_t;

static int
text_reserve(text_t *text, size_t extra) {
  size_t room = text->room ? text->room : 1024;
  char *data;

  while (room - text->length < extra)
    room *= 2;
  if (room == text->room)
    return 1;
  data = room > FILE_MAX ? NULL : coap_mem_realloc(text->data, room);
  if (!data) {
    text->failed = 1;
    return 0;
  }
  text->data = data;
  text->room = room;
  return 1;
}

static void
put_text(text_t *text, const char *word) {
  size_t length = strlen(word);

  if (!text_reserve(text, length))
    return;
  memcpy(text->data + text->length, word, length);
  text->length += length;
}

static void
put_hex(text_t *text, const uint8_t *bytes, size_t length) {
  static const char digits[] = "0123456789abcdef";

  if (!text_reserve(text, length * 2))
    return;
  for (size_t i = 0; i < length; i++) {
    text->data[text->length++] = digits[bytes[i] >> 4];
    text->data[text->length++] = digits[bytes[i] & 0xf];
  }
}

/* 4 or 6, port, address, and of an IPv6 one the scope. */
static size_t
address_bytes(const coap_address_t *address, uint8_t out[ADDRESS_MAX]) {
  uint16_t port = coap_address_get_port(address);
  int is_v6 = address->addr.sa.sa_family == AF_INET6;
  uint32_t scope = is_v6 ? address->addr.sin6.sin6_scope_id : 0;

  out[0] = is_v6 ? 6 : 4;
  out[1] = (uint8_t)(port >> 8);
  out[2] = (uint8_t)port;
  if (!is_v6) {
    memcpy(out + 3, &address->addr.sin.sin_addr, 4);
    return 7;
  }
  memcpy(out + 3, &address->addr.sin6.sin6_addr, 16);
  memcpy(out + 19, &scope, sizeof(scope));
  return ADDRESS_MAX;
}

static int
address_of(const coap_binary_t *bytes, coap_address_t *address) {
  coap_address_init(address);
  if (bytes->length == 7 && bytes->s[0] == 4) {
    address->size = sizeof(address->addr.sin);
    address->addr.sa.sa_family = AF_INET;
    memcpy(&address->addr.sin.sin_addr, bytes->s + 3, 4);
  } else if (bytes->length == ADDRESS_MAX && bytes->s[0] == 6) {
    address->size = sizeof(address->addr.sin6);
    address->addr.sa.sa_family = AF_INET6;
    memcpy(&address->addr.sin6.sin6_addr, bytes->s + 3, 16);
    memcpy(&address->addr.sin6.sin6_scope_id, bytes->s + 19, 4);
  } else {
    return 0;
  }
  coap_address_set_port(address, (uint16_t)(bytes->s[1] << 8 | bytes->s[2]));
  return 1;
}

static void
put_address(text_t *text, const coap_address_t *address) {
  uint8_t bytes[ADDRESS_MAX];

  put_hex(text, bytes, address_bytes(address, bytes));
  put_text(text, " ");
}

static void
write_file(const coap_string_t *name, text_t *text) {
  int result = text->failed ? -ENOMEM
                            : coap_file_replace((const char *)name->s, (const uint8_t *)text->data,
                                                text->length);

  if (result < 0)
    coap_log_warn("coap_persist: %s: %s\n", (const char *)name->s, strerror(-result));
  coap_mem_free(text->data);
}

static void
write_resources(const coap_persist_t *persist) {
  const coap_dynamic_t *dynamic;
  text_t text = {0};

  LL_FOREACH(persist->dynamic, dynamic) {
    put_text(&text, "resource ");
    put_hex(&text, dynamic->name->s, dynamic->name->length);
    put_text(&text, " ");
    put_hex(&text, dynamic->raw->s, dynamic->raw->length);
    put_text(&text, "\n");
  }
  write_file(persist->resource_file, &text);
}

static void
put_observer(text_t *text, const coap_observer_t *observer) {
  const coap_session_t *session = observer->session;
  size_t length = 0;
  const uint8_t *raw = coap_wire_encode_udp(observer->request, &length);

  if (!raw || !session->endpoint || session->proto != COAP_PROTO_UDP || observer->request->body)
    return;
  put_text(text, "observe ");
  put_address(text, &session->endpoint->bind_addr);
  put_address(text, &session->addr_remote);
  put_address(text, session->addr_local);
  put_hex(text, raw, length);
  put_text(text, "\n");
}

static void
write_observers(const coap_persist_t *persist) {
  const coap_resource_t *resource;
  const coap_observer_t *observer;
  text_t text = {0};

  DL_FOREACH(persist->context->exchange.resources, resource) {
    DL_FOREACH(resource->observers, observer) {
      put_observer(&text, observer);
    }
  }
  write_file(persist->observe_file, &text);
}

static void
write_numbers(const coap_persist_t *persist) {
  const coap_resource_t *resource;
  text_t text = {0};

  DL_FOREACH(persist->context->exchange.resources, resource) {
    char number[32];

    if (!resource->observable)
      continue;
    snprintf(number, sizeof(number), "number %lu ", (unsigned long)resource->observe_number);
    put_text(&text, number);
    put_hex(&text, resource->path->s, resource->path->length);
    put_text(&text, "\n");
  }
  write_file(persist->number_file, &text);
}

static void
write_due(coap_timer_t *timer, uint64_t now) {
  coap_persist_t *persist =
      (coap_persist_t *)(void *)((char *)timer - offsetof(coap_persist_t, timer));

  (void)now;
  if (persist->resources_due && persist->resource_file)
    write_resources(persist);
  if (persist->observers_due && persist->observe_file)
    write_observers(persist);
  if (persist->numbers_due && persist->number_file)
    write_numbers(persist);
  persist->resources_due = persist->observers_due = persist->numbers_due = 0;
}

/* Many changes at a time are one file. */
static int
soon(coap_persist_t *persist) {
  coap_context_t *context = persist->context;

  if (!coap_timer_arm(&context->core.timers, &persist->timer, coap_clock_now())) {
    context->core.counters.no_memory++;
    return 0;
  }
  if (!context->processing)
    coap_context_rearm(context);
  return 1;
}

static int
on_observe_added(coap_session_t *session, coap_subscription_t *key, coap_proto_t proto,
                 coap_address_t *endpoint, coap_addr_tuple_t *pair, coap_bin_const_t *raw,
                 coap_bin_const_t *oscore, void *user_data) {
  coap_persist_t *persist = user_data;

  (void)session;
  (void)key;
  (void)proto;
  (void)endpoint;
  (void)pair;
  (void)raw;
  (void)oscore;
  persist->observers_due = 1;
  return soon(persist);
}

static int
on_observe_deleted(coap_session_t *session, coap_subscription_t *key, void *user_data) {
  coap_persist_t *persist = user_data;

  (void)session;
  (void)key;
  persist->observers_due = 1;
  return soon(persist);
}

static int
on_number(coap_context_t *context, coap_str_const_t *name, uint32_t number, void *user_data) {
  coap_persist_t *persist = user_data;

  (void)context;
  (void)name;
  (void)number;
  persist->numbers_due = 1;
  return soon(persist);
}

static void
dynamic_free(coap_dynamic_t *dynamic) {
  coap_delete_str_const(dynamic->name);
  coap_delete_bin_const(dynamic->raw);
  coap_mem_free(dynamic);
}

static int
on_resource_deleted(coap_context_t *context, coap_str_const_t *name, void *user_data) {
  coap_persist_t *persist = user_data;
  coap_dynamic_t *dynamic;

  (void)context;
  LL_FOREACH(persist->dynamic, dynamic) {
    if (!coap_string_equal(dynamic->name, name))
      continue;
    LL_DELETE(persist->dynamic, dynamic);
    dynamic_free(dynamic);
    persist->resources_due = 1;
    return soon(persist);
  }
  return 1;
}

static int
on_resource_made(coap_session_t *session, coap_str_const_t *name, coap_bin_const_t *raw,
                 void *user_data) {
  coap_persist_t *persist = user_data;
  coap_dynamic_t *dynamic;
  int count;

  (void)session;
  LL_COUNT(persist->dynamic, dynamic, count);
  dynamic = count < DYNAMIC_MAX ? coap_mem_zalloc(sizeof(*dynamic)) : NULL;
  if (!dynamic)
    return 0;
  dynamic->name = coap_new_str_const(name->s, name->length);
  dynamic->raw = coap_new_bin_const(raw->s, raw->length);
  if (!dynamic->name || !dynamic->raw) {
    dynamic_free(dynamic);
    return 0;
  }
  LL_APPEND(persist->dynamic, dynamic);
  persist->resources_due = 1;
  return soon(persist);
}

static int
digit(int c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes a word in its own place. 1 or 0. */
static int
word_bytes(char *word, coap_binary_t *out) {
  size_t length = strlen(word);

  if (length % 2)
    return 0;
  for (size_t i = 0; i < length; i += 2) {
    int high = digit(word[i]);
    int low = digit(word[i + 1]);

    if (high < 0 || low < 0)
      return 0;
    word[i / 2] = (char)(high << 4 | low);
  }
  *out = (coap_binary_t){length / 2, (uint8_t *)word};
  return 1;
}

static void
take_resource(coap_persist_t *persist, char **words) {
  coap_binary_t raw;

  if (word_bytes(words[2], &raw)) {
    coap_bin_const_t request = {raw.length, raw.s};

    coap_persist_create_again(persist->context, &request);
  }
}

static void
take_observer(coap_persist_t *persist, char **words) {
  coap_binary_t bytes[4];
  coap_addr_tuple_t pair;
  coap_address_t endpoint;
  coap_bin_const_t raw;

  for (int i = 0; i < 4; i++) {
    if (!word_bytes(words[i + 1], &bytes[i]))
      return;
  }
  raw = (coap_bin_const_t){bytes[3].length, bytes[3].s};
  if (address_of(&bytes[0], &endpoint) && address_of(&bytes[1], &pair.remote) &&
      address_of(&bytes[2], &pair.local))
    coap_persist_observe_add(persist->context, COAP_PROTO_UDP, &endpoint, &pair, &raw, NULL);
}

/* RFC 7641 4.4: numbers go on from there, past what was sent since the file was written. */
static void
take_number(coap_persist_t *persist, char **words) {
  uint32_t number = (uint32_t)strtoul(words[1], NULL, 10);
  coap_binary_t name;
  coap_resource_t *resource;

  if (!word_bytes(words[2], &name))
    return;
  resource = coap_resource_find(&persist->context->exchange, name.s, name.length);
  coap_persist_set_observe_num(resource, number + persist->context->exchange.persist.save_freq);
}

static void
take_line(coap_persist_t *persist, char *line) {
  static const struct {
    const char *kind;
    int words;
    void (*take)(coap_persist_t *persist, char **words);
  } kinds[] = {
      {"resource", 3, take_resource}, {"observe", 5, take_observer}, {"number", 3, take_number}};
  char *words[WORDS_MAX];
  char *rest = line;
  int count = 0;

  while (rest && count < WORDS_MAX) {
    words[count++] = rest;
    rest = strchr(rest, ' ');
    if (rest)
      *rest++ = '\0';
  }
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    if (!rest && count == kinds[i].words && strcmp(words[0], kinds[i].kind) == 0)
      kinds[i].take(persist, words);
  }
}

/* 1, also when there is no such file yet; 0: it cannot be read. */
static int
read_file(coap_persist_t *persist, const coap_string_t *name) {
  uint8_t *data = NULL;
  size_t length = 0;
  size_t start = 0;
  int result = name ? coap_file_read((const char *)name->s, FILE_MAX, &data, &length) : -ENOENT;

  if (result < 0)
    return result == -ENOENT;
  for (size_t i = 0; i < length; i++) {
    if (data[i] != '\n')
      continue;
    data[i] = '\0';
    take_line(persist, (char *)data + start);
    start = i + 1;
  }
  coap_mem_free(data);
  return 1;
}

static int
keep_name(const char *name, coap_string_t **kept) {
  if (!name)
    return 1;
  *kept = coap_new_string(strlen(name));
  if (!*kept)
    return 0;
  memcpy((*kept)->s, name, (*kept)->length + 1);
  return 1;
}

int
coap_persist_startup(coap_context_t *context, const char *dyn_resource_save_file,
                     const char *observe_save_file, const char *obs_cnt_save_file,
                     uint32_t save_freq) {
  coap_persist_t *persist;

  if (!context)
    return 0;
  coap_persist_free(context);
  persist = coap_mem_zalloc(sizeof(*persist));
  if (!persist)
    return 0;
  context->persist = persist;
  persist->context = context;
  persist->timer.fire = write_due;
  coap_persist_track_funcs(context, on_observe_added, on_observe_deleted, on_number,
                           on_resource_made, on_resource_deleted, save_freq, persist);
  if (keep_name(dyn_resource_save_file, &persist->resource_file) &&
      keep_name(observe_save_file, &persist->observe_file) &&
      keep_name(obs_cnt_save_file, &persist->number_file) &&
      read_file(persist, persist->resource_file) && read_file(persist, persist->number_file) &&
      read_file(persist, persist->observe_file))
    return 1;
  coap_persist_free(context);
  return 0;
}

void
coap_persist_free(coap_context_t *context) {
  coap_persist_t *persist = context->persist;

  memset(&context->exchange.persist, 0, sizeof(context->exchange.persist));
  if (!persist)
    return;
  context->persist = NULL;
  /* What has changed is kept before the end. */
  if (persist->timer.place)
    write_due(&persist->timer, 0);
  coap_timer_cancel(&context->core.timers, &persist->timer);
  while (persist->dynamic) {
    coap_dynamic_t *dynamic = persist->dynamic;

    LL_DELETE(persist->dynamic, dynamic);
    dynamic_free(dynamic);
  }
  coap_delete_string(persist->resource_file);
  coap_delete_string(persist->observe_file);
  coap_delete_string(persist->number_file);
  coap_mem_free(persist);
}
