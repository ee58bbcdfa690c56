/* world_calls_server.c -- resources that a program makes as it goes, and the ways in which their
 * handlers answer. */
#include "world/calls.h"
#include "world/internal.h"

/* The older names are called, too. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <string.h>

/* Order of `value` of "answer". */
enum {
  ANSWER_PLAIN,
  ANSWER_ACK,
  ANSWER_RESET,
  ANSWER_ERROR,
  ANSWER_BLOCKED,
  ANSWER_CACHED,
  ANSWER_COPY,
  ANSWER_LARGE,
  ANSWER_OPTIONS,
  ANSWER_BLOCK,
  ANSWER_WAYS
};

#define PATH_MAX_BYTES 32U
#define MADE_MAX       16U
#define BODY_BYTES     3000U

/* Paths of resources that are there because of this. */
static struct made {
  uint8_t path[PATH_MAX_BYTES];
  size_t length;
} mades[MADE_MAX];
static unsigned int n_mades;

static unsigned int way;
static unsigned int detail;

void
world_calls_server_reset(void) {
  way = detail = n_mades = 0;
}

static const uint8_t *
body(void) {
  static uint8_t bytes[BODY_BYTES];

  memset(bytes, 'b', sizeof(bytes));
  return bytes;
}

static void
free_data(void *data) {
  coap_free_type(COAP_STRING, data);
}

static void
cache(coap_session_t *session, const coap_pdu_t *request, coap_pdu_t *response) {
  static const uint16_t ignored[] = {COAP_OPTION_URI_QUERY, COAP_OPTION_ACCEPT};
  coap_context_t *context = coap_session_get_context(session);
  coap_cache_session_based_t based =
      detail & 1U ? COAP_CACHE_IS_SESSION_BASED : COAP_CACHE_NOT_SESSION_BASED;
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, request, based);
  coap_cache_key_t *key = detail & 2U
                              ? coap_cache_derive_key_w_ignore(session, request, based, ignored, 2)
                              : coap_cache_derive_key(session, request, based);

  if (entry == NULL && key != NULL)
    entry = coap_cache_get_by_key(context, key);
  coap_delete_cache_key(key);
  if (entry != NULL && (detail & 4U)) {
    coap_delete_cache_entry(context, entry);
    entry = NULL;
  }
  if (entry == NULL) {
    entry = coap_new_cache_entry(session, request,
                                 detail & 8U ? COAP_CACHE_NOT_RECORD_PDU : COAP_CACHE_RECORD_PDU,
                                 based, detail / 16);
    if (entry != NULL)
      coap_cache_set_app_data(entry, coap_malloc_type(COAP_STRING, 4), free_data);
  }
  if (entry != NULL && coap_cache_get_pdu(entry) != NULL && coap_cache_get_app_data(entry) != NULL)
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_VALID);
  else
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
error(coap_session_t *session, const coap_pdu_t *request) {
  coap_opt_filter_t named;

  coap_option_filter_clear(&named);
  coap_option_filter_set(&named, COAP_OPTION_URI_PATH);
  coap_option_filter_set(&named, COAP_OPTION_OBSERVE);
  coap_send_error(session, request,
                  detail & 1U ? COAP_RESPONSE_CODE_NOT_FOUND : (coap_pdu_code_t)(128 + detail % 64),
                  detail & 2U ? &named : NULL);
}

/* The request once more, with another token and one option left out. */
static void
copy(coap_session_t *session, const coap_pdu_t *request) {
  static const uint8_t token[] = {0xc0, 0x71};
  coap_opt_filter_t dropped;

  coap_option_filter_clear(&dropped);
  coap_option_filter_set(&dropped, (coap_option_num_t)(detail & 63U));
  coap_delete_pdu(
      coap_pdu_duplicate(request, session, sizeof(token), token, detail & 64U ? &dropped : NULL));
}

