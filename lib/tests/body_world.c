/* body_world.c -- a client and a server of ours that pass each other bodies. */
#include "body_world.h"

#include "seams/memory.h"

enum { MIB = 1024 * 1024, HOUR = 3600 * 1000 };

coap_context_t *bw_client;
coap_context_t *bw_server;
coap_session_t *bw_session;
bw_told_t bw_told;
size_t bw_size;

static uint8_t body[BODY_LARGEST + 1];

const uint8_t *
bw_body(void) {
  return body;
}

static void
fill_body(void) {
  uint64_t x = 88172645463325252u;

  for (size_t i = 0; i < sizeof(body); i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    body[i] = (uint8_t)(x >> 32);
  }
}

static void
release(coap_session_t *session, void *app_ptr) {
  (void)session;
  assert_ptr_equal(app_ptr, body);
  bw_told.released++;
}

static int
is_whole(const coap_pdu_t *pdu) {
  size_t length = 0;
  size_t offset = 0;
  size_t total = 0;
  const uint8_t *data = NULL;

  if (!coap_get_data_large(pdu, &length, &data, &offset, &total))
    return bw_size == 0;
  return offset == 0 && length == bw_size && total == bw_size && memcmp(data, body, length) == 0;
}

static void
on_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)query;
  bw_told.puts++;
  bw_told.put_is_same = is_whole(request);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

static void
on_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  bw_told.gets++;
  bw_told.lent++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  /* What fails here the client sees as 5.00. */
  coap_add_data_large_response(resource, session, request, response, query, 42, -1, 7, bw_size,
                               body, release, body);
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)session;
  (void)mid;
  assert_non_null(sent);
  bw_told.ended++;
  bw_told.code = coap_pdu_get_code(received);
  bw_told.got_is_same = is_whole(received);
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)session;
  (void)mid;
  assert_non_null(sent);
  bw_told.ended++;
  bw_told.nacks++;
  bw_told.reason = reason;
}

void
bw_setup(uint32_t mode, uint64_t seed, unsigned int loss) {
  lossy_setup(seed, loss);
  bw_setup_over(COAP_PROTO_UDP, mode);
}

void
bw_setup_over(coap_proto_t proto, uint32_t mode) {
  coap_address_t address = sim_address(SIM_HOST, 5683);
  coap_resource_t *resource;

  if (!body[0] && !body[1])
    fill_body();
  memset(&bw_told, 0, sizeof(bw_told));
  bw_server = sim_server_context();
  bw_client = sim_client_context();
  coap_register_response_handler(bw_client, on_response);
  coap_register_nack_handler(bw_client, on_nack);
  coap_context_set_block_mode(bw_server, mode);
  coap_context_set_block_mode(bw_client, mode);
  resource = coap_resource_init(coap_make_str_const("big"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, on_put);
  coap_register_request_handler(resource, COAP_REQUEST_GET, on_get);
  coap_add_resource(bw_server, resource);
  if (proto != COAP_PROTO_UDP)
    assert_non_null(coap_new_endpoint(bw_server, &address, proto));
  bw_session = coap_new_client_session(bw_client, NULL, &address, proto);
  assert_non_null(bw_session);
}

int
bw_teardown(void **state) {
  int wrong = sim_teardown(state);

  lossy_clear();
  if (bw_told.released != bw_told.lent) {
    fprintf(stderr, "%u bodies lent, %u given back\n", bw_told.lent, bw_told.released);
    wrong = 1;
  }
  return wrong;
}

static coap_pdu_t *
request(coap_pdu_type_t type, coap_pdu_code_t method) {
  coap_pdu_t *pdu = coap_new_pdu(type, method, bw_session);
  uint8_t token[8];
  size_t length;

  assert_non_null(pdu);
  coap_session_new_token(bw_session, &length, token);
  coap_add_token(pdu, length, token);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"big");
  return pdu;
}

void
bw_put(coap_pdu_type_t type) {
  coap_pdu_t *pdu = request(type, COAP_REQUEST_CODE_PUT);

  bw_told.ended = 0;
  bw_told.lent++;
  assert_int_equal(coap_add_data_large_request(bw_session, pdu, bw_size, body, release, body), 1);
  assert_true(coap_send(bw_session, pdu) != COAP_INVALID_MID);
}

void
bw_get(coap_pdu_type_t type) {
  bw_told.ended = 0;
  assert_true(coap_send(bw_session, request(type, COAP_REQUEST_CODE_GET)) != COAP_INVALID_MID);
}

void
bw_check(void) {
  assert_int_equal(bw_told.nacks, 0);
  if (bw_told.code == COAP_RESPONSE_CODE_CONTENT)
    assert_true(bw_told.got_is_same);
  else
    assert_true(bw_told.code == COAP_RESPONSE_CODE_CHANGED && bw_told.put_is_same);
}

static void
finish(uint64_t limit_ms) {
  assert_true(lossy_run(&bw_told.ended, limit_ms));
  bw_check();
}

void
bw_put_whole(coap_pdu_type_t type) {
  bw_put(type);
  finish(HOUR);
}

void
bw_get_whole(coap_pdu_type_t type) {
  bw_get(type);
  finish(HOUR);
}

void
bw_every_size(coap_pdu_type_t type, size_t put_min) {
  static const size_t sizes[] = {0,    1,     15,    16,    1023,  1024,  1025,  2047, 2048,
                                 2049, 10239, 10240, 10241, 11265, 20480, 20481, 30719};

  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    bw_size = sizes[i];
    if (bw_size >= put_min)
      bw_put_whole(type);
    bw_get_whole(type);
  }
}

static void
finish_largest(void) {
  finish(4 * HOUR);
  /* One body, and half of it while it is moved as it grows. */
  assert_true(bw_peak() < 25 * MIB);
}

void
bw_put_largest(coap_pdu_type_t type) {
  bw_size = BODY_LARGEST;
  bw_put(type);
  finish_largest();
  assert_int_equal(bw_told.puts, 1);
}

void
bw_get_largest(coap_pdu_type_t type) {
  bw_size = BODY_LARGEST;
  bw_get(type);
  finish_largest();
  assert_int_equal(bw_told.gets, 1);
}

size_t
bw_peak(void) {
  struct coap_mem_sim_stats stats;

  coap_mem_sim_stats(&stats);
  return stats.peak_bytes;
}
