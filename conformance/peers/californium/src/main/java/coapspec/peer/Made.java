package coapspec.peer;

import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.server.resources.CoapExchange;

/** A resource that a POST elsewhere made; DELETE takes it away again. */
final class Made extends Stored {
  Made(String name, CoapExchange request) {
    super(name, "", Code.DELETE);
    setVisible(false);
    take(request);
  }

  @Override
  public void handlePUT(CoapExchange exchange) {
    exchange.respond(ResponseCode.METHOD_NOT_ALLOWED);
  }

  @Override
  public void handleDELETE(CoapExchange exchange) {
    delete();
    exchange.respond(ResponseCode.DELETED);
  }
}