static void
options(const coap_pdu_t *request, coap_pdu_t *response) {
  coap_optlist_t *list = coap_new_optlist(COAP_OPTION_ETAG, 2, (const uint8_t *)"et");
  uint8_t value[4];

  coap_insert_optlist(&list, coap_new_optlist(COAP_OPTION_MAXAGE, 0, NULL));
  coap_insert_optlist(&list, coap_new_optlist((uint16_t)detail, 1, (const uint8_t *)"x"));
  coap_add_optlist_pdu(response, &list);
  coap_delete_optlist(list);
  coap_pdu_set_type(response, coap_pdu_get_type(response));
  coap_add_option(response, COAP_OPTION_SIZE2,
                  coap_encode_var_safe(value, sizeof(value), (unsigned int)detail), value);
  coap_delete_string(coap_get_uri_path(request));
  coap_delete_string(coap_get_query(request));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, body());
}

/* The application cuts its body itself; on a connection into several blocks at once. */
static void
block(coap_session_t *session, const coap_pdu_t *request, coap_pdu_t *response) {
  coap_block_b_t b;
  size_t length = detail % BODY_BYTES;

  if (!coap_get_block_b(session, request, COAP_OPTION_BLOCK2, &b))
    memset(&b, 0, sizeof(b));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  if (coap_write_block_b_opt(session, &b, COAP_OPTION_BLOCK2, response, length) == 1)
    coap_add_block_b_data(response, length, body(), &b);
}

static void
on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  if (world_session_find(session) == NULL)
    world_session_born(session, 0, WORLD_SERVER);
  switch (way) {
  case ANSWER_ACK:
    coap_send_ack(session, request);
    break;
  case ANSWER_RESET:
    coap_send_message_type(session, request, COAP_MESSAGE_RST);
    break;
  case ANSWER_ERROR:
    error(session, request);
    break;
  case ANSWER_BLOCKED:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    coap_add_data_blocked_response(request, response, (uint16_t)(detail & 63U),
                                   (int)(detail & 255U) - 1, detail % BODY_BYTES, body());
    break;
  case ANSWER_CACHED:
    cache(session, request, response);
    break;
  case ANSWER_COPY:
    copy(session, request);
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
    break;
  case ANSWER_LARGE:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    coap_add_data_large_response(resource, session, request, response, query,
                                 COAP_MEDIATYPE_TEXT_PLAIN, (int)(detail & 63U) - 1, detail & 1U,
                                 detail % BODY_BYTES, body(), NULL, NULL);
    break;
  case ANSWER_BLOCK:
    block(session, request, response);
    break;
  case ANSWER_OPTIONS:
    options(request, response);
    break;
  default:
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    coap_add_data(response, 1, body());
    break;
  }
}

static void
register_methods(coap_resource_t *r) {
  int method;

  for (method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++)
    coap_register_handler(r, (coap_request_t)method, on_request);
}

static void
add_attributes(coap_resource_t *r) {
  coap_str_const_t *name = coap_make_str_const("rt");
  coap_attr_t *attribute = coap_add_attr(r, name, coap_make_str_const("\"one two\""), 0);

  coap_add_attr(r, coap_make_str_const("if"), coap_make_str_const("sensor"), 0);
  coap_add_attr(r, coap_make_str_const("obs"), NULL, 0);
  HOLDS(attribute == NULL || coap_find_attr(r, coap_make_str_const("rt")) == attribute);
  coap_attr_get_value(attribute);
}

static void
make(coap_context_t *context, const struct prog_span *path, uint32_t flags) {
  coap_str_const_t name = {path->n < PATH_MAX_BYTES ? path->n : PATH_MAX_BYTES, path->p};
  coap_resource_t *r;

  if (n_mades == MADE_MAX)
    return;
  r = coap_resource_init(&name, (int)(flags & 0xfffcU));
  if (r == NULL)
    return;
  mades[n_mades].length = name.length;
  if (name.length > 0)
    memcpy(mades[n_mades].path, name.s, name.length);
  n_mades++;
  register_methods(r);
  add_attributes(r);
  coap_resource_set_get_observable(r, (int)(flags & 1U));
  coap_resource_set_mode(r, flags & 2U ? COAP_RESOURCE_FLAGS_NOTIFY_CON
                                       : COAP_RESOURCE_FLAGS_NOTIFY_NON);
  coap_resource_set_userdata(r, r);
  /* The one that has this path goes. */
  world_forget_resource(coap_get_resource_from_uri_path(context, &name));
  coap_add_resource(context, r);
}

