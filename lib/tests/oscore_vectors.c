/* oscore_vectors.c -- the test vectors of RFC 8613 appendix C, and its examples in 5.4 and 6.3. */
#include "test.h"

#include "secure/oscore_message.h"
#include "wire/pdu_udp.h"

typedef struct bytes_t {
  size_t length;
  uint8_t s[256];
} bytes_t;

static bytes_t
hex(const char *text) {
  bytes_t bytes = {0};
  unsigned int value;

  for (; sscanf(text, "%2x", &value) == 1; text += 2)
    bytes.s[bytes.length++] = (uint8_t)value;
  return bytes;
}

static void
assert_bytes(const uint8_t *data, size_t length, const char *expected) {
  bytes_t bytes = hex(expected);

  assert_int_equal(length, bytes.length);
  if (length)
    assert_memory_equal(data, bytes.s, length);
}

static coap_oscore_context_t *
context_from(const char *text, uint64_t start) {
  coap_str_const_t mem = {strlen(text), (const uint8_t *)text};
  coap_oscore_conf_t *conf = coap_new_oscore_conf(mem, NULL, NULL, start);
  coap_oscore_context_t *context;

  assert_non_null(conf);
  context = coap_oscore_context_new(conf);
  assert_non_null(context);
  return context;
}

#define SECRET "master_secret,hex,\"0102030405060708090a0b0c0d0e0f10\"\n"
#define SALT   "master_salt,hex,9e7ca92223786340\n"
#define ID_CTX "id_context,hex,37cbf3210017a2d3\n"
#define CLIENT "sender_id,hex,\"\"\nrecipient_id,hex,01\n"
#define SERVER "sender_id,hex,01\nrecipient_id,hex,\"\"\n"

/* C.1, C.2, C.3: both sides each. */
static const struct {
  const char *conf, *sender_info, *recipient_info, *iv_info;
  const char *sender_key, *recipient_key, *common_iv, *sender_nonce, *recipient_nonce;
} derivations[] = {
    {SECRET SALT CLIENT, "8540f60a634b657910", "854101f60a634b657910", "8540f60a6249560d",
     "f0910ed7295e6ad4b54fc793154302ff", "ffb14e093c94c9cac9471648b4f98710",
     "4622d4dd6d944168eefb54987c", "4622d4dd6d944168eefb54987c", "4722d4dd6d944169eefb54987c"},
    {SECRET SALT SERVER, "854101f60a634b657910", "8540f60a634b657910", "8540f60a6249560d",
     "ffb14e093c94c9cac9471648b4f98710", "f0910ed7295e6ad4b54fc793154302ff",
     "4622d4dd6d944168eefb54987c", "4722d4dd6d944169eefb54987c", "4622d4dd6d944168eefb54987c"},
    {SECRET "sender_id,hex,00\nrecipient_id,hex,01\n", "854100f60a634b657910",
     "854101f60a634b657910", "8540f60a6249560d", "321b26943253c7ffb6003b0b64d74041",
     "e57b5635815177cd679ab4bcec9d7dda", "be35ae297d2dace910c52e99f9", "bf35ae297d2dace910c52e99f9",
     "bf35ae297d2dace810c52e99f9"},
    {SECRET "sender_id,hex,01\nrecipient_id,hex,00\n", "854101f60a634b657910",
     "854100f60a634b657910", "8540f60a6249560d", "e57b5635815177cd679ab4bcec9d7dda",
     "321b26943253c7ffb6003b0b64d74041", "be35ae297d2dace910c52e99f9", "bf35ae297d2dace810c52e99f9",
     "bf35ae297d2dace910c52e99f9"},
    {SECRET SALT ID_CTX CLIENT, "85404837cbf3210017a2d30a634b657910",
     "8541014837cbf3210017a2d30a634b657910", "85404837cbf3210017a2d30a6249560d",
     "af2a1300a5e95788b356336eeecd2b92", "e39a0c7c77b43f03b4b39ab9a268699f",
     "2ca58fb85ff1b81c0b7181b85e", "2ca58fb85ff1b81c0b7181b85e", "2da58fb85ff1b81d0b7181b85e"},
    {SECRET SALT ID_CTX SERVER, "8541014837cbf3210017a2d30a634b657910",
     "85404837cbf3210017a2d30a634b657910", "85404837cbf3210017a2d30a6249560d",
     "e39a0c7c77b43f03b4b39ab9a268699f", "af2a1300a5e95788b356336eeecd2b92",
     "2ca58fb85ff1b81c0b7181b85e", "2da58fb85ff1b81d0b7181b85e", "2ca58fb85ff1b81c0b7181b85e"},
};

