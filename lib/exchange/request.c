/* request.c -- from a request to the handler that answers it, or to the error that does. */
#include "exchange/incoming.h"

#include "exchange/body.h"
#include "exchange/download.h"
#include "exchange/message_options.h"
#include "exchange/observe.h"
#include "exchange/proxy.h"
#include "exchange/quick_download.h"
#include "exchange/quick_upload.h"
#include "exchange/upload.h"
#include "exchange/well_known.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/option_registry.h"
#include "wire/pdu.h"

#include <stdio.h>

enum { SZX_RESERVED = 7 };

/* RFC 7252 5.4.1: a CON with a critical option that cannot be heeded is answered 4.02, a NON is
 * rejected. 1 when there was one. */
static int
refuse_bad_option(const coap_incoming_t *in) {
  int number = coap_options_first_bad(in->exchange, in->request);
  const coap_option_info_t *info;
  char words[64];

  if (number < 0)
    return 0;
  in->exchange->counters.rejected++;
  if (coap_pdu_get_type(in->request) != COAP_MESSAGE_CON)
    return 1;
  info = coap_option_info((coap_option_num_t)number);
  snprintf(words, sizeof(words), "Option %d%s%s%s cannot be processed", number, info ? " (" : "",
           info ? info->name : "", info ? ")" : "");
  coap_reply_error(in, COAP_RESPONSE_CODE_BAD_OPTION, words);
  return 1;
}

/* RFC 8768 3: 0, or more than a byte holds. */
static int
has_bad_hop_limit(const coap_pdu_t *request) {
  uint32_t hops = coap_options_uint(request, COAP_OPTION_HOP_LIMIT, 1);

  return hops == 0 || hops > 255;
}

static int
has_option(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, number, &oi) != NULL;
}

/* What is wrong with the request whatever it is for; 0 when nothing is. */
static coap_pdu_code_t
first_error(const coap_incoming_t *in, const char **words) {
  int is_reliable = coap_session_is_reliable(in->session);

  *words = NULL;
  /* RFC 8974 2.2.2: not a Reset, which would say that long tokens are not known here. */
  if (coap_pdu_get_token(in->request).length > in->exchange->core->max_token) {
    *words = "Token is too long";
    return COAP_RESPONSE_CODE_BAD_REQUEST;
  }
  /* RFC 7252 5.7.2, 5.10.2: where no resource forwards. */
  if (!in->exchange->proxy && coap_proxy_is_asked(in->request))
    return COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED;
  if (has_bad_hop_limit(in->request)) {
    *words = "Hop-Limit out of range";
    return COAP_RESPONSE_CODE_BAD_REQUEST;
  }
  /* RFC 7252 5.8; whatever the path is. */
  if ((int)coap_pdu_get_code(in->request) > COAP_RESOURCE_METHODS)
    return COAP_RESPONSE_CODE_NOT_ALLOWED;
  /* RFC 7959 2.2; RFC 8323 6 */
  if ((in->has_block1 && in->block1.szx == SZX_RESERVED && !is_reliable) ||
      (in->has_block2 && in->block2.szx == SZX_RESERVED && !is_reliable) ||
      (in->has_quick1 && in->quick1.szx == SZX_RESERVED) ||
      (in->has_quick2 && in->quick2.szx == SZX_RESERVED)) {
    *words = "Block size exponent 7 is reserved";
    return COAP_RESPONSE_CODE_BAD_REQUEST;
  }
  /* RFC 9177 4.1 */
  if ((in->has_block1 || in->has_block2) && (in->has_quick1 || in->has_quick2)) {
    *words = "Block and Q-Block do not mix";
    return COAP_RESPONSE_CODE_BAD_REQUEST;
  }
  return COAP_EMPTY_CODE;
}

/* 1 when the library and not the handler is to deal with blocks. */
static int
follows_blocks(const coap_incoming_t *in) {
  return (in->exchange->block_mode & COAP_BLOCK_USE_LIBCOAP) ||
         (in->resource && (in->resource->flags & COAP_RESOURCE_FLAGS_FORCE_SINGLE_BODY));
}