void
world_calls_server_end(coap_context_t *context) {
  unsigned int i;

  for (i = 0; i < n_mades; i++) {
    coap_str_const_t name = {mades[i].length, mades[i].path};
    coap_resource_t *r = coap_get_resource_from_uri_path(context, &name);

    world_forget_resource(r);
    coap_delete_resource(context, r);
  }
}

static void
on_userdata(void *data) {
  (void)data;
}

/* What a client puts to a path that is not there is there from then on. */
static void
on_unknown(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  coap_string_t *path = coap_get_uri_path(request);
  coap_context_t *context = coap_session_get_context(session);

  (void)resource, (void)query;
  if (path != NULL) {
    struct prog_span name = {path->s, (uint32_t)path->length};

    make(context, &name, 1);
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
  }
  coap_delete_string(path);
}

static void
make_unknown(coap_context_t *context, uint32_t flags) {
  coap_resource_t *r = flags ? coap_resource_unknown_init2(on_unknown, (int)(flags & 0xfffcU))
                             : coap_resource_unknown_init(on_unknown);

  if (r == NULL)
    return;
  coap_register_request_handler(r, COAP_REQUEST_POST, on_unknown);
  coap_add_resource(context, r);
}

static void
make_proxy(coap_context_t *context, uint32_t flags) {
  static const char *names[] = {"me.example", "10.0.0.1"};
  coap_resource_t *r =
      flags ? coap_resource_proxy_uri_init2(on_request, 2, names, (int)(flags & 0xfffcU))
            : coap_resource_proxy_uri_init(on_request, 2, names);

  if (r != NULL)
    coap_add_resource(context, r);
}

static void
find(coap_context_t *context, const struct prog_span *path, uint32_t value) {
  coap_str_const_t name = {path->n, path->p};
  coap_resource_t *r = coap_get_resource_from_uri_path(context, &name);
  unsigned char link[64];
  size_t length = sizeof(link);
  size_t offset = value / 8 % 80;

  coap_resource_release_userdata_handler(context, on_userdata);
  if (r == NULL)
    return;
  coap_resource_get_uri_path(r);
  coap_resource_get_userdata(r);
  coap_print_link(r, link, &length, &offset);
  if (value % 8 == 1) {
    coap_resource_set_dirty(r, NULL);
  } else if (value % 8 == 2) {
    coap_persist_set_observe_num(r, value * 256);
  } else if (value % 8 == 3 && world.depth == 0) {
    world_forget_resource(r);
    coap_delete_resource(context, r);
  }
}

static void
ignore(coap_context_t *context, const struct prog_span *data) {
  uint16_t numbers[80];
  size_t i;

  for (i = 0; i < data->n && i < sizeof(numbers) / sizeof(numbers[0]); i++)
    numbers[i] = data->p[i];
  coap_cache_ignore_options(context, numbers, i);
}

static void
set_keys(coap_context_t *context, uint32_t value, const struct prog_span *data) {
  if (value % 2)
    coap_context_set_psk(context, value & 2U ? "hint" : NULL, data->p, data->n);
  else
    coap_context_set_pki_root_cas(context, value & 2U ? "missing.pem" : NULL,
                                  value & 4U ? "missing" : NULL);
}

void
world_calls_server(const struct prog_op *op, coap_context_t *context) {
  uint32_t value = op->v[CALL_VALUE];

  switch (op->v[CALL_DO]) {
  case CALL_ANSWER:
    way = value % 16 % ANSWER_WAYS;
    detail = value / 16;
    break;
  case CALL_RESOURCE:
    make(context, &op->data, value);
    break;
  case CALL_UNKNOWN:
    make_unknown(context, value);
    break;
  case CALL_PROXY:
    make_proxy(context, value);
    break;
  case CALL_FIND:
    find(context, &op->data, value);
    break;
  case CALL_IGNORE:
    ignore(context, &op->data);
    break;
  default:
    set_keys(context, value, &op->data);
    break;
  }
}
