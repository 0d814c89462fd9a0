"""A webhook backend that answers 202 and puts the signal into a queue of RQ. A worker of RQ, a process of its own, takes one
after the other and pushes it to a list in Redis.

    python rq_server.py PORT REDIS_URL WORK_MS RAISES_EVERY

A job takes WORK_MS. Of every RAISES_EVERY one raises, and RQ puts it aside as failed, as it does without a retry; 0: none.
"""

import atexit
import json
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
import rq

PORT, REDIS_URL, WORK_MS, RAISES_EVERY = sys.argv[1:5]
store = redis.Redis.from_url(REDIS_URL)
queue = rq.Queue("signals", connection=store)


def process(signal_id: str) -> None:
    """The job. The worker imports it by name."""
    time.sleep(int(WORK_MS) / 1000)
    taken = store.incr("taken")
    if int(RAISES_EVERY) and taken % int(RAISES_EVERY) == 0:
        raise RuntimeError("the broker refused the order")
    store.rpush("processed", json.dumps({"id": signal_id, "at": time.time_ns() // 1_000_000}))


class Hooks(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, b'{"status":"ok"}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        queue.enqueue("rq_server.process", body["signal_id"], result_ttl=0)
        self.answer(202, b'{"status":"queued"}')

    def answer(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} {self.responses[status][0]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__" and sys.argv[5:] == ["worker"]:
    # In the worker's own process: one fork a job, RQ's default, would be slower than the load here is.
    rq.SimpleWorker([queue], connection=store).work(logging_level="ERROR")
elif __name__ == "__main__":
    worker = subprocess.Popen([sys.executable, *sys.argv, "worker"])
    atexit.register(worker.kill)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    Server(("127.0.0.1", int(PORT)), Hooks).serve_forever()
