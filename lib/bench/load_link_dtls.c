/* load_link_dtls.c -- sessions over DTLS with a pre-shared key, by GnuTLS, over the same batched
 * datagrams as those without. */
#include "load.h"

#include "load_datagrams.h"
#include "load_open.h"

#include <errno.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

enum { MTU = 1400, RETRY_MS = 1000, GIVE_UP_MS = 20000, LOOK_NS = 50000000 };
enum { OPENING_AT_ONCE = 64 };

/* What RFC 7252 9.1.3.1 has every server do, so that two of them do the same work. */
static const char priorities[] =
    "NONE:+VERS-DTLS1.2:+PSK:+AES-128-CCM-8:+AEAD:+COMP-NULL:+SIGN-ALL";

typedef struct peer_t {
  load_t *load;
  gnutls_session_t tls;
  uint32_t session;
  int is_up;
  const uint8_t *in; /* the datagram that came, while it is looked at */
  size_t in_length;
  struct peer_t *prev, *next; /* among those that shake hands */
} peer_t;

typedef struct link_t {
  load_datagrams_t *datagrams;
  gnutls_psk_client_credentials_t credentials;
  gnutls_priority_t priority;
  peer_t *peers;
  peer_t *opening;
  uint32_t up_count;
  uint64_t looked_at; /* for what has to be said again */
} link_t;

static ssize_t
push(gnutls_transport_ptr_t user, const void *data, size_t length) {
  peer_t *peer = user;
  link_t *link = peer->load->link;

  load_datagrams_send(link->datagrams, peer->session, data, length);
  return (ssize_t)length;
}

static ssize_t
pull(gnutls_transport_ptr_t user, void *data, size_t room) {
  peer_t *peer = user;
  size_t length = peer->in_length < room ? peer->in_length : room;

  if (!peer->in) {
    gnutls_transport_set_errno(peer->tls, EAGAIN);
    return -1;
  }
  memcpy(data, peer->in, length);
  peer->in = NULL;
  return (ssize_t)length;
}

static int
pull_timeout(gnutls_transport_ptr_t user, unsigned int ms) {
  (void)ms;
  return ((peer_t *)user)->in != NULL;
}

static void
end_opening(link_t *link, peer_t *peer) {
  if (peer->prev)
    DL_DELETE(link->opening, peer);
  peer->prev = peer->next = NULL;
}

static void
end_tls(link_t *link, peer_t *peer) {
  end_opening(link, peer);
  if (!peer->tls)
    return;
  if (peer->is_up)
    gnutls_bye(peer->tls, GNUTLS_SHUT_WR);
  gnutls_deinit(peer->tls);
  link->up_count -= (uint32_t)peer->is_up;
  peer->tls = NULL;
  peer->is_up = 0;
}

static void
shake_hands(link_t *link, peer_t *peer) {
  int result = gnutls_handshake(peer->tls);

  if (result == GNUTLS_E_SUCCESS) {
    end_opening(link, peer);
    peer->is_up = 1;
    link->up_count++;
    load_connected(peer->load, peer->session);
  } else if (gnutls_error_is_fatal(result)) {
    end_tls(link, peer);
    load_broken(peer->load, peer->session);
  }
}

static int
start(link_t *link, peer_t *peer) {
  if (gnutls_init(&peer->tls, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK) < 0) {
    peer->tls = NULL;
    return 0;
  }
  gnutls_priority_set(peer->tls, link->priority);
  gnutls_credentials_set(peer->tls, GNUTLS_CRD_PSK, link->credentials);
  gnutls_transport_set_ptr(peer->tls, peer);
  gnutls_transport_set_push_function(peer->tls, push);
  gnutls_transport_set_pull_function(peer->tls, pull);
  gnutls_transport_set_pull_timeout_function(peer->tls, pull_timeout);
  gnutls_dtls_set_mtu(peer->tls, MTU);
  gnutls_dtls_set_timeouts(peer->tls, RETRY_MS, GIVE_UP_MS);
  DL_APPEND(link->opening, peer);
  shake_hands(link, peer);
  return 1;
}

static void
read_records(link_t *link, peer_t *peer) {
  uint8_t data[LOAD_DATAGRAM_MAX];
  load_reply_t reply;
  ssize_t got = 1;

  while (got > 0 && peer->tls && peer->in) {
    got = gnutls_record_recv(peer->tls, data, sizeof(data));
    if (got > 0 && load_reply_read(&reply, data, (size_t)got))
      load_take(peer->load, peer->session, &reply);
  }
  if (peer->tls && (got == 0 || (got < 0 && gnutls_error_is_fatal((int)got)))) {
    end_tls(link, peer);
    load_broken(peer->load, peer->session);
  }
}

