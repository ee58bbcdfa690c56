package coapspec.peer;

import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.server.resources.Resource;

/** A step on the way to a resource that is none itself: Californium's tree needs them. */
final class Node extends CoapResource {
  Node(String name, Resource child) {
    super(name, false);
    if (child != null) {
      add(child);
    }
  }

  @Override
  public void handleRequest(Exchange exchange) {
    exchange.sendResponse(new Response(ResponseCode.NOT_FOUND));
  }
}
