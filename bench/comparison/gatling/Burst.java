import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;

public class Burst extends Simulation {
  String signal = """
      {"action":"BUY","ticker":"BTCUSD","quantity":1,"price":100,"signal_id":"burst-%s"}
      """.formatted(System.currentTimeMillis());

  ScenarioBuilder burst = scenario("burst")
      .exec(http("open").get("/api/v1/monitoring/health")) // Opens the connection of this user.
      .rendezVous(100)
      .exec(http("signal").post(System.getenv("HOOK_URL")).body(StringBody(signal)).asJson()
          .check(status().is(200), jmesPath("status").saveAs("answer")))
      .group("#{answer}").on(pause(0));

  {
    setUp(burst.injectOpen(atOnceUsers(100)))
        .protocols(http.baseUrl(System.getenv("BASE_URL")).disableWarmUp())
        .assertions(
            details("accepted").allRequests().count().is(1L),
            details("duplicate").allRequests().count().is(99L));
  }
}
