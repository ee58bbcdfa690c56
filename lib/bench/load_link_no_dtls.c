/* load_link_no_dtls.c -- in a build without GnuTLS. */
#include "load.h"

#include <stdio.h>

static int
no_open(load_t *load) {
  (void)load;
  fputs("coapspec-load: built without GnuTLS: coaps:// is not to be had; configure "
        "--with-tls=gnutls\n",
        stderr);
  return 0;
}

static void
no_step(load_t *load) {
  (void)load;
}

static void
no_send(load_t *load, uint32_t session, const uint8_t *message, size_t length) {
  (void)load;
  (void)session;
  (void)message;
  (void)length;
}

static void
no_receive(load_t *load, int64_t wait_ns) {
  (void)load;
  (void)wait_ns;
}

static void
no_renew(load_t *load, uint32_t session) {
  (void)load;
  (void)session;
}

const load_link_ops_t load_link_dtls = {no_open, no_step, no_send, no_step, no_receive, no_renew};
