package coapspec.peer;

import static org.eclipse.californium.core.coap.CoAP.ResponseCode.NOT_ACCEPTABLE;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.PRECONDITION_FAILED;
import static org.eclipse.californium.core.coap.CoAP.ResponseCode.UNSUPPORTED_CONTENT_FORMAT;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;

/**
 * What all resources of the site share. Californium answers unknown paths and methods and
 * assembles blocks; conditional requests, Accept and Content-Format are the application's part
 * and are done here.
 */
abstract class Plugtest extends CoapResource {
  private final Set<Code> methods;

  Plugtest(String name, Code method, Code... more) {
    super(name);
    methods = EnumSet.of(method, more);
  }

  /** The formats that GET can give; none means that no Accept is refused. */
  List<Integer> formats() {
    return List.of();
  }

  /** The formats that PUT takes; none means any. */
  List<Integer> taken() {
    return List.of();
  }

  boolean isThere() {
    return true;
  }

  /** The entity tag of now, or null for a resource without. */
  byte[] tag() {
    return null;
  }

  @Override
  public void handleRequest(Exchange exchange) {
    ResponseCode refusal = refusal(exchange.getRequest());
    if (refusal == null) {
      super.handleRequest(exchange);
    } else {
      exchange.sendResponse(new Response(refusal));
    }
  }

  private ResponseCode refusal(Request request) {
    Code code = request.getCode();
    OptionSet options = request.getOptions();
    if (!methods.contains(code)) {
      return null;
    }
    if (conditionFails(options)) {
      return PRECONDITION_FAILED;
    }
    if (code == Code.GET && isThere() && options.hasAccept() && !formats().isEmpty()
        && !formats().contains(options.getAccept())) {
      return NOT_ACCEPTABLE;
    }
    if (code == Code.PUT && options.hasContentFormat() && !taken().isEmpty()
        && !taken().contains(options.getContentFormat())) {
      return UNSUPPORTED_CONTENT_FORMAT;
    }
    return null;
  }

  /** RFC 7252 section 5.10.8: an empty If-Match means "exists". */
  private boolean conditionFails(OptionSet options) {
    if (options.hasIfNoneMatch() && isThere()) {
      return true;
    }
    List<byte[]> wanted = options.getIfMatch();
    return !wanted.isEmpty()
        && !(isThere()
            && wanted.stream().anyMatch(one -> one.length == 0 || Arrays.equals(one, tag())));
  }
}
