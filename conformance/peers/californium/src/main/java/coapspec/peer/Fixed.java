package coapspec.peer;

import static org.eclipse.californium.core.coap.MediaTypeRegistry.TEXT_PLAIN;

import java.util.List;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.server.resources.CoapExchange;

/** Always the same text, or the same document. */
class Fixed extends Plugtest {
  private final String text;
  private final int format;

  Fixed(String name, String text, Code... more) {
    this(name, text, TEXT_PLAIN, more);
  }

  Fixed(String name, String text, int format, Code... more) {
    super(name, Code.GET, more);
    this.text = text;
    this.format = format;
  }

  /** An attribute of the link in .well-known/core; of the same name: one more value of it. */
  Fixed with(String attribute, String... values) {
    for (String value : values) {
      getAttributes().addAttribute(attribute, value);
    }
    return this;
  }

  @Override
  List<Integer> formats() {
    return List.of(format);
  }

  @Override
  public void handleGET(CoapExchange exchange) {
    exchange.respond(ResponseCode.CONTENT, text, format);
  }
}
