/* resource.c -- resources: the table of a context, handlers, link attributes. */
#include "exchange/resource.h"

#include "exchange/observe.h"
#include "exchange/proxy.h"
#include "exchange/track.h"
#include "seams/memory.h"

#include <utlist.h>

/* FNV-1a: paths are short and few; what an attacker asks for is only looked up. */
static unsigned int
path_bucket(const uint8_t *path, size_t length) {
  uint32_t hash = UINT32_C(2166136261);

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ path[i]) * UINT32_C(16777619);
  return hash % COAP_EXCHANGE_RESOURCE_BUCKETS;
}

static coap_resource_t **
resource_bucket(coap_exchange_t *exchange, const coap_resource_t *resource) {
  return &exchange->by_path[path_bucket(resource->path->s, resource->path->length)];
}

coap_resource_t *
coap_resource_find(const coap_exchange_t *exchange, const uint8_t *path, size_t length) {
  coap_resource_t *resource = exchange->by_path[path_bucket(path, length)];

  while (resource && (resource->path->length != length ||
                      (length && memcmp(resource->path->s, path, length) != 0)))
    resource = resource->bucket_next;
  return resource;
}

static void
attributes_free(coap_attr_t *attribute) {
  while (attribute) {
    coap_attr_t *next = attribute->next;

    coap_delete_str_const(attribute->name);
    coap_delete_str_const(attribute->value);
    coap_mem_free(attribute);
    attribute = next;
  }
}

static void
resource_free(coap_resource_t *resource) {
  coap_exchange_t *exchange = resource->exchange;

  if (exchange && exchange->release_userdata && resource->user_data)
    exchange->release_userdata(resource->user_data);
  attributes_free(resource->attributes);
  coap_proxy_names_free(resource);
  coap_delete_str_const(resource->path);
  coap_mem_free(resource);
}

/* Where the one resource of its kind is; NULL for those that are found by their path. */
static coap_resource_t **
resource_slot(coap_exchange_t *exchange, const coap_resource_t *resource) {
  if (resource->is_unknown)
    return &exchange->unknown;
  return resource->is_proxy ? &exchange->proxy : NULL;
}

static void
resource_detach(coap_resource_t *resource) {
  coap_exchange_t *exchange = resource->exchange;

  coap_timer_cancel(&exchange->core->timers, &resource->notify_timer);
  if (resource_slot(exchange, resource)) {
    *resource_slot(exchange, resource) = NULL;
  } else {
    LL_DELETE2(*resource_bucket(exchange, resource), resource, bucket_next);
    DL_DELETE(exchange->resources, resource);
  }
  resource->is_deleted = 1;
}

void
coap_resource_attach(coap_exchange_t *exchange, coap_resource_t *resource, coap_tick_t now) {
  coap_resource_t **slot = resource_slot(exchange, resource);
  coap_resource_t *before =
      slot ? *slot : coap_resource_find(exchange, resource->path->s, resource->path->length);

  if (resource->exchange)
    return;
  if (before)
    coap_resource_remove(before, now);
  resource->exchange = exchange;
  resource->serial = ++exchange->resource_serial;
  /* One of its path may have been here: numbers only ever rise for a token (RFC 7641 4.4). */
  if (resource->observe_number <= exchange->observe_number)
    resource->observe_number = exchange->observe_number + 1;
  if (slot) {
    *slot = resource;
    return;
  }
  LL_PREPEND2(*resource_bucket(exchange, resource), resource, bucket_next);
  DL_APPEND(exchange->resources, resource);
  coap_track_resource_added(resource);
}

void
coap_resource_remove(coap_resource_t *resource, coap_tick_t now) {
  if (resource->is_deleted)
    return;
  coap_resource_pin(resource);
  if (resource->exchange) {
    coap_track_resource_deleted(resource);
    if (resource->exchange->observe_number < resource->observe_number)
      resource->exchange->observe_number = resource->observe_number;
    resource_detach(resource);
    coap_observe_resource_gone(resource, now);
  }
  resource->is_deleted = 1;
  coap_resource_unpin(resource);
}

static void
free_slot(coap_resource_t *resource) {
  if (!resource)
    return;
  resource_detach(resource);
  resource_free(resource);
}

void
coap_resource_free_all(coap_exchange_t *exchange) {
  while (exchange->resources) {
    coap_resource_t *resource = exchange->resources;

    resource_detach(resource);
    resource_free(resource);
  }
  free_slot(exchange->unknown);
  free_slot(exchange->proxy);
}

void
coap_resource_pin(coap_resource_t *resource) {
  resource->pins++;
}

