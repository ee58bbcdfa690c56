/* server.h -- coapspec-server between its own files. */
#ifndef COAPSPEC_EXAMPLES_SERVER_H_
#define COAPSPEC_EXAMPLES_SERVER_H_

#include "oscore_file.h"
#include "representation.h"
#include "server_options.h"

#include <coap3/coap.h>

enum {
  SERVER_BODY_MAX = 2 * 1024 * 1024, /* accepted in one PUT or POST; more is answered 4.13 */
  SERVER_SEPARATE_MS = 1000,         /* /separate answers this late */
  SERVER_OBSERVE_MS = 2000           /* observable resources change this often */
};

struct late_answer_t;
struct observed_t;

typedef struct server_t {
  coap_context_t *context;
  const server_options_t *options;
  oscore_file_t oscore;
  struct late_answer_t *late; /* requests of /separate not answered yet */
  struct observed_t *observed;
  unsigned int dynamic_count; /* resources made by clients that count against -d */
} server_t;

/* What each of our resources carries as its user data. */
typedef struct node_t {
  server_t *server;
  const char *initial; /* DELETE goes back to this text; NULL: DELETE removes the resource */
  representation_t content;
  unsigned int posts;       /* POST requests carried out */
  unsigned int counted : 1; /* in server->dynamic_count */
} node_t;

/* node.c: resources with one stored representation. Handlers find the node as user data. */
node_t *node_new(server_t *server, const char *initial, const uint8_t *body, size_t length,
                 uint16_t format);
void node_free(void *node);
node_t *node_of(const coap_resource_t *resource);
void node_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
              const coap_string_t *query, coap_pdu_t *response);
void node_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
              const coap_string_t *query, coap_pdu_t *response);
void node_delete(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                 const coap_string_t *query, coap_pdu_t *response);

/* A resource at `path` (borrowed for good: a literal) with a node of `text`, GET registered; not
 * added to the context yet. NULL when out of memory. */
coap_resource_t *node_resource(server_t *server, const char *path, const char *text,
                               uint16_t format, int flags);

/* answer.c: what goes into responses. */
void answer_error(coap_pdu_t *response, coap_pdu_code_t code, const char *diagnostic);
void answer_text(coap_pdu_t *response, coap_pdu_code_t code, const char *text);
void answer_content(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                    const coap_string_t *query, coap_pdu_t *response, coap_pdu_code_t code,
                    const representation_t *content);

/* The request's whole body. 1, or 0 when it is incomplete or too large: answered already. */
int answer_takes_body(const coap_pdu_t *request, coap_pdu_t *response, const uint8_t **body,
                      size_t *length);

/* 1 when If-Match and If-None-Match allow the request; 0 when they do not: answered already. */
int answer_conditions(const coap_pdu_t *request, coap_pdu_t *response,
                      const representation_t *content);

/* Location-Path or Location-Query options; `values` ends with NULL. */
void answer_location(coap_pdu_t *response, coap_option_num_t number, const char *const *values);

/* Makes a resource for a client. NULL when out of memory. */
coap_resource_t *dynamic_create(server_t *server, const char *path, size_t path_length,
                                const uint8_t *body, size_t length, uint16_t format, int counted);

void dynamic_delete(server_t *server, coap_resource_t *resource);

/* Each adds its resources to the context; 1, or 0 when out of memory. */
int resources_add_plain(server_t *server);
int resources_add_stored(server_t *server);
int resources_add_large(server_t *server);
int resources_add_observe(server_t *server);
int resources_add_separate(server_t *server);
int resources_add_dynamic(server_t *server);

/* What is due is done; milliseconds until the next time are returned. */
uint32_t observe_tick(server_t *server);
uint32_t separate_tick(server_t *server);

void observe_free(server_t *server);
void separate_free(server_t *server);

/* The library's clock in milliseconds. */
uint64_t server_now_ms(void);

#endif /* COAPSPEC_EXAMPLES_SERVER_H_ */
