/* world_blocks.c -- bodies larger than a message, in worlds where the library sees to them. */
#include "world/internal.h"

#include <string.h>

#define BODY_SIZE 6000U /* of the server's large resource */

static uint8_t body[PROG_LARGE];

/* Each block differs from each other. */
void
world_blocks_prepare(void) {
  unsigned int i;

  for (i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(1 + i % 251 + i / 1021);
}

void
world_blocks_open(coap_context_t *context) {
  static const uint32_t modes[] = {
      0, COAP_BLOCK_USE_LIBCOAP, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY,
      COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY | COAP_BLOCK_TRY_Q_BLOCK};

  if (world.program->blocks != PROG_BLOCKS_NO)
    coap_context_set_block_mode(context, modes[world.program->blocks]);
}

static void
give_back(coap_session_t *session, void *app_ptr) {
  struct obs o = world_obs(OBS_END);

  (void)session;
  if (app_ptr != body || world.lent == 0)
    oracle_violated("lent", "coap_block(3)", &o, "a body was given back that was not lent");
  world.lent--;
}

void
world_blocks_end(void) {
  struct obs o = world_obs(OBS_END);

  if (world.lent > 0)
    oracle_violated("lent", "coap_block(3)", &o, "%u bodies were never given back", world.lent);
}

size_t
world_blocks_answer(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                    const coap_string_t *query, coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  world.lent++;
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, -1, 0, BODY_SIZE, body,
                               give_back, body);
  return BODY_SIZE;
}

void
world_send_large(const struct prog_op *op, struct world_session *s) {
  coap_pdu_type_t type = op->v[LARGE_TYPE] % 2 == 0 ? COAP_MESSAGE_CON : COAP_MESSAGE_NON;
  coap_pdu_t *pdu = coap_new_pdu(type, world_method(op->v[LARGE_CODE]), s->session);
  uint8_t token[8];
  size_t length = 0;
  int many = 0;
  unsigned int i;

  if (pdu == NULL)
    return;
  for (i = 0; i < op->n_options; i++)
    many |= world.program->options[op->first_option + i].number == COAP_OPTION_OBSERVE;
  coap_session_new_token(s->session, &length, token);
  if (!coap_add_token(pdu, length, token) || !world_add_options(op, pdu)) {
    coap_delete_pdu(pdu);
    return;
  }
  world.lent++;
  if (coap_add_data_large_request(s->session, pdu, op->v[LARGE_SIZE], body, give_back, body))
    world_send_pdu(s, pdu, many);
  else
    coap_delete_pdu(pdu);
}
