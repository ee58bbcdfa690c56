/* ws.c -- the upgrade, and CoAP messages in and out of frames (RFC 6455 4 to 7, RFC 8323 4). */
#include "session/ws.h"

#include "seams/memory.h"
#include "session/stream.h"
#include "wire/pdu_tcp.h"
#include "wire/ws_close.h"

#include <errno.h>
#include <string.h>

coap_ws_t *
coap_ws_new(void) {
  return coap_mem_zalloc(sizeof(coap_ws_t));
}

static void
ws_reset(coap_ws_t *ws) {
  if (ws->begun)
    coap_ws_handshake_clear(&ws->handshake);
  coap_bytes_clear(&ws->message);
  ws->control_length = 0;
  ws->begun = ws->is_up = ws->close_sent = 0;
}

void
coap_ws_free(coap_ws_t *ws) {
  if (!ws)
    return;
  ws_reset(ws);
  coap_mem_free(ws);
}

int
coap_ws_is_up(const coap_session_t *session) {
  return coap_session_stream(session)->ws && coap_session_stream(session)->ws->is_up;
}

static void
random_bytes(coap_session_t *session, uint8_t *to, size_t length) {
  for (size_t i = 0; i < length; i++)
    to[i] = session->core->ops->jitter(session);
}

int
coap_ws_set_host(coap_session_t *session, const char *host, size_t length) {
  static const uint8_t nonce[COAP_WS_NONCE_SIZE] = {0};
  coap_ws_t *ws = coap_session_stream(session) ? coap_session_stream(session)->ws : NULL;
  char request[COAP_WS_REQUEST_MAX];
  char text[COAP_WS_HOST_MAX + 1];

  if (!ws || ws->begun || session->is_accepted || length == 0 || length > COAP_WS_HOST_MAX)
    return 0;
  memcpy(text, host, length);
  text[length] = '\0';
  if (strlen(text) != length || !coap_ws_write_request(request, text, nonce))
    return 0;
  memcpy(ws->host, text, length + 1);
  return 1;
}

static int
send_request(coap_session_t *session, coap_ws_t *ws) {
  uint8_t nonce[COAP_WS_NONCE_SIZE];
  char request[COAP_WS_REQUEST_MAX];
  unsigned char address[64];
  const char *host = ws->host;
  size_t length;

  if (!*host) {
    coap_print_addr(&session->addr_remote, address, sizeof(address));
    host = (const char *)address;
  }
  random_bytes(session, nonce, sizeof(nonce));
  length = coap_ws_write_request(request, host, nonce);
  coap_ws_handshake_client(&ws->handshake, nonce);
  ws->begun = 1;
  return length && coap_stream_write(session, (const uint8_t *)request, length) == 0;
}

int
coap_ws_begin(coap_session_t *session) {
  coap_ws_t *ws = coap_session_stream(session)->ws;

  if (!session->is_accepted)
    return send_request(session, ws);
  coap_ws_handshake_server(&ws->handshake);
  ws->begun = 1;
  return 1;
}

/* One frame. A client's is masked (RFC 6455 5.1, 5.3). 0 or a negative errno. */
static int
send_frame(coap_session_t *session, coap_ws_opcode_t opcode, const uint8_t *payload,
           size_t length) {
  uint8_t key[COAP_WS_KEY_SIZE];
  uint8_t *frame = coap_mem_alloc(COAP_WS_HEADER_MAX + length);
  int masked = !session->is_accepted;
  size_t header;
  int result;

  if (!frame) {
    session->core->counters.no_memory++;
    return -ENOMEM;
  }
  if (masked)
    random_bytes(session, key, sizeof(key));
  header = coap_ws_write_header(frame, opcode, 1, length, masked ? key : NULL);
  if (length)
    memcpy(frame + header, payload, length);
  if (masked)
    coap_ws_mask(frame + header, length, key, 0);
  result = coap_stream_write(session, frame, header + length);
  coap_mem_free(frame);
  return result;
}

int
coap_ws_put(coap_session_t *session, coap_pdu_t *pdu) {
  size_t length = 0;
  const uint8_t *bytes = coap_wire_encode_ws(pdu, &length);

  /* RFC 6455 5.5.1: nothing follows a Close frame. */
  if (!coap_ws_is_up(session) || coap_session_stream(session)->ws->close_sent)
    return -ENOTCONN;
  return bytes ? send_frame(session, COAP_WS_BINARY, bytes, length) : -EINVAL;
}

static void
send_close(coap_session_t *session, coap_ws_close_code_t code) {
  coap_ws_t *ws = coap_session_stream(session)->ws;
  uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

  if (ws->close_sent)
    return;
  ws->close_sent = 1;
  send_frame(session, COAP_WS_CLOSE, payload, sizeof(payload));
}

void
coap_ws_end(coap_session_t *session) {
  coap_ws_t *ws = coap_session_stream(session)->ws;

  if (!ws)
    return;
  /* Behind what the connection has not taken yet it would not get there. */
  if (ws->is_up && coap_session_stream(session)->connected && coap_stream_is_flushed(session))
    send_close(session, COAP_WS_CLOSE_NORMAL);
  ws_reset(ws);
}

