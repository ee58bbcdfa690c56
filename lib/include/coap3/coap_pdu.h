/* coap_pdu.h -- messages: coap_pdu_setup(3), coap_pdu_access(3) and the numbers of RFC 7252. */
#ifndef COAP_PDU_H_
#define COAP_PDU_H_

#include <coap3/coap_option.h>
#include <coap3/coap_str.h>
#include <coap3/coap_uri.h>

COAP_BEGIN_DECLS

#define COAP_DEFAULT_PORT  5683 /* RFC 7252 12.6 */
#define COAPS_DEFAULT_PORT 5684

#define COAP_DEFAULT_SCHEME        "coap"
#define COAP_DEFAULT_URI_WELLKNOWN ".well-known/core"

#define COAP_DEFAULT_MAX_AGE   60 /* seconds, RFC 7252 5.10.5 */
#define COAP_DEFAULT_HOP_LIMIT 16 /* RFC 8768 3 */

/* Largest message sent unless a session's MTU says otherwise (RFC 7252 4.6). */
#define COAP_DEFAULT_MTU 1152

/* Token lengths: RFC 7252 section 3, RFC 8974 2.1. */
#define COAP_TOKEN_DEFAULT_MAX 8
#define COAP_TOKEN_EXT_MAX     65804

typedef enum coap_proto_t {
  COAP_PROTO_NONE = 0,
  COAP_PROTO_UDP,
  COAP_PROTO_DTLS,
  COAP_PROTO_TCP,
  COAP_PROTO_TLS,
  COAP_PROTO_WS,
  COAP_PROTO_WSS,
  COAP_PROTO_LAST
} coap_proto_t;

#define COAP_PROTO_NOT_RELIABLE(p) ((p) == COAP_PROTO_UDP || (p) == COAP_PROTO_DTLS)
#define COAP_PROTO_RELIABLE(p)                                                                     \
  ((p) == COAP_PROTO_TCP || (p) == COAP_PROTO_TLS || (p) == COAP_PROTO_WS || (p) == COAP_PROTO_WSS)

typedef enum coap_pdu_type_t {
  COAP_MESSAGE_CON,
  COAP_MESSAGE_NON,
  COAP_MESSAGE_ACK,
  COAP_MESSAGE_RST
} coap_pdu_type_t;

/* Methods (RFC 7252 5.8, RFC 8132). */
typedef enum coap_request_t {
  COAP_REQUEST_GET = 1,
  COAP_REQUEST_POST,
  COAP_REQUEST_PUT,
  COAP_REQUEST_DELETE,
  COAP_REQUEST_FETCH,
  COAP_REQUEST_PATCH,
  COAP_REQUEST_IPATCH
} coap_request_t;

/* 205 is 2.05: the code as three decimal digits to the code's byte. */
#define COAP_RESPONSE_CODE(N)      (((N) / 100 << 5) | (N) % 100)
#define COAP_RESPONSE_CLASS(C)     (((C) >> 5) & 0x7)
#define COAP_SIGNALING_CODE(N)     COAP_RESPONSE_CODE(N)
#define COAP_PDU_IS_EMPTY(pdu)     (coap_pdu_get_code(pdu) == COAP_EMPTY_CODE)
#define COAP_PDU_IS_REQUEST(pdu)   (coap_pdu_get_code(pdu) > 0 && coap_pdu_get_code(pdu) < 32)
#define COAP_PDU_IS_RESPONSE(pdu)  (coap_pdu_get_code(pdu) >= 64 && coap_pdu_get_code(pdu) < 224)
#define COAP_PDU_IS_SIGNALING(pdu) (coap_pdu_get_code(pdu) >= 224)

