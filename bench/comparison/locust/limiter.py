import os
import time
from collections import Counter

from locust import FastHttpUser, events, task
from locust.exception import StopUser

at = time.time() + 5
answers = Counter()


class Sender(FastHttpUser):
    host = os.environ["BASE_URL"]

    @task
    def send(self):
        time.sleep(max(0, at - time.time()))
        signal = {"action": "BUY", "ticker": "BTCUSD", "quantity": 1, "price": 100, "signal_id": f"{at}-{id(self)}"}
        with self.client.post(os.environ["HOOK_URL"], json=signal, name="signal", catch_response=True) as answer:
            answers[answer.status_code] += 1
            answer.success()
        raise StopUser()


@events.quitting.add_listener
def judge(environment, **_):
    print(dict(answers))
    environment.process_exit_code = 0 if answers == {200: 10, 429: 10} else 1
