/* resource_api.c -- coap_resource(3) where a context is concerned. */
#include "exchange/resource.h"

#include "seams/clock.h"

void
coap_add_resource(coap_context_t *context, coap_resource_t *resource) {
  if (context && resource)
    coap_resource_attach(coap_context_exchange(context), resource, coap_clock_now());
}

int
coap_delete_resource(coap_context_t *context, coap_resource_t *resource) {
  (void)context;
  if (!resource)
    return 0;
  coap_resource_remove(resource, coap_clock_now());
  return 1;
}

coap_resource_t *
coap_get_resource_from_uri_path(coap_context_t *context, coap_str_const_t *uri_path) {
  if (!context || !uri_path)
    return NULL;
  return coap_resource_find(coap_context_exchange(context), uri_path->s, uri_path->length);
}

void
coap_resource_release_userdata_handler(coap_context_t *context,
                                       coap_resource_release_userdata_handler_t callback) {
  if (context)
    coap_context_exchange(context)->release_userdata = callback;
}
