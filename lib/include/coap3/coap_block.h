/* coap_block.h -- coap_block(3): bodies larger than a message (RFC 7959). */
#ifndef COAP_BLOCK_H_
#define COAP_BLOCK_H_

#include <coap3/coap_pdu.h>
#include <coap3/coap_resource.h>

COAP_BEGIN_DECLS

/* Bits of coap_context_set_block_mode(). */
#define COAP_BLOCK_USE_LIBCOAP 0x01 /* the library sends and fetches the blocks */
#define COAP_BLOCK_SINGLE_BODY 0x02 /* and hands over whole bodies only */
/* Followed by a build that coap_q_block_is_supported(), taken and without effect in others. */
#define COAP_BLOCK_TRY_Q_BLOCK        0x04 /* Q-Block where the peer has it (RFC 9177) */
#define COAP_BLOCK_USE_M_Q_BLOCK      0x08
#define COAP_BLOCK_NO_PREEMPTIVE_RTAG 0x10 /* client: no Request-Tag with Block1 (RFC 9175) */
#define COAP_BLOCK_STLESS_FETCH       0x20 /* client: taken; a FETCH always repeats its payload */
#define COAP_BLOCK_STLESS_BLOCK2      0x40 /* server: no body is kept, handlers make each block */
#define COAP_BLOCK_NOT_RANDOM_BLOCK1  0x80 /* server: taken; Block1 is always taken in order */
/* Room in the mode for the largest block size exponent to use, 1 to 6; 0: the largest there is. */
#define COAP_BLOCK_MAX_SIZE_MASK   0x7000000
#define COAP_BLOCK_MAX_SIZE_SHIFT  24
#define COAP_BLOCK_MAX_SIZE_GET(a) (((a)&COAP_BLOCK_MAX_SIZE_MASK) >> COAP_BLOCK_MAX_SIZE_SHIFT)
#define COAP_BLOCK_MAX_SIZE_SET(a)                                                                 \
  (((uint32_t)(a) << COAP_BLOCK_MAX_SIZE_SHIFT) & COAP_BLOCK_MAX_SIZE_MASK)

#define COAP_MAX_BLOCK_SZX 6

/* A Block1 or Block2 option's value, `num` in blocks of 1 << (szx + 4) bytes. */
typedef struct {
  unsigned int num;
  unsigned int m : 1;
  unsigned int szx : 3;
} coap_block_t;

typedef struct {
  unsigned int num;
  unsigned int m : 1;
  unsigned int szx : 3;
  unsigned int aszx : 3;    /* as it was on the wire */
  unsigned int defined : 1; /* the option was there */
  unsigned int bert : 1;
  uint32_t chunk_size;
} coap_block_b_t;

/* The block number of an option value. */
unsigned int coap_opt_block_num(const coap_opt_t *block_opt);
#define COAP_OPT_BLOCK_LAST(opt) (coap_opt_value(opt) + (coap_opt_length(opt) - 1))
#define COAP_OPT_BLOCK_MORE(opt)                                                                   \
  (coap_opt_length(opt) ? (*(coap_opt_value(opt) + coap_opt_length(opt) - 1) & 0x08) : 0)
#define COAP_OPT_BLOCK_SZX(opt)                                                                    \
  (coap_opt_length(opt) ? (*(coap_opt_value(opt) + coap_opt_length(opt) - 1) & 0x07) : 0)

/* Takes option `number` (COAP_OPTION_BLOCK1 or BLOCK2) of the PDU apart. 1, or 0: not there, too
 * long, or a size exponent that `session`'s transport does not know. */
int coap_get_block(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block);
int coap_get_block_b(const coap_session_t *session, const coap_pdu_t *pdu, coap_option_num_t number,
                     coap_block_b_t *block);

/* Adds the option for `block` of a body of `data_length` bytes to `pdu`, making blocks smaller when
 * they do not fit. 1; 0 or a negative value when the block lies past the end or there is no room.
 */
int coap_write_block_opt(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu,
                         size_t data_length);

/* Adds block `block_num` of size 1 << (block_szx + 4) of the data as payload. 1 or 0. */
int coap_add_block(coap_pdu_t *pdu, size_t len, const uint8_t *data, unsigned int block_num,
                   unsigned char block_szx);

/* As above, with the block as coap_get_block_b() gives it. Written are single blocks. One read from
 * a connection may be several of 1024 bytes (RFC 8323 6): `bert` says so, `szx` is 6 then and
 * `chunk_size` what they have in all. */
int coap_write_block_b_opt(coap_session_t *session, coap_block_b_t *block, coap_option_num_t number,
                           coap_pdu_t *pdu, size_t data_length);
int coap_add_block_b_data(coap_pdu_t *pdu, size_t len, const uint8_t *data, coap_block_b_t *block);

/* Puts a body together for an application that is given it block by block (coap_get_data_large(3)):
 * copies the block to its place. `body_data` is NULL at first and owned by the caller afterwards,
 * `total` the size of the whole as far as it is known; a block past that makes it larger. Gives the
 * body, to be freed by coap_delete_binary(), which may have moved; NULL when out of memory or when
 * `data` is NULL, and `body_data` is freed then. The caller bounds what it lets grow. */
coap_binary_t *coap_block_build_body(coap_binary_t *body_data, size_t length, const uint8_t *data,
                                     size_t offset, size_t total);

/* Which of the bits above the library follows; 0: blocks are the application's business. Bodies in
 * blocks have at most 32 MiB, and 2^20 blocks (RFC 7959 2.2: 16 MiB of the smallest ones): a larger
 * request body is refused by coap_add_data_large_request(3), a larger one coming in by 4.13. */
void coap_context_set_block_mode(coap_context_t *context, uint32_t block_mode);

/* Gives the body back to its owner: called once for each call that passed it, whatever came of
 * that. */
typedef void (*coap_release_large_data_t)(coap_session_t *session, void *app_ptr);

/* Adds `data` to a request, in Block1 pieces when it is larger than a message. `data` is borrowed
 * until `release_func` (may be NULL) is called. Over a connection that is not up yet blocks are of
 * 1024 bytes; of several of these (RFC 8323 6) once the peer's CSM is there and allows it. 1, or 0:
 * too large (see above), out of memory. */
int coap_add_data_large_request(coap_session_t *session, coap_pdu_t *pdu, size_t length,
                                const uint8_t *data, coap_release_large_data_t release_func,
                                void *app_ptr);

/* As above for a response: adds Content-Format `media_type` (unless -1), Max-Age `maxage` (unless
 * -1), an ETag (`etag`, or one made from the body when 0), Block2 and Size2 as needed, and the
 * piece that `request` asks for. */
int coap_add_data_large_response(coap_resource_t *resource, coap_session_t *session,
                                 const coap_pdu_t *request, coap_pdu_t *response,
                                 const coap_string_t *query, uint16_t media_type, int maxage,
                                 uint64_t etag, size_t length, const uint8_t *data,
                                 coap_release_large_data_t release_func, void *app_ptr);

/* A response whose whole body is at hand: adds the piece that `request` asks for, with its
 * Content-Format (unless media_type is COAP_MEDIATYPE_TEXT_PLAIN: still added) and Max-Age (unless
 * -1). Answers 4.00 in `response` when the piece does not exist. */
void coap_add_data_blocked_response(const coap_pdu_t *request, coap_pdu_t *response,
                                    uint16_t media_type, int maxage, size_t length,
                                    const uint8_t *data);

/* 1 when this build does Q-Block (RFC 9177). */
int coap_q_block_is_supported(void);

COAP_END_DECLS

#endif /* COAP_BLOCK_H_ */
