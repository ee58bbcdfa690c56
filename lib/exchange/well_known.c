/* well_known.c -- the links of a context's resources as a body of their own. */
#include "exchange/well_known.h"

#include "exchange/large_response.h"
#include "exchange/link_filter.h"
#include "exchange/message_options.h"
#include "seams/memory.h"

#include <utlist.h>

#include <string.h>

/* What coap_print_link() writes: counts everything, keeps what falls between `skip` and the end of
 * the buffer. */
typedef struct link_writer_t {
  uint8_t *to;
  size_t room;
  size_t used;
  size_t skip;
  size_t total;
} link_writer_t;

static void
put(link_writer_t *w, const uint8_t *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (w->total++ < w->skip)
      continue;
    if (w->used < w->room)
      w->to[w->used++] = text[i];
  }
}

static void
put_text(link_writer_t *w, const char *text) {
  put(w, (const uint8_t *)text, strlen(text));
}

/* RFC 6690 2: </path>;name=value;... */
static void
put_link(link_writer_t *w, const coap_resource_t *resource) {
  const coap_attr_t *attribute;

  put_text(w, "</");
  put(w, resource->path->s, resource->path->length);
  put_text(w, ">");
  LL_FOREACH(resource->attributes, attribute) {
    put_text(w, ";");
    put(w, attribute->name->s, attribute->name->length);
    if (attribute->value) {
      put_text(w, "=");
      put(w, attribute->value->s, attribute->value->length);
    }
  }
  if (resource->observable)
    put_text(w, ";obs"); /* RFC 7641 6 */
  if (resource->flags & COAP_RESOURCE_FLAGS_OSCORE_ONLY)
    put_text(w, ";osc"); /* RFC 8613 9 */
}

coap_print_status_t
coap_print_link(const coap_resource_t *resource, unsigned char *buf, size_t *len, size_t *offset) {
  link_writer_t w;
  coap_print_status_t status;

  if (!resource || !buf || !len || !offset)
    return COAP_PRINT_STATUS_ERROR;
  w = (link_writer_t){.to = buf, .room = *len, .skip = *offset};
  put_link(&w, resource);
  status = (coap_print_status_t)w.used;
  if (w.total > w.skip && w.total - w.skip > w.used)
    status |= COAP_PRINT_STATUS_TRUNC;
  *len = w.total;
  *offset = w.skip > w.total ? w.skip - w.total : 0;
  return status;
}

int
coap_well_known_is(const coap_string_t *path) {
  static const char well_known[] = COAP_DEFAULT_URI_WELLKNOWN;

  return path && path->length == sizeof(well_known) - 1 &&
         memcmp(path->s, well_known, path->length) == 0;
}

static void
put_all(link_writer_t *w, const coap_incoming_t *in) {
  const coap_resource_t *resource;
  int is_first = 1;

  DL_FOREACH(in->exchange->resources, resource) {
    if (!coap_link_matches(resource, in->request))
      continue;
    if (!is_first)
      put_text(w, ",");
    is_first = 0;
    put_link(w, resource);
  }
}

static void
release_body(coap_session_t *session, void *body) {
  (void)session;
  coap_mem_free(body);
}

static void
fill(const coap_incoming_t *in, coap_pdu_t *response) {
  link_writer_t count = {0};
  link_writer_t w = {0};
  coap_large_response_t about = {COAP_MEDIATYPE_APPLICATION_LINK_FORMAT, -1, 0};
  coap_lent_t body;

  put_all(&count, in);
  w.room = count.total;
  w.to = coap_mem_alloc(w.room);
  if (!w.to) {
    in->exchange->core->counters.no_memory++;
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
    return;
  }
  put_all(&w, in);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  body = (coap_lent_t){w.to, w.used, release_body, w.to};
  coap_large_response_add(NULL, in->session, in->request, response, &about, &body, in->meta.now);
}

void
coap_well_known_answer(coap_incoming_t *in) {
  uint32_t accept =
      coap_options_uint(in->request, COAP_OPTION_ACCEPT, COAP_MEDIATYPE_APPLICATION_LINK_FORMAT);
  coap_pdu_t *response;

  if (accept != COAP_MEDIATYPE_APPLICATION_LINK_FORMAT) {
    coap_reply_error(in, COAP_RESPONSE_CODE_NOT_ACCEPTABLE, NULL); /* RFC 7252 5.10.4 */
    return;
  }
  response = coap_reply_new(in);
  if (!response)
    return;
  fill(in, response);
  coap_reply_send(in, response);
}