/* Signalling codes and options of reliable transports (RFC 8323 5). */
typedef enum coap_pdu_signaling_proto_t {
  COAP_SIGNALING_CSM = COAP_SIGNALING_CODE(701),
  COAP_SIGNALING_PING = COAP_SIGNALING_CODE(702),
  COAP_SIGNALING_PONG = COAP_SIGNALING_CODE(703),
  COAP_SIGNALING_RELEASE = COAP_SIGNALING_CODE(704),
  COAP_SIGNALING_ABORT = COAP_SIGNALING_CODE(705)
} coap_pdu_signaling_proto_t;

#define COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE    2 /* of CSM */
#define COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER 4
#define COAP_SIGNALING_OPTION_CUSTODY             2 /* of Ping and Pong */
#define COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS 2 /* of Release */
#define COAP_SIGNALING_OPTION_HOLD_OFF            4
#define COAP_SIGNALING_OPTION_BAD_CSM_OPTION      2 /* of Abort */

typedef enum coap_pdu_code_t {
  COAP_EMPTY_CODE = 0,
  COAP_REQUEST_CODE_GET = COAP_REQUEST_GET,
  COAP_REQUEST_CODE_POST = COAP_REQUEST_POST,
  COAP_REQUEST_CODE_PUT = COAP_REQUEST_PUT,
  COAP_REQUEST_CODE_DELETE = COAP_REQUEST_DELETE,
  COAP_REQUEST_CODE_FETCH = COAP_REQUEST_FETCH,
  COAP_REQUEST_CODE_PATCH = COAP_REQUEST_PATCH,
  COAP_REQUEST_CODE_IPATCH = COAP_REQUEST_IPATCH,
  COAP_RESPONSE_CODE_CREATED = COAP_RESPONSE_CODE(201),
  COAP_RESPONSE_CODE_DELETED = COAP_RESPONSE_CODE(202),
  COAP_RESPONSE_CODE_VALID = COAP_RESPONSE_CODE(203),
  COAP_RESPONSE_CODE_CHANGED = COAP_RESPONSE_CODE(204),
  COAP_RESPONSE_CODE_CONTENT = COAP_RESPONSE_CODE(205),
  COAP_RESPONSE_CODE_CONTINUE = COAP_RESPONSE_CODE(231),
  COAP_RESPONSE_CODE_BAD_REQUEST = COAP_RESPONSE_CODE(400),
  COAP_RESPONSE_CODE_UNAUTHORIZED = COAP_RESPONSE_CODE(401),
  COAP_RESPONSE_CODE_BAD_OPTION = COAP_RESPONSE_CODE(402),
  COAP_RESPONSE_CODE_FORBIDDEN = COAP_RESPONSE_CODE(403),
  COAP_RESPONSE_CODE_NOT_FOUND = COAP_RESPONSE_CODE(404),
  COAP_RESPONSE_CODE_NOT_ALLOWED = COAP_RESPONSE_CODE(405),
  COAP_RESPONSE_CODE_NOT_ACCEPTABLE = COAP_RESPONSE_CODE(406),
  COAP_RESPONSE_CODE_INCOMPLETE = COAP_RESPONSE_CODE(408),
  COAP_RESPONSE_CODE_CONFLICT = COAP_RESPONSE_CODE(409),
  COAP_RESPONSE_CODE_PRECONDITION_FAILED = COAP_RESPONSE_CODE(412),
  COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = COAP_RESPONSE_CODE(413),
  COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = COAP_RESPONSE_CODE(415),
  COAP_RESPONSE_CODE_UNPROCESSABLE = COAP_RESPONSE_CODE(422),
  COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = COAP_RESPONSE_CODE(429),
  COAP_RESPONSE_CODE_INTERNAL_ERROR = COAP_RESPONSE_CODE(500),
  COAP_RESPONSE_CODE_NOT_IMPLEMENTED = COAP_RESPONSE_CODE(501),
  COAP_RESPONSE_CODE_BAD_GATEWAY = COAP_RESPONSE_CODE(502),
  COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = COAP_RESPONSE_CODE(503),
  COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = COAP_RESPONSE_CODE(504),
  COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = COAP_RESPONSE_CODE(505),
  COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = COAP_RESPONSE_CODE(508),
  COAP_SIGNALING_CODE_CSM = COAP_SIGNALING_CSM,
  COAP_SIGNALING_CODE_PING = COAP_SIGNALING_PING,
  COAP_SIGNALING_CODE_PONG = COAP_SIGNALING_PONG,
  COAP_SIGNALING_CODE_RELEASE = COAP_SIGNALING_RELEASE,
  COAP_SIGNALING_CODE_ABORT = COAP_SIGNALING_ABORT
} coap_pdu_code_t;