/* Options that have to be there before a handler fills the rest of the message. */
static int
prepare(const coap_incoming_t *in, coap_pdu_t *response, int observing) {
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  unsigned int length;

  if (observing && !coap_observe_add_option(in->resource, response))
    return 0;
  if (!in->has_block1 || !follows_blocks(in))
    return 1;
  /* RFC 7959 2.3: what is acknowledged; M is unset, the code is the final one. */
  length = coap_block_value(value, in->block1.num, 0, in->block1.szx);
  return coap_add_option(response, COAP_OPTION_BLOCK1, length, value) > 0;
}

/* RFC 7641 4.1: registered when the answer is a success, told so by the Observe option in it. */
static int
settle_observation(coap_incoming_t *in, coap_pdu_t *response) {
  if (COAP_RESPONSE_CLASS(coap_pdu_get_code(response)) == 2 && coap_observe_register(in))
    return 1;
  coap_pdu_remove_option(response, COAP_OPTION_OBSERVE);
  return 0;
}

void
coap_request_run(coap_incoming_t *in, coap_method_handler_t handler) {
  coap_string_t *query = coap_get_query(in->request);
  int observing = coap_observe_is_wanted(in);
  coap_pdu_t *response;

  if (!query && has_option(in->request, COAP_OPTION_URI_QUERY)) {
    in->exchange->core->counters.no_memory++;
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
    return;
  }
  response = coap_reply_new(in);
  if (response && prepare(in, response, observing)) {
    handler(in->resource, in->session, in->request, query, response);
    observing = observing && settle_observation(in, response);
    coap_reply_send(in, response);
    if (observing)
      coap_observe_answered(in, response);
  } else {
    coap_delete_pdu(response);
  }
  coap_delete_string(query);
}

/* A resource and a method that it has a handler for: only bodies stand between them now. */
static void
run_with_body(coap_incoming_t *in, coap_method_handler_t handler) {
  coap_pdu_t *whole = NULL;

  if (in->is_again) {
    /* The body is with the request. */
  } else if (in->has_quick1) {
    if (!coap_quick_upload_take(in, &whole))
      return;
  } else if (in->has_block1 && follows_blocks(in)) {
    if (!coap_upload_take(in, &whole))
      return;
  }
  if (whole)
    in->request = whole;
  if (!coap_download_serve(in) && !coap_quick_download_serve(in))
    coap_request_run(in, handler);
  coap_upload_release(in, whole);
}

static void
run_on_resource(coap_incoming_t *in) {
  int method = (int)coap_pdu_get_code(in->request);
  coap_method_handler_t handler = coap_resource_handler(in->resource, method);

  /* coap_mcast_per_resource(3): the group is not for this resource. */
  if (in->meta.multicast && in->exchange->mcast_per_resource &&
      !(in->resource->flags & COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT)) {
    in->exchange->counters.suppressed++;
    return;
  }
  if ((in->resource->flags & COAP_RESOURCE_FLAGS_OSCORE_ONLY) && !in->meta.secured) {
    coap_reply_error(in, COAP_RESPONSE_CODE_UNAUTHORIZED, NULL);
    return;
  }
  if (!handler) {
    coap_reply_error(in, COAP_RESPONSE_CODE_NOT_ALLOWED, NULL);
    return;
  }
  run_with_body(in, handler);
}

void
coap_request_on_resource(coap_incoming_t *in, coap_resource_t *resource) {
  in->resource = resource;
  coap_resource_pin(resource);
  run_on_resource(in);
  coap_resource_unpin(resource);
}

