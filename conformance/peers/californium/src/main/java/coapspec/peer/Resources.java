package coapspec.peer;

import static org.eclipse.californium.core.coap.MediaTypeRegistry.APPLICATION_XML;
import static org.eclipse.californium.core.coap.MediaTypeRegistry.TEXT_PLAIN;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.server.resources.CoapExchange;
import org.eclipse.californium.core.server.resources.Resource;

/** The resources that do more than keep a text. */
final class Resources {
  private static final int SEPARATE_SECONDS = 1;
  private static final int OBSERVE_SECONDS = 2;
  private static final int CREATED_MAX = 32;
  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "timer");
            thread.setDaemon(true);
            return thread;
          });

  private Resources() {}

  /** Takes all four methods; POST makes /location1/location2/location3. */
  static final class Test extends Stored {
    private static final String INITIAL = "a plain text resource";
    private final Resource location2;
    private int posts;

    Test(Resource location2) {
      super("test", INITIAL, Code.PUT, Code.POST, Code.DELETE);
      this.location2 = location2;
    }

    @Override
    List<Integer> taken() {
      return List.of(TEXT_PLAIN);
    }

    @Override
    public synchronized void handlePOST(CoapExchange exchange) {
      boolean before = location2.getChild("location3") != null;
      location2.add(new Made("location3", exchange));
      posts++;
      Response response = new Response(before ? ResponseCode.CHANGED : ResponseCode.CREATED);
      // The text counts the executions: a duplicate that was executed twice shows.
      response.setPayload("post " + posts);
      response.getOptions().setContentFormat(TEXT_PLAIN);
      if (!before) {
        response.getOptions().setLocationPath("location1/location2/location3");
      }
      exchange.respond(response);
    }

    @Override
    public void handleDELETE(CoapExchange exchange) {
      put(INITIAL.getBytes(StandardCharsets.UTF_8), TEXT_PLAIN);
      exchange.respond(ResponseCode.DELETED);
    }
  }

  /** Each query argument on a line of its own. */
  static final class Query extends Fixed {
    Query() {
      super("query", "no query");
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      List<String> queries = exchange.getRequestOptions().getUriQuery();
      if (queries.isEmpty()) {
        super.handleGET(exchange);
      } else {
        exchange.respond(ResponseCode.CONTENT, String.join("\n", queries), TEXT_PLAIN);
      }
    }
  }

  /** Acknowledged at once, answered later. */
  static final class Separate extends Fixed {
    Separate() {
      super("separate", "a late answer");
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      exchange.accept();
      TIMER.schedule(() -> super.handleGET(exchange), SEPARATE_SECONDS, TimeUnit.SECONDS);
    }
  }

  static final class LargeCreate extends Plugtest {
    private final Deque<Made> kept = new ArrayDeque<>();
    private int count;

    LargeCreate() {
      super("large-create", Code.POST);
    }

    @Override
    public synchronized void handlePOST(CoapExchange exchange) {
      count++;
      Made made = new Made(String.valueOf(count), exchange);
      add(made);
      kept.add(made);
      if (kept.size() > CREATED_MAX) {
        kept.remove().delete();
      }
      exchange.setLocationPath("large-create/" + count);
      exchange.respond(ResponseCode.CREATED);
    }
  }

  static final class LargePost extends Plugtest {
    LargePost() {
      super("large-post", Code.POST);
    }

    @Override
    public void handlePOST(CoapExchange exchange) {
      String text = exchange.getRequestText().toUpperCase(Locale.ROOT);
      exchange.respond(ResponseCode.CHANGED, text, TEXT_PLAIN);
    }
  }

  /** Changes by itself; Californium keeps the observers. */
  static final class Observable extends Fixed {
    private final AtomicInteger count = new AtomicInteger();

    Observable() {
      super("obs", "");
      setObservable(true);
      getAttributes().setObservable();
      TIMER.scheduleAtFixedRate(
          () -> {
            count.incrementAndGet();
            changed();
          },
          OBSERVE_SECONDS,
          OBSERVE_SECONDS,
          TimeUnit.SECONDS);
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      exchange.respond(ResponseCode.CONTENT, "count " + count.get(), TEXT_PLAIN);
    }
  }

  static final class LocationQuery extends Fixed {
    LocationQuery() {
      super("location-query", "created here", Code.POST);
    }

    @Override
    public void handlePOST(CoapExchange exchange) {
      exchange.setLocationPath("location-query");
      exchange.setLocationQuery("first=1&second=2");
      exchange.respond(ResponseCode.CREATED);
    }
  }

  static final class MultiFormat extends Fixed {
    MultiFormat() {
      super("multi-format", "one thing in two formats");
      getAttributes().addContentType(TEXT_PLAIN);
      getAttributes().addContentType(APPLICATION_XML);
    }

    @Override
    List<Integer> formats() {
      return List.of(TEXT_PLAIN, APPLICATION_XML);
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      if (exchange.getRequestOptions().isAccept(APPLICATION_XML)) {
        String document = "<text>one thing in two formats</text>";
        exchange.respond(ResponseCode.CONTENT, document, APPLICATION_XML);
      } else {
        super.handleGET(exchange);
      }
    }
  }

  static final class Validate extends Stored {
    Validate() {
      super("validate", "a text that an entity tag stands for", Code.PUT);
    }

    @Override
    List<Integer> taken() {
      return List.of(TEXT_PLAIN);
    }

    private static byte[] tagOf(byte[] payload) {
      try {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(payload), 4);
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException(impossible); // every Java has SHA-256
      }
    }

    @Override
    byte[] tag() {
      return tagOf(payload());
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      byte[] payload = payload();
      byte[] tag = tagOf(payload);
      exchange.setETag(tag);
      if (exchange.getRequestOptions().containsETag(tag)) {
        exchange.respond(ResponseCode.VALID);
      } else {
        exchange.respond(ResponseCode.CONTENT, payload, TEXT_PLAIN);
      }
    }
  }

  /** Exists only between a PUT and a DELETE. */
  static final class Create extends Stored {
    private boolean there;

    Create() {
      super("create1", "", Code.PUT, Code.DELETE);
      setVisible(false);
    }

    @Override
    synchronized boolean isThere() {
      return there;
    }

    @Override
    public void handleGET(CoapExchange exchange) {
      if (isThere()) {
        super.handleGET(exchange);
      } else {
        exchange.respond(ResponseCode.NOT_FOUND);
      }
    }

    @Override
    public synchronized void handlePUT(CoapExchange exchange) {
      take(exchange);
      exchange.respond(there ? ResponseCode.CHANGED : ResponseCode.CREATED);
      there = true;
    }

    @Override
    public synchronized void handleDELETE(CoapExchange exchange) {
      there = false;
      exchange.respond(ResponseCode.DELETED);
    }
  }
}