void
coap_resource_unpin(coap_resource_t *resource) {
  if (--resource->pins == 0 && resource->is_deleted)
    resource_free(resource);
}

coap_method_handler_t
coap_resource_handler(const coap_resource_t *resource, int method) {
  if (method < 1 || method > COAP_RESOURCE_METHODS)
    return NULL;
  return resource->handlers[method - 1];
}

/* A string that is handed over or, by default, copied. */
static coap_str_const_t *
take_string(coap_str_const_t *string, int is_given) {
  return is_given ? string : coap_new_str_const(string->s, string->length);
}

coap_resource_t *
coap_resource_init(coap_str_const_t *uri_path, int flags) {
  static coap_str_const_t root = {0, (const uint8_t *)""};
  int is_given = uri_path && (flags & COAP_RESOURCE_FLAGS_RELEASE_URI);
  coap_str_const_t *path = take_string(uri_path ? uri_path : &root, is_given);
  coap_resource_t *resource = path ? coap_mem_zalloc(sizeof(*resource)) : NULL;

  if (!resource) {
    coap_delete_str_const(path);
    return NULL;
  }
  resource->path = path;
  resource->flags = flags;
  coap_observe_resource_init(resource);
  return resource;
}

coap_resource_t *
coap_resource_unknown_init(coap_method_handler_t put_handler) {
  return coap_resource_unknown_init2(put_handler, 0);
}

coap_resource_t *
coap_resource_unknown_init2(coap_method_handler_t put_handler, int flags) {
  coap_resource_t *resource = coap_resource_init(NULL, flags & ~COAP_RESOURCE_FLAGS_RELEASE_URI);

  if (!resource)
    return NULL;
  resource->is_unknown = 1;
  coap_register_request_handler(resource, COAP_REQUEST_PUT, put_handler);
  return resource;
}

void
coap_register_request_handler(coap_resource_t *resource, coap_request_t method,
                              coap_method_handler_t handler) {
  if (resource && (int)method >= 1 && (int)method <= COAP_RESOURCE_METHODS)
    resource->handlers[method - 1] = handler;
}

void
coap_register_handler(coap_resource_t *resource, coap_request_t method,
                      coap_method_handler_t handler) {
  coap_register_request_handler(resource, method, handler);
}

coap_str_const_t *
coap_resource_get_uri_path(coap_resource_t *resource) {
  return resource ? resource->path : NULL;
}

void
coap_resource_set_mode(coap_resource_t *resource, int mode) {
  if (resource)
    resource->flags = (resource->flags & ~COAP_RESOURCE_FLAGS_NOTIFY_CON) |
                      (mode & COAP_RESOURCE_FLAGS_NOTIFY_CON);
}

void
coap_resource_set_userdata(coap_resource_t *resource, void *data) {
  if (resource)
    resource->user_data = data;
}

void *
coap_resource_get_userdata(coap_resource_t *resource) {
  return resource ? resource->user_data : NULL;
}

void
coap_resource_set_get_observable(coap_resource_t *resource, int mode) {
  if (resource)
    resource->observable = mode ? 1 : 0;
}

coap_attr_t *
coap_add_attr(coap_resource_t *resource, coap_str_const_t *name, coap_str_const_t *value,
              int flags) {
  coap_attr_t *attribute;

  if (!resource || !name)
    return NULL;
  attribute = coap_mem_zalloc(sizeof(*attribute));
  if (attribute) {
    attribute->name = take_string(name, flags & COAP_ATTR_FLAGS_RELEASE_NAME);
    attribute->value = value ? take_string(value, flags & COAP_ATTR_FLAGS_RELEASE_VALUE) : NULL;
    if (attribute->name && (attribute->value || !value)) {
      LL_APPEND(resource->attributes, attribute);
      return attribute;
    }
    attributes_free(attribute);
    return NULL;
  }
  if (flags & COAP_ATTR_FLAGS_RELEASE_NAME)
    coap_delete_str_const(name);
  if (flags & COAP_ATTR_FLAGS_RELEASE_VALUE)
    coap_delete_str_const(value);
  return NULL;
}

coap_attr_t *
coap_find_attr(coap_resource_t *resource, coap_str_const_t *name) {
  coap_attr_t *attribute;

  if (!resource || !name)
    return NULL;
  LL_FOREACH(resource->attributes, attribute) {
    if (coap_string_equal(attribute->name, name))
      return attribute;
  }
  return NULL;
}

coap_str_const_t *
coap_attr_get_value(coap_attr_t *attribute) {
  return attribute ? attribute->value : NULL;
}