/* Option numbers: RFC 7252 5.10 unless said otherwise. */
#define COAP_OPTION_IF_MATCH       1
#define COAP_OPTION_URI_HOST       3
#define COAP_OPTION_ETAG           4
#define COAP_OPTION_IF_NONE_MATCH  5
#define COAP_OPTION_OBSERVE        6 /* RFC 7641 */
#define COAP_OPTION_URI_PORT       7
#define COAP_OPTION_LOCATION_PATH  8
#define COAP_OPTION_OSCORE         9 /* RFC 8613 */
#define COAP_OPTION_URI_PATH       11
#define COAP_OPTION_CONTENT_FORMAT 12
#define COAP_OPTION_CONTENT_TYPE   COAP_OPTION_CONTENT_FORMAT
#define COAP_OPTION_MAXAGE         14
#define COAP_OPTION_URI_QUERY      15
#define COAP_OPTION_HOP_LIMIT      16 /* RFC 8768 */
#define COAP_OPTION_ACCEPT         17
#define COAP_OPTION_Q_BLOCK1       19 /* RFC 9177 */
#define COAP_OPTION_LOCATION_QUERY 20
#define COAP_OPTION_BLOCK2         23 /* RFC 7959 */
#define COAP_OPTION_BLOCK1         27 /* RFC 7959 */
#define COAP_OPTION_SIZE2          28 /* RFC 7959 */
#define COAP_OPTION_Q_BLOCK2       31 /* RFC 9177 */
#define COAP_OPTION_PROXY_URI      35
#define COAP_OPTION_PROXY_SCHEME   39
#define COAP_OPTION_SIZE1          60
#define COAP_OPTION_ECHO           252 /* RFC 9175 */
#define COAP_OPTION_NORESPONSE     258 /* RFC 7967 */
#define COAP_OPTION_RTAG           292 /* RFC 9175 */
#define COAP_MAX_OPT               65535

/* Content formats (RFC 7252 12.3 and the registry). */
#define COAP_MEDIATYPE_TEXT_PLAIN                  0
#define COAP_MEDIATYPE_APPLICATION_LINK_FORMAT     40
#define COAP_MEDIATYPE_APPLICATION_XML             41
#define COAP_MEDIATYPE_APPLICATION_OCTET_STREAM    42
#define COAP_MEDIATYPE_APPLICATION_RDF_XML         43
#define COAP_MEDIATYPE_APPLICATION_EXI             47
#define COAP_MEDIATYPE_APPLICATION_JSON            50
#define COAP_MEDIATYPE_APPLICATION_CBOR            60
#define COAP_MEDIATYPE_APPLICATION_CWT             61
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN       98
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN1      18
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT    96
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0   16
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC        97
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC0       17
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY        101
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET    102
#define COAP_MEDIATYPE_APPLICATION_SENML_JSON      110
#define COAP_MEDIATYPE_APPLICATION_SENSML_JSON     111
#define COAP_MEDIATYPE_APPLICATION_SENML_CBOR      112
#define COAP_MEDIATYPE_APPLICATION_SENSML_CBOR     113
#define COAP_MEDIATYPE_APPLICATION_SENML_EXI       114
#define COAP_MEDIATYPE_APPLICATION_SENSML_EXI      115
#define COAP_MEDIATYPE_APPLICATION_SENML_XML       310
#define COAP_MEDIATYPE_APPLICATION_SENSML_XML      311
#define COAP_MEDIATYPE_APPLICATION_MB_CBOR_SEQ     272
#define COAP_MEDIATYPE_APPLICATION_OSCORE          10001
#define COAP_MEDIATYPE_APPLICATION_ACE_CBOR        19
#define COAP_MEDIATYPE_APPLICATION_COAP_GROUP_JSON 256
#define COAP_MEDIATYPE_APPLICATION_DOTS_CBOR       271
#define COAP_MEDIATYPE_ANY                         0xff /* none in particular; no registered number */

