package coapspec.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.eclipse.californium.elements.tcp.netty.TcpClientConnector;

/** Moves one body with Californium's client: Transfer get|put URI FILE. */
public final class Transfer {
  private Transfer() {}

  public static void main(String[] arguments) throws ConnectorException, IOException {
    Path file = Path.of(arguments[2]);
    Configuration configuration = Settings.create();
    CoapClient client = new CoapClient(arguments[1]);
    CoapEndpoint.Builder builder = new CoapEndpoint.Builder().setConfiguration(configuration);
    if (arguments[1].startsWith("coap+tcp:")) {
      builder.setConnector(new TcpClientConnector(configuration));
    }
    client.setEndpoint(builder.build());
    client.setTimeout(0L);
    boolean isPut = arguments[0].equals("put");
    CoapResponse response =
        isPut
            ? client.put(Files.readAllBytes(file), MediaTypeRegistry.APPLICATION_OCTET_STREAM)
            : client.get();
    if (response == null || !response.isSuccess()) {
      System.err.println("californium: " + (response == null ? "no answer" : response.getCode()));
      System.exit(1);
    }
    if (!isPut) {
      Files.write(file, response.getPayload());
    }
    System.exit(0);
  }
}
