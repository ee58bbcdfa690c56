package coapspec.peer;

import static org.eclipse.californium.core.coap.MediaTypeRegistry.TEXT_PLAIN;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.server.resources.CoapExchange;

/** What the last PUT left, in the format it came in. */
class Stored extends Plugtest {
  private byte[] payload;
  private int format = TEXT_PLAIN;

  Stored(String name, String initial, Code... more) {
    super(name, Code.GET, more);
    payload = initial.getBytes(StandardCharsets.UTF_8);
  }

  synchronized void put(byte[] replacement, int itsFormat) {
    payload = replacement;
    format = itsFormat;
  }

  /** Keeps what a request brought; without a Content-Format it counts as text. */
  void take(CoapExchange exchange) {
    boolean named = exchange.getRequestOptions().hasContentFormat();
    put(
        exchange.getRequestPayload(),
        named ? exchange.getRequestOptions().getContentFormat() : TEXT_PLAIN);
  }

  synchronized byte[] payload() {
    return payload;
  }

  @Override
  synchronized List<Integer> formats() {
    return List.of(format);
  }

  @Override
  public void handleGET(CoapExchange exchange) {
    exchange.respond(ResponseCode.CONTENT, payload(), formats().get(0));
  }

  @Override
  public void handlePUT(CoapExchange exchange) {
    take(exchange);
    exchange.respond(ResponseCode.CHANGED);
  }
}