/* Values of the Observe option in requests (RFC 7641 2). */
#define COAP_OBSERVE_ESTABLISH 0
#define COAP_OBSERVE_CANCEL    1

/* A PDU with that much room for token, options and payload. NULL: out of memory, or `size` more
 * than a message can be. */
coap_pdu_t *coap_pdu_init(coap_pdu_type_t type, coap_pdu_code_t code, coap_mid_t mid, size_t size);

/* As coap_pdu_init() with a fresh message ID and the room that the session allows. */
coap_pdu_t *coap_new_pdu(coap_pdu_type_t type, coap_pdu_code_t code, coap_session_t *session);

/* Frees a PDU that has not been handed to coap_send(); NULL is allowed. */
void coap_delete_pdu(coap_pdu_t *pdu);

/* A copy of `old_pdu` for `session`, to which a payload can be added: its own message ID, another
 * token, without the payload and the options in `drop_options` (NULL: with all of them). NULL when
 * out of memory. */
coap_pdu_t *coap_pdu_duplicate(const coap_pdu_t *old_pdu, coap_session_t *session,
                               size_t token_length, const uint8_t *token,
                               coap_opt_filter_t *drop_options);

/* The token: before any option or payload, once. 1, or 0 (too long, too late, no room). */
int coap_add_token(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/* Adds an option; any order is allowed, equal numbers keep theirs. Returns bytes taken, 0 on
 * failure (after payload, no room, out of memory); the PDU is then as before. */
size_t coap_add_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len, const uint8_t *data);

/* The payload, once and last. 1, or 0; length 0 adds nothing and is a success. */
int coap_add_data(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/* Room for a payload of `len` bytes, for the caller to fill; NULL as coap_add_data() 0. */
uint8_t *coap_add_data_after(coap_pdu_t *pdu, size_t len);

/* The payload: 1 with *len and *data (borrowed), 0 when there is none. */
int coap_get_data(const coap_pdu_t *pdu, size_t *len, const uint8_t **data);

/* As coap_get_data(), with the payload's place in a body of *total bytes that came in blocks; the
 * whole body when the library has put it together. */
int coap_get_data_large(const coap_pdu_t *pdu, size_t *len, const uint8_t **data, size_t *offset,
                        size_t *total);

coap_pdu_code_t coap_pdu_get_code(const coap_pdu_t *pdu);
coap_pdu_type_t coap_pdu_get_type(const coap_pdu_t *pdu);
coap_mid_t coap_pdu_get_mid(const coap_pdu_t *pdu);

/* Borrowed: valid as long as the PDU is unchanged. */
coap_bin_const_t coap_pdu_get_token(const coap_pdu_t *pdu);

void coap_pdu_set_code(coap_pdu_t *pdu, coap_pdu_code_t code);
void coap_pdu_set_type(coap_pdu_t *pdu, coap_pdu_type_t type);
void coap_pdu_set_mid(coap_pdu_t *pdu, coap_mid_t mid);

/* Reads one message as it comes over `proto` into `pdu`, whose former content goes. 1, or 0 when it
 * is malformed. */
int coap_pdu_parse(coap_proto_t proto, const uint8_t *data, size_t length, coap_pdu_t *pdu);

/* The usual words for a response code, "" for none. */
const char *coap_response_phrase(unsigned char code);

COAP_END_DECLS

#endif /* COAP_PDU_H_ */
