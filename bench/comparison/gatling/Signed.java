import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import io.gatling.javaapi.http.*;
import java.time.Duration;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Signed extends Simulation {
  static Session sign(Session session, String secret) {
    var body = """
        {"action":"BUY","ticker":"BTCUSD","quantity":1,"price":100,"signal_id":"%s"}
        """.formatted(UUID.randomUUID());
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(), "HmacSHA256"));
      return session.set("body", body).set("signature", "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes())));
    } catch (java.security.GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  static ScenarioBuilder send(String name, String secret, int answer) {
    return scenario(name)
        .exec(session -> sign(session, secret))
        .exec(http(name).post(System.getenv("HOOK_URL")).body(StringBody("#{body}")).asJson()
            .header("X-Hub-Signature-256", "#{signature}").check(status().is(answer)));
  }

  {
    setUp(
        send("right", System.getenv("SECRET"), 200).injectOpen(constantUsersPerSec(8).during(10)),
        send("wrong", "wrong", 401).injectOpen(nothingFor(Duration.ofSeconds(11)), atOnceUsers(1)))
        .protocols(http.warmUp(System.getenv("BASE_URL") + "/api/v1/monitoring/health").shareConnections())
        .assertions(global().failedRequests().count().is(0L), details("right").responseTime().percentile(95).lt(200));
  }
}