/* The layer has failed: said to the peer and to the application (RFC 6455 7.1.7). */
static void
fail(coap_session_t *session, coap_ws_close_code_t code, const char *why) {
  session->core->counters.rx_malformed++;
  coap_log_debug("%s: WebSocket failure: %s\n", coap_session_str(session), why);
  if (code == COAP_WS_CLOSE_TOO_BIG)
    session->core->ops->event(session, COAP_EVENT_WS_PACKET_SIZE);
  if (!coap_session_stream(session)->connected)
    return;
  send_close(session, code);
  coap_session_event(session, COAP_FSM_EV_HANG_UP, COAP_NACK_WS_LAYER_FAILED);
}

static void
answer_upgrade(coap_session_t *session, const coap_ws_t *ws) {
  char response[COAP_WS_RESPONSE_MAX];

  if (session->is_accepted)
    coap_stream_write(session, (const uint8_t *)response,
                      coap_ws_write_response(response, &ws->handshake));
}

static coap_wire_status_t
take_handshake(coap_session_t *session, coap_ws_t *ws, const uint8_t *data, size_t length,
               size_t *used) {
  coap_wire_status_t status = coap_ws_handshake_read(&ws->handshake, data, length, used);

  if (status == COAP_WIRE_MALFORMED) {
    session->core->counters.rx_rejected++;
    coap_log_debug("%s: no upgrade to WebSockets: %s\n", coap_session_str(session),
                   ws->handshake.why ? ws->handshake.why : "");
    if (ws->handshake.status)
      answer_upgrade(session, ws);
    coap_session_event(session, COAP_FSM_EV_UPGRADE_FAILED, COAP_NACK_WS_FAILED);
    return COAP_WIRE_OK;
  }
  /* What is read of the head is taken, though there is more to come. */
  if (status == COAP_WIRE_MORE && *used)
    return COAP_WIRE_OK;
  if (status != COAP_WIRE_OK)
    return status;
  answer_upgrade(session, ws);
  ws->is_up = 1;
  coap_ws_reader_init(&ws->reader, session->is_accepted, session->core->csm_max_message);
  coap_session_event(session, COAP_FSM_EV_UPGRADED, COAP_NACK_NOT_DELIVERABLE);
  return COAP_WIRE_OK;
}

/* Control frames are whole; they may come in the middle of a message (RFC 6455 5.5). */
static void
on_control(coap_session_t *session, coap_ws_t *ws) {
  coap_ws_close_code_t wrong;
  unsigned int code;

  if (ws->reader.opcode == COAP_WS_PING && coap_stream_is_full(session)) {
    session->core->counters.tx_refused++;
  } else if (ws->reader.opcode == COAP_WS_PING) {
    send_frame(session, COAP_WS_PONG, ws->control, ws->control_length);
  } else if (ws->reader.opcode == COAP_WS_CLOSE) {
    wrong = coap_ws_check_close(ws->control, ws->control_length, &code);
    if (wrong) {
      fail(session, wrong, "Close frame is wrong");
      return;
    }
    send_close(session, COAP_WS_CLOSE_NORMAL);
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
  }
}

static int
is_control(const coap_ws_t *ws) {
  return ws->reader.opcode >= COAP_WS_CLOSE;
}

static int
keep_piece(coap_ws_t *ws) {
  const coap_ws_reader_t *reader = &ws->reader;

  if (!is_control(ws))
    return coap_bytes_add(&ws->message, reader->piece, reader->piece_length);
  if (reader->piece_length > sizeof(ws->control) - ws->control_length)
    return 0;
  memcpy(ws->control + ws->control_length, reader->piece, reader->piece_length);
  ws->control_length += reader->piece_length;
  return 1;
}

static coap_wire_status_t
finish_message(coap_session_t *session, coap_ws_t *ws, coap_pdu_t **pdu, const char **why) {
  coap_wire_status_t status = coap_wire_parse_ws(ws->message.data, coap_bytes_left(&ws->message),
                                                 session->core->max_token, pdu, why);

  coap_bytes_clear(&ws->message);
  return status;
}

static coap_wire_status_t
take_frames(coap_session_t *session, coap_ws_t *ws, coap_ws_input_t *input, coap_pdu_t **pdu,
            const char **why) {
  const coap_stream_t *stream = coap_session_stream(session);
  unsigned int epoch = stream->epoch;

  while (stream->epoch == epoch && stream->connected) {
    switch (coap_ws_read(&ws->reader, input)) {
    case COAP_WS_MORE:
      return COAP_WIRE_OK;
    case COAP_WS_FRAME:
      ws->control_length = 0;
      break;
    case COAP_WS_PAYLOAD:
      if (!keep_piece(ws))
        return COAP_WIRE_NO_MEMORY;
      break;
    case COAP_WS_END:
      if (is_control(ws))
        on_control(session, ws);
      else if (ws->reader.fin)
        return finish_message(session, ws, pdu, why);
      break;
    case COAP_WS_BROKEN:
      fail(session, ws->reader.close_code, ws->reader.why);
      return COAP_WIRE_OK;
    }
  }
  return COAP_WIRE_OK;
}

coap_wire_status_t
coap_ws_take(coap_session_t *session, coap_pdu_t **pdu, size_t *used, const char **why) {
  coap_stream_t *stream = coap_session_stream(session);
  coap_ws_t *ws = stream->ws;
  size_t length = coap_bytes_left(&stream->in);
  coap_ws_input_t input = {stream->in.data ? stream->in.data + stream->in.at : NULL, length};
  coap_wire_status_t status;

  if (!length)
    return COAP_WIRE_MORE;
  if (!ws->is_up)
    return take_handshake(session, ws, input.at, length, used);
  status = take_frames(session, ws, &input, pdu, why);
  *used = length - input.left;
  return status;
}
