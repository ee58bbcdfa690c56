/* load_link_udp.c -- sessions over UDP: nothing to establish. */
#include "load.h"

#include "load_datagrams.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
on_datagram(void *user, uint32_t client, const uint8_t *data, size_t length) {
  load_reply_t reply;

  if (load_reply_read(&reply, data, length))
    load_take(user, client, &reply);
}

static int
udp_open(load_t *load) {
  const load_options_t *options = load->options;

  load->link =
      load_datagrams_open(&options->server, (uint32_t)options->sessions, options->first_source);
  if (!load->link)
    fprintf(stderr, "coapspec-load: no socket for each of %lu sessions: %s; fewer with -c\n",
            options->sessions, strerror(errno));
  return load->link != NULL;
}

static void
udp_close(load_t *load) {
  load->result.failed = load_datagrams_failed(load->link);
  load_datagrams_close(load->link);
}

static void
udp_send(load_t *load, uint32_t session, const uint8_t *message, size_t length) {
  load_datagrams_send(load->link, session, message, length);
}

static void
udp_flush(load_t *load) {
  load_datagrams_flush(load->link);
}

static void
udp_receive(load_t *load, int64_t wait_ns) {
  load_datagrams_receive(load->link, wait_ns, on_datagram, load);
}

static void
udp_renew(load_t *load, uint32_t session) {
  load_datagrams_renew(load->link, session);
  load_connected(load, session);
}

const load_link_ops_t load_link_udp = {udp_open,  udp_close,   udp_send,
                                       udp_flush, udp_receive, udp_renew};
