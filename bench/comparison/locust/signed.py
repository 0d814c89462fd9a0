import hmac
import json
import os
import uuid

from locust import FastHttpUser, constant_throughput, events, task


def signed(secret):
    body = json.dumps({"action": "BUY", "ticker": "BTCUSD", "quantity": 1, "price": 100, "signal_id": str(uuid.uuid4())})
    signature = hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()
    return {"data": body, "headers": {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}}


class Sender(FastHttpUser):
    host = os.environ["BASE_URL"]
    wait_time = constant_throughput(8)

    def on_start(self):
        with self.client.post(os.environ["HOOK_URL"], **signed("wrong"), name="wrong", catch_response=True) as answer:
            answer.success() if answer.status_code == 401 else answer.failure("a wrong signature was let in")

    @task
    def send(self):
        self.client.post(os.environ["HOOK_URL"], **signed(os.environ["SECRET"]), name="signal")


@events.quitting.add_listener
def judge(environment, **_):
    stats = environment.stats
    slow = stats.get("signal", "POST").get_response_time_percentile(0.95) >= 200
    environment.process_exit_code = 1 if stats.total.num_failures > 0 or slow else 0
