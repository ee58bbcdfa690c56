/* outgoing.c -- the list of records a session keeps of what it has sent. */
#include "session/outgoing.h"

#include "seams/memory.h"
#include "session/message.h"

#include <utlist.h>

coap_outgoing_t *
coap_outgoing_new(coap_session_t *session, coap_pdu_t *pdu) {
  coap_outgoing_t *out = coap_mem_zalloc(sizeof(*out));

  if (!out) {
    session->core->counters.no_memory++;
    return NULL;
  }
  out->session = session;
  out->pdu = pdu;
  out->timer.fire = coap_message_timer_fire;
  DL_APPEND(session->outgoing, out);
  session->outgoing_count++;
  return out;
}

/* Nobody waits any longer than for those in flight: the first one queued is looked at when timers
 * are next looked at, should nobody call coap_message_next() before. */
static void
outgoing_wake_queued(coap_session_t *session) {
  coap_outgoing_t *out;

  if (session->con_active >= coap_session_recovery(session)->nstart ||
      !coap_session_is_open(session))
    return;
  DL_FOREACH(session->outgoing, out) {
    if (out->stage == COAP_OUT_QUEUED && !out->ended) {
      if (!coap_timer_arm(&session->core->timers, &out->timer, 0))
        session->core->counters.no_memory++; /* then with the next message either way */
      return;
    }
  }
}

int
coap_message_seal(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed) {
  *sealed = NULL;
  return coap_session_guard(session) ? session->core->ops->seal(session, pdu, sealed) : 0;
}

/* Takes the record off the list: whatever handlers do now, they do not meet it again. */
static void
outgoing_unlink(coap_outgoing_t *out) {
  coap_session_t *session = out->session;

  coap_timer_cancel(&session->core->timers, &out->timer);
  DL_DELETE(session->outgoing, out);
  session->outgoing_count--;
  if (out->stage == COAP_OUT_UNACKED)
    session->con_active--;
  if (out->stage == COAP_OUT_UNACKED || out->stage == COAP_OUT_QUEUED)
    outgoing_wake_queued(session);
}

static void
outgoing_destroy(coap_outgoing_t *out) {
  out->session->core->ops->outgoing_gone(out->session, out);
  coap_delete_pdu(out->sealed);
  coap_delete_pdu(out->pdu);
  coap_mem_free(out);
}

void
coap_outgoing_set_stage(coap_outgoing_t *out, coap_outgoing_stage_t stage) {
  if (out->stage == COAP_OUT_UNACKED && stage != COAP_OUT_UNACKED)
    out->session->con_active--;
  else if (out->stage != COAP_OUT_UNACKED && stage == COAP_OUT_UNACKED)
    out->session->con_active++;
  out->stage = stage;
}

static void
outgoing_tell(coap_outgoing_t *out, int reason) {
  if (reason >= 0 && !out->answered && !out->is_ping)
    out->session->core->ops->nack(out->session, out, (coap_nack_reason_t)reason);
}

/* A handler that runs while it is being sent may end its session: who sends it finishes it when the
 * session has told its own end, behind which nothing is to be told. */
static void
outgoing_end_sending(coap_outgoing_t *out, int reason) {
  if (out->ended)
    return;
  out->ended = 1;
  out->end_reason = -1;
  outgoing_tell(out, reason);
}

void
coap_outgoing_end(coap_outgoing_t *out, int reason) {
  if (out->busy && out->sending && out->promised) {
    outgoing_end_sending(out, reason);
    return;
  }
  if (out->busy) {
    out->ended = 1;
    out->end_reason = reason;
    return;
  }
  outgoing_unlink(out);
  outgoing_tell(out, reason);
  outgoing_destroy(out);
}

static int
outgoing_is_in_flight(const coap_outgoing_t *out) {
  return !out->fresh && (out->stage == COAP_OUT_UNACKED || out->stage == COAP_OUT_AWAITING);
}

void
coap_outgoing_end_all(coap_session_t *session, int reason, int in_flight_only) {
  coap_outgoing_t *out;

  /* What a NACK handler sends meanwhile is not among those that end now. */
  DL_FOREACH(session->outgoing, out) {
    if (!in_flight_only || outgoing_is_in_flight(out))
      out->doomed = 1;
  }
  for (out = session->outgoing; out;) {
    coap_outgoing_t *next = out->next;

    if (out->doomed && !out->ended) {
      coap_outgoing_end(out, reason);
      /* The handler may have ended `next` as well. */
      next = session->outgoing;
    }
    out = next;
  }
}

coap_outgoing_t *
coap_outgoing_by_pdu(const coap_session_t *session, const coap_pdu_t *pdu) {
  coap_outgoing_t *out;

  DL_FOREACH(session->outgoing, out) {
    if (out->pdu == pdu)
      return out;
  }
  return NULL;
}

coap_outgoing_t *
coap_outgoing_by_mid(const coap_session_t *session, coap_mid_t mid) {
  coap_outgoing_t *out;

  DL_FOREACH(session->outgoing, out) {
    if (coap_pdu_get_mid(out->pdu) == mid && !out->acked && !out->ended &&
        outgoing_is_in_flight(out))
      return out;
  }
  return NULL;
}

coap_outgoing_t *
coap_outgoing_by_token(const coap_session_t *session, const coap_bin_const_t *token) {
  coap_outgoing_t *out;

  DL_FOREACH(session->outgoing, out) {
    coap_bin_const_t own = coap_pdu_get_token(out->pdu);

    if (out->is_request && !out->ended && coap_binary_equal(&own, token) &&
        (outgoing_is_in_flight(out) || out->stage == COAP_OUT_KEPT))
      return out;
  }
  return NULL;
}
