package coapspec.peer;

import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.TcpConfig;
import org.eclipse.californium.elements.config.UdpConfig;

/** Californium's own defaults, but for the size of a body in blocks (8 KiB there). */
final class Settings {
  private static final int BODY_MAX = 4 * 1024 * 1024;

  private Settings() {}

  static Configuration create() {
    CoapConfig.register();
    UdpConfig.register();
    TcpConfig.register();
    // Without the properties file it would write.
    Configuration configuration = Configuration.createStandardWithoutFile();
    configuration.set(CoapConfig.MAX_RESOURCE_BODY_SIZE, BODY_MAX);
    return configuration;
  }
}
