/* server.c -- a stack in a hundred lines: a socket that acknowledges each Confirmable request with
 * 5.01 and each ping with a Reset (RFC 7252 4.2, 4.3), and has no memory for anything else. */
#include <coap3/coap.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ENDPOINTS = 2, HEADER = 4, TOKEN_MAX = 8, DATAGRAM = 2048 };
enum { CON, NON, ACK, RST };

struct coap_endpoint_t {
  int fd;
};

struct coap_context_t {
  coap_endpoint_t endpoints[ENDPOINTS];
  int count;
};

coap_context_t *
coap_new_context(const coap_address_t *listen_addr) {
  (void)listen_addr;
  return calloc(1, sizeof(coap_context_t));
}

void
coap_free_context(coap_context_t *context) {
  while (context->count > 0)
    close(context->endpoints[--context->count].fd);
  free(context);
}

coap_endpoint_t *
coap_new_endpoint(coap_context_t *context, const coap_address_t *at, coap_proto_t proto) {
  int fd = proto == COAP_PROTO_UDP && context->count < ENDPOINTS
               ? socket(at->addr.sa.sa_family, SOCK_DGRAM, 0)
               : -1;

  if (fd < 0)
    return NULL;
  if (bind(fd, &at->addr.sa, at->size) != 0) {
    close(fd);
    return NULL;
  }
  context->endpoints[context->count].fd = fd;
  return &context->endpoints[context->count++];
}

/* The socket goes with its context. */
void
coap_free_endpoint(coap_endpoint_t *endpoint) {
  (void)endpoint;
}

/* The length of the answer to `in`, written to `out`; 0: there is none. */
static size_t
answer(const unsigned char *in, size_t length, unsigned char *out) {
  unsigned int type = in[0] >> 4 & 3U;
  unsigned int token = in[0] & 15U;

  if (length < HEADER || in[0] >> 6 != 1 || token > TOKEN_MAX || length < HEADER + token)
    return 0;
  if (type > NON && !TINY_BROKEN)
    return 0;
  memcpy(out, in, HEADER + token);
  if (in[1] >= 1 && in[1] < 32 && type == CON) {
    out[0] = (unsigned char)(0x40U | ACK << 4 | token);
    out[1] = COAP_RESPONSE_CODE_NOT_IMPLEMENTED;
    return HEADER + token;
  }
  if (in[1] != 0 || (type != CON && !TINY_BROKEN))
    return 0;
  out[0] = 0x40U | RST << 4;
  out[1] = 0;
  return HEADER;
}

/* One datagram at a time: the harness calls again while there is another. */
static void
serve(int fd) {
  unsigned char in[DATAGRAM];
  unsigned char out[DATAGRAM];
  struct sockaddr_storage peer;
  struct iovec part = {in, sizeof(in)};
  struct msghdr message;
  ssize_t length;

  memset(&message, 0, sizeof(message));
  message.msg_name = &peer;
  message.msg_namelen = sizeof(peer);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  length = recvmsg(fd, &message, 0);
  part.iov_base = out;
  part.iov_len = length > 0 ? answer(in, (size_t)length, out) : 0;
  if (part.iov_len > 0)
    sendmsg(fd, &message, 0);
}

/* It has no epoll: all of its sockets are watched by none. */
int
coap_context_get_coap_fd(const coap_context_t *context) {
  (void)context;
  return -1;
}

int
coap_io_process(coap_context_t *context, uint32_t timeout_ms) {
  int i;

  (void)timeout_ms;
  for (i = 0; i < context->count; i++)
    serve(context->endpoints[i].fd);
  return 0;
}

void
coap_ticks(coap_tick_t *t) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  *t = (coap_tick_t)now.tv_sec * 1000 + (coap_tick_t)now.tv_nsec / 1000000;
}
