import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;

public class Limiter extends Simulation {
  String signal = """
      {"action":"BUY","ticker":"BTCUSD","quantity":1,"price":100,"signal_id":"#{randomUuid()}"}
      """;

  ScenarioBuilder limiter = scenario("limiter")
      .rendezVous(20)
      .exec(http("signal").post(System.getenv("HOOK_URL")).body(StringBody(signal)).asJson()
          .check(status().in(200, 429).saveAs("answer")))
      .group("#{answer}").on(pause(0));

  {
    setUp(limiter.injectOpen(atOnceUsers(20)))
        .protocols(http.disableWarmUp())
        .assertions(
            details("200").allRequests().count().is(10L),
            details("429").allRequests().count().is(10L));
  }
}