static void
on_datagram(void *user, uint32_t client, const uint8_t *data, size_t length) {
  load_t *load = user;
  link_t *link = load->link;
  peer_t *peer = &link->peers[client];

  if (!peer->tls)
    return;
  peer->in = data;
  peer->in_length = length;
  if (!peer->is_up)
    shake_hands(link, peer);
  else
    read_records(link, peer);
  peer->in = NULL;
}

/* GnuTLS says again what is overdue when it is called. */
static void
remind(link_t *link) {
  uint64_t now = load_now();
  peer_t *peer;
  peer_t *next;

  if (now - link->looked_at < LOOK_NS)
    return;
  link->looked_at = now;
  DL_FOREACH_SAFE(link->opening, peer, next) {
    shake_hands(link, peer);
  }
}

static void
dtls_send(load_t *load, uint32_t session, const uint8_t *message, size_t length) {
  link_t *link = load->link;

  /* Without a session the request is lost, and counted so. */
  if (link->peers[session].is_up)
    gnutls_record_send(link->peers[session].tls, message, length);
}

static void
dtls_flush(load_t *load) {
  load_datagrams_flush(((link_t *)load->link)->datagrams);
}

static void
dtls_receive(load_t *load, int64_t wait_ns) {
  link_t *link = load->link;

  load_datagrams_receive(link->datagrams, wait_ns, on_datagram, load);
  remind(link);
}

static void
dtls_renew(load_t *load, uint32_t session) {
  link_t *link = load->link;

  end_tls(link, &link->peers[session]);
  if (load_datagrams_renew(link->datagrams, session) == 0)
    start(link, &link->peers[session]);
}

static int
start_first(load_t *load, uint32_t session) {
  link_t *link = load->link;

  if (start(link, &link->peers[session]))
    return 1;
  fputs("coapspec-load: out of memory\n", stderr);
  return 0;
}

static int
wait_for_all(load_t *load) {
  const link_t *link = load->link;
  const load_opening_t opening = {.what = "handshakes",
                                  .advice =
                                      "are the key (-k) and the identity (-u) those of the server?",
                                  .at_once = OPENING_AT_ONCE,
                                  .patience_ms = load->options->patience_ms + GIVE_UP_MS,
                                  .count = &link->up_count,
                                  .start = start_first};

  return load_open_all(load, &opening);
}

static int
set_up_tls(link_t *link, const load_options_t *options) {
  gnutls_datum_t key = {options->key, (unsigned int)options->key_length};

  return gnutls_psk_allocate_client_credentials(&link->credentials) == 0 &&
         gnutls_psk_set_client_credentials(link->credentials, options->identity, &key,
                                           GNUTLS_PSK_KEY_RAW) == 0 &&
         gnutls_priority_init(&link->priority, priorities, NULL) == 0;
}

static int
dtls_open(load_t *load) {
  const load_options_t *options = load->options;
  link_t *link = calloc(1, sizeof(*link));

  load->link = link;
  if (!link || !set_up_tls(link, options)) {
    fputs("coapspec-load: GnuTLS takes neither the key nor the cipher suite\n", stderr);
    return 0;
  }
  link->datagrams =
      load_datagrams_open(&options->server, (uint32_t)options->sessions, options->first_source);
  link->peers = calloc(options->sessions, sizeof(*link->peers));
  if (!link->datagrams || !link->peers) {
    fprintf(stderr, "coapspec-load: %lu sessions: %s; fewer with -c\n", options->sessions,
            strerror(errno));
    return 0;
  }
  for (uint32_t i = 0; i < options->sessions; i++) {
    link->peers[i].load = load;
    link->peers[i].session = i;
  }
  /* A new session for each request is opened when its time comes. */
  return options->task == LOAD_HANDSHAKES || wait_for_all(load);
}

static void
dtls_close(load_t *load) {
  link_t *link = load->link;

  for (uint32_t i = 0; link->peers && i < load->options->sessions; i++)
    end_tls(link, &link->peers[i]);
  if (link->datagrams) {
    load_datagrams_flush(link->datagrams);
    load->result.failed = load_datagrams_failed(link->datagrams);
    load_datagrams_close(link->datagrams);
  }
  gnutls_priority_deinit(link->priority);
  if (link->credentials)
    gnutls_psk_free_client_credentials(link->credentials);
  free(link->peers);
  free(link);
}

const load_link_ops_t load_link_dtls = {dtls_open,  dtls_close,   dtls_send,
                                        dtls_flush, dtls_receive, dtls_renew};