static void
keys_are_derived(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(derivations); i++) {
    coap_oscore_context_t *context = context_from(derivations[i].conf, 0);
    const coap_oscore_conf_t *conf = context->conf;
    const coap_oscore_id_t none = {0};
    coap_bin_const_t sender = {conf->sender_id.length, conf->sender_id.s};
    coap_bin_const_t recipient = {context->recipients->id.length, context->recipients->id.s};
    coap_bin_const_t piv = {1, (const uint8_t *)""};
    uint8_t info[64], nonce[COAP_OSCORE_NONCE_MAX];
    size_t length = coap_oscore_context_info(conf, &conf->sender_id, "Key", 16, info, sizeof(info));

    assert_bytes(info, length, derivations[i].sender_info);
    length =
        coap_oscore_context_info(conf, &context->recipients->id, "Key", 16, info, sizeof(info));
    assert_bytes(info, length, derivations[i].recipient_info);
    length = coap_oscore_context_info(conf, &none, "IV", 13, info, sizeof(info));
    assert_bytes(info, length, derivations[i].iv_info);
    assert_bytes(context->sender_key, 16, derivations[i].sender_key);
    assert_bytes(context->recipients->key, 16, derivations[i].recipient_key);
    assert_bytes(context->common_iv, 13, derivations[i].common_iv);
    coap_oscore_context_nonce(context, &sender, &piv, nonce);
    assert_bytes(nonce, 13, derivations[i].sender_nonce);
    coap_oscore_context_nonce(context, &recipient, &piv, nonce);
    assert_bytes(nonce, 13, derivations[i].recipient_nonce);
    coap_oscore_context_unref(context);
  }
}

static coap_pdu_t *
parse(const char *text) {
  bytes_t bytes = hex(text);
  coap_pdu_t *pdu = NULL;
  const char *why;

  assert_int_equal(coap_wire_parse_udp(bytes.s, bytes.length, 8, &pdu, &why), COAP_WIRE_OK);
  return pdu;
}

static void
assert_encodes(coap_pdu_t *pdu, const char *expected) {
  size_t length;
  const uint8_t *bytes = coap_wire_encode_udp(pdu, &length);

  assert_bytes(bytes, length, expected);
}

/* C.4, C.5, C.6: a request, from the client and at the server. */
static const struct {
  const char *client, *server, *plain, *aad, *option, *sealed;
} requests[] = {
    {SECRET SALT CLIENT, SECRET SALT SERVER, "44015d1f00003974396c6f63616c686f737483747631",
     "8368456e63727970743040488501810a40411440", "0914",
     "44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e"},
    {SECRET "sender_id,hex,00\nrecipient_id,hex,01\n",
     SECRET "sender_id,hex,01\nrecipient_id,hex,00\n",
     "440171c30000b932396c6f63616c686f737483747631", "8368456e63727970743040498501810a4100411440",
     "091400", "440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0"},
    {SECRET SALT ID_CTX CLIENT, SECRET SALT ID_CTX SERVER,
     "44012f8eef9bbf7a396c6f63616c686f737483747631", "8368456e63727970743040488501810a40411440",
     "19140837cbf3210017a2d3",
     "44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3"},
};

static void
requests_are_protected(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(requests); i++) {
    coap_oscore_context_t *context = context_from(requests[i].client, 20);
    coap_pdu_t *plain = parse(requests[i].plain);
    coap_pdu_t *sealed = NULL;
    coap_oscore_binding_t binding;
    coap_opt_iterator_t oi;
    coap_opt_t *option;
    uint8_t aad[64];

    assert_int_equal(coap_oscore_seal_request(context, plain, &binding, &sealed), COAP_OSCORE_OK);
    assert_bytes(aad, coap_oscore_aad(context, &binding, aad, sizeof(aad)), requests[i].aad);
    option = coap_check_option(sealed, COAP_OPTION_OSCORE, &oi);
    assert_non_null(option);
    assert_bytes(coap_opt_value(option), coap_opt_length(option), requests[i].option);
    assert_encodes(sealed, requests[i].sealed);
    assert_int_equal(context->next_number, 21);
    coap_delete_pdu(sealed);
    coap_delete_pdu(plain);
    coap_oscore_context_unref(context);
  }
}

/* Verifies the protected request i at its server. */
static coap_pdu_t *
open_request(coap_oscore_context_t *context, size_t i, coap_oscore_binding_t *binding) {
  coap_pdu_t *sealed = parse(requests[i].sealed);
  coap_pdu_t *plain = NULL;
  coap_oscore_option_t option;
  coap_oscore_recipient_t *recipient;

  assert_int_equal(coap_oscore_message_option(sealed, &option), 1);
  recipient = coap_oscore_context_recipient(context, &option.kid, &option.kid_context);
  assert_non_null(recipient);
  assert_int_equal(coap_oscore_open_request(context, recipient, &option, sealed, binding, &plain),
                   COAP_OSCORE_OK);
  coap_delete_pdu(sealed);
  return plain;
}

