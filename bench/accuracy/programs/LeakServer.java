// A webhook backend in Java that leaks as told.
//
//   LEAK_BYTES=N GARBAGE_BYTES=N METRICS=1 java -Xmx512m LeakServer PORT

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class LeakServer {
  private static final Pattern ID = Pattern.compile("\"signal_id\"\\s*:\\s*\"([^\"]*)\"");
  private static final List<byte[]> leaked = new ArrayList<>();
  private static volatile byte[] garbage;

  private static int number(String name) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? 0 : Integer.parseInt(value);
  }

  private static byte[] filled(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  private static void send(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes();
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String page() {
    StringBuilder page = new StringBuilder();
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    page.append("jvm_info{version=\"17\"} 1\n");
    page.append("process_start_time_seconds " + ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0 + "\n");
    page.append("jvm_memory_used_bytes{area=\"heap\"} " + memory.getHeapMemoryUsage().getUsed() + "\n");
    page.append("jvm_memory_used_bytes{area=\"nonheap\"} " + memory.getNonHeapMemoryUsage().getUsed() + "\n");
    page.append("jvm_memory_committed_bytes{area=\"heap\"} " + memory.getHeapMemoryUsage().getCommitted() + "\n");
    page.append("jvm_memory_committed_bytes{area=\"nonheap\"} " + memory.getNonHeapMemoryUsage().getCommitted() + "\n");
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getCollectionUsage() == null) continue;
      long used = pool.getCollectionUsage().getUsed();
      page.append("jvm_memory_pool_collection_used_bytes{pool=\"" + pool.getName() + "\"} " + used + "\n");
    }
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      page.append("jvm_gc_collection_seconds_count{gc=\"" + gc.getName() + "\"} " + gc.getCollectionCount() + "\n");
    }
    return page.toString();
  }

  public static void main(String[] args) throws IOException {
    int leakBytes = number("LEAK_BYTES");
    int garbageBytes = number("GARBAGE_BYTES");
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 100);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/health", exchange -> send(exchange, "{\"status\":\"ok\"}"));
    server.createContext("/collect", exchange -> {
      System.gc();
      send(exchange, "{}");
    });
    if (number("METRICS") == 1) server.createContext("/metrics", exchange -> send(exchange, page()));
    server.createContext("/hooks/", exchange -> {
      Matcher id = ID.matcher(new String(exchange.getRequestBody().readAllBytes()));
      synchronized (leaked) {
        if (leakBytes > 0) leaked.add(filled(leakBytes));
        if (garbageBytes > 0) garbage = filled(garbageBytes);
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      send(exchange, "{\"status\":\"accepted\",\"signal_id\":\"" + (id.find() ? id.group(1) : "") + "\"}");
    });
    server.start();
  }
}
