import os
import time
from collections import Counter

from locust import FastHttpUser, events, task
from locust.exception import StopUser

at = time.time() + 5
answers = Counter()
signal = {"action": "BUY", "ticker": "BTCUSD", "quantity": 1, "price": 100, "signal_id": f"burst-{at}"}


class Sender(FastHttpUser):
    host = os.environ["BASE_URL"]

    def on_start(self):
        self.client.get("/api/v1/monitoring/health")  # Opens the connection of this user.
        time.sleep(max(0, at - time.time()))

    @task
    def send(self):
        answer = self.client.post(os.environ["HOOK_URL"], json=signal, name="signal")
        answers[answer.json()["status"] if answer.status_code == 200 else answer.status_code] += 1
        raise StopUser()


@events.quitting.add_listener
def judge(environment, **_):
    print(dict(answers))
    environment.process_exit_code = 0 if answers == {"accepted": 1, "duplicate": 99} else 1