static void
requests_are_verified(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(requests); i++) {
    coap_oscore_context_t *context = context_from(requests[i].server, 0);
    coap_oscore_binding_t binding;
    coap_pdu_t *plain = open_request(context, i, &binding);

    assert_encodes(plain, requests[i].plain);
    coap_delete_pdu(plain);
    coap_oscore_context_unref(context);
  }
}

/* C.7 under the request's number, C.8 under one of its own. */
static const struct {
  int own_number;
  const char *sealed;
} responses[] = {
    {0, "64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106"},
    {1, "64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e"},
};
static const char plain_response[] = "64455d1f00003974ff48656c6c6f20576f726c6421";

static void
responses_are_protected_and_verified(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(responses); i++) {
    coap_oscore_context_t *server = context_from(requests[0].server, 0);
    coap_oscore_context_t *client = context_from(requests[0].client, 0);
    coap_oscore_binding_t binding;
    coap_oscore_option_t option;
    coap_pdu_t *request = open_request(server, 0, &binding);
    coap_pdu_t *plain = parse(plain_response);
    coap_pdu_t *sealed = NULL;
    coap_pdu_t *opened = NULL;

    assert_int_equal(
        coap_oscore_seal_response(server, &binding, responses[i].own_number, plain, &sealed),
        COAP_OSCORE_OK);
    assert_encodes(sealed, responses[i].sealed);
    assert_int_equal(coap_oscore_message_option(sealed, &option), 1);
    assert_int_equal(
        coap_oscore_open_response(client, client->recipients, &binding, &option, sealed, &opened),
        COAP_OSCORE_OK);
    assert_encodes(opened, plain_response);
    coap_delete_pdu(opened);
    coap_delete_pdu(sealed);
    coap_delete_pdu(plain);
    coap_delete_pdu(request);
    coap_oscore_context_unref(client);
    coap_oscore_context_unref(server);
  }
}

/* 5.4: the example of an AAD. */
static void
example_of_an_aad(void **state) {
  coap_oscore_context_t *context = context_from(SECRET CLIENT, 0);
  coap_oscore_binding_t binding = {.kid = {1, {0x00}}, .piv_length = 1, .piv = {0x25}};
  uint8_t aad[64];

  (void)state;
  assert_bytes(aad, coap_oscore_aad(context, &binding, aad, sizeof(aad)),
               "8368456e63727970743040498501810a4100412540");
  assert_int_equal(coap_oscore_aad(context, &binding, aad, 20), 0);
  coap_oscore_context_unref(context);
}

/* 6.3: the examples of option values; written, and read to the same. */
static void
examples_of_option_values(void **state) {
  static const struct {
    const char *value, *piv, *kid_context, *kid;
  } table[] = {
      {"090525", "05", NULL, "25"},
      {"0900", "00", NULL, ""},
      {"19050544616c656b", "05", "44616c656b", ""},
      {"", NULL, NULL, NULL},
      {"0107", "07", NULL, NULL},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    const char *texts[3] = {table[i].piv, table[i].kid_context, table[i].kid};
    bytes_t parts[3], value = hex(table[i].value);
    coap_oscore_option_t option = {0}, read;
    coap_bin_const_t *fields[3] = {&option.piv, &option.kid_context, &option.kid};
    const coap_bin_const_t *got[3] = {&read.piv, &read.kid_context, &read.kid};
    uint8_t to[255];
    size_t length;

    for (size_t k = 0; k < 3; k++) {
      if (!texts[k])
        continue;
      parts[k] = hex(texts[k]);
      *fields[k] = (coap_bin_const_t){parts[k].length, parts[k].s};
    }
    length = coap_oscore_option_write(&option, to);
    assert_bytes(to, length, table[i].value);
    assert_int_equal(coap_oscore_option_read(value.s, value.length, &read), 1);
    for (size_t k = 0; k < 3; k++) {
      assert_int_equal(got[k]->s != NULL, texts[k] != NULL);
      assert_bytes(got[k]->s, got[k]->length, texts[k] ? texts[k] : "");
    }
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_derived),
      cmocka_unit_test(requests_are_protected),
      cmocka_unit_test(requests_are_verified),
      cmocka_unit_test(responses_are_protected_and_verified),
      cmocka_unit_test(example_of_an_aad),
      cmocka_unit_test(examples_of_option_values),
  };

  return cmocka_run_group_tests_name("oscore_vectors", tests, NULL, NULL);
}
