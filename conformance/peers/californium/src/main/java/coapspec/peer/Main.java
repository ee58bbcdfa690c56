package coapspec.peer;

import java.net.InetSocketAddress;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.tcp.netty.TcpServerConnector;

/** A plugtest server on Californium: Main HOST PORT. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    String host = arguments[0];
    int port = Integer.parseInt(arguments[1]);
    Configuration configuration = Settings.create();
    CoapServer server = new CoapServer(configuration);
    server.addEndpoint(
        new CoapEndpoint.Builder()
            .setConfiguration(configuration)
            .setInetSocketAddress(new InetSocketAddress(host, port))
            .build());
    server.addEndpoint(
        new CoapEndpoint.Builder()
            .setConfiguration(configuration)
            .setConnector(new TcpServerConnector(new InetSocketAddress(host, port), configuration))
            .build());
    Site.fill(server);
    try {
      server.start();
    } catch (IllegalStateException reason) {
      System.err.printf(
          "californium: cannot serve on %s port %d: port taken, or no address of this machine%n",
          host, port);
      System.exit(1);
    }
  }
}
