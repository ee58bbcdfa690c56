package coapspec.peer;

import static org.eclipse.californium.core.coap.MediaTypeRegistry.APPLICATION_LINK_FORMAT;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.Code;

/** The plugtest resources; the root and .well-known/core are Californium's own. */
final class Site {
  private Site() {}

  private static String large() {
    return IntStream.range(0, 25)
        .mapToObj(line -> String.format("line %02d of a text too long for one block ", line))
        .map(start -> start + ".".repeat(63 - start.length()) + "\n")
        .collect(Collectors.joining());
  }

  private static Fixed path() {
    String links =
        IntStream.rangeClosed(1, 3)
            .mapToObj(number -> "</path/sub" + number + ">")
            .collect(Collectors.joining(","));
    Fixed path = new Fixed("path", links, APPLICATION_LINK_FORMAT);
    path.getAttributes().addContentType(APPLICATION_LINK_FORMAT);
    for (int number = 1; number <= 3; number++) {
      path.add(new Fixed("sub" + number, "/path/sub" + number));
    }
    return path;
  }

  static void fill(CoapServer server) {
    Node location2 = new Node("location2", null);
    Fixed large = new Fixed("large", large());
    large.getAttributes().setMaximumSizeEstimate(large().length());
    server.add(
        new Resources.Test(location2),
        new Node("location1", location2),
        new Node("seg1", new Node("seg2", new Fixed("seg3", "three segments"))),
        new Resources.Query(),
        new Resources.Separate(),
        large,
        new Stored("large-update", "nothing uploaded yet", Code.PUT),
        new Resources.LargeCreate(),
        new Resources.LargePost(),
        new Resources.Observable(),
        new Resources.LocationQuery(),
        new Resources.MultiFormat(),
        new Resources.Validate(),
        new Resources.Create(),
        new Fixed("link1", "link 1").with("rt", "Type1", "Type2").with("if", "If1"),
        new Fixed("link2", "link 2").with("rt", "Type2", "Type3").with("if", "If2"),
        new Fixed("link3", "link 3").with("rt", "Type1", "Type3").with("if", "foo"),
        path());
  }
}