/* Nothing is there: the unknown-resource handler, the built-in listing, or the error. */
static void
run_without_resource(coap_incoming_t *in, const coap_string_t *path) {
  int method = (int)coap_pdu_get_code(in->request);
  coap_resource_t *unknown = in->exchange->unknown;

  if (coap_well_known_is(path)) {
    if (method == COAP_REQUEST_GET)
      coap_well_known_answer(in);
    else
      coap_reply_error(in, COAP_RESPONSE_CODE_NOT_ALLOWED, NULL);
  } else if (unknown && coap_resource_handler(unknown, method)) {
    in->exchange->creating = in;
    coap_request_on_resource(in, unknown);
    in->exchange->creating = NULL;
  } else if (method == COAP_REQUEST_DELETE) {
    /* RFC 7252 5.8.4: it does not exist now, as asked for. */
    coap_reply_error(in, COAP_RESPONSE_CODE_DELETED, NULL);
  } else {
    coap_reply_error(in, COAP_RESPONSE_CODE_NOT_FOUND, NULL);
  }
}

void
coap_request_on_path(coap_incoming_t *in) {
  coap_string_t *path = coap_get_uri_path(in->request);
  coap_resource_t *resource;

  if (!path && has_option(in->request, COAP_OPTION_URI_PATH)) {
    in->exchange->core->counters.no_memory++;
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
    return;
  }
  /* Uri-Host and Uri-Port name this server, whatever they are: it has one set of resources. */
  resource = coap_resource_find(in->exchange, path ? path->s : NULL, path ? path->length : 0);
  if (resource)
    coap_request_on_resource(in, resource);
  else
    run_without_resource(in, path);
  coap_delete_string(path);
}

static void
dispatch(coap_incoming_t *in) {
  const char *words;
  coap_pdu_code_t error = first_error(in, &words);

  if (error)
    coap_reply_error(in, error, words);
  else if (coap_proxy_is_asked(in->request))
    coap_proxy_dispatch(in);
  else
    coap_request_on_path(in);
}

static void
read_blocks(coap_incoming_t *in) {
  in->has_block1 = coap_block_read(in->request, COAP_OPTION_BLOCK1, &in->block1) ? 1 : 0;
  in->has_block2 = coap_block_read(in->request, COAP_OPTION_BLOCK2, &in->block2) ? 1 : 0;
  in->has_quick1 = coap_block_read(in->request, COAP_OPTION_Q_BLOCK1, &in->quick1) ? 1 : 0;
  in->has_quick2 = coap_block_read(in->request, COAP_OPTION_Q_BLOCK2, &in->quick2) ? 1 : 0;
}

void
coap_exchange_on_request(coap_session_t *session, const coap_pdu_t *request,
                         const coap_rx_meta_t *meta) {
  coap_incoming_t in = {.exchange = coap_session_exchange(session),
                        .session = session,
                        .request = request,
                        .meta = *meta};
  coap_pdu_t *tidied = NULL;

  if (refuse_bad_option(&in))
    return;
  /* Before what is out of range is taken out: RFC 8768 3 wants an answer to it. */
  if (!has_bad_hop_limit(request) && coap_options_are_untidy(request)) {
    tidied = coap_options_tidied(request);
    if (!tidied) {
      in.exchange->core->counters.no_memory++;
      return;
    }
    in.request = tidied;
  }
  read_blocks(&in);
  /* RFC 9177 4.8: not for groups. */
  if (!meta->multicast || (!in.has_quick1 && !in.has_quick2))
    dispatch(&in);
  coap_delete_pdu(tidied);
}

void
coap_request_again(coap_session_t *session, const coap_pdu_t *request, coap_tick_t now) {
  coap_incoming_t in = {.exchange = coap_session_exchange(session),
                        .session = session,
                        .request = request,
                        .meta = {.now = now},
                        .is_again = 1};

  read_blocks(&in);
  dispatch(&in);
}

coap_pdu_t *
coap_request_whole(const coap_incoming_t *in, coap_body_t *body, size_t length) {
  coap_bin_const_t token = coap_pdu_get_token(in->request);
  coap_pdu_t *request = coap_options_copy(in->request, &token, in->request->used + 2, NULL);

  if (!request) {
    in->exchange->core->counters.no_memory++;
    return NULL;
  }
  request->body_length = request->body_total = length;
  request->body = coap_body_take(body);
  return request;
}
