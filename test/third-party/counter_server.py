"""A webhook backend of the standard library with a weighted two-window counter: 10 per second. Any token is a webhook.

    python3 counter_server.py PORT
"""

import collections
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT, WINDOW_S = 10, 1.0
lock = threading.Lock()
hits: collections.Counter[tuple[str, float]] = collections.Counter()


def admits(token: str) -> bool:
    window, share = divmod(time.time() / WINDOW_S, 1)
    with lock:
        if int(hits[token, window - 1] * (1 - share)) + hits[token, window] >= LIMIT:
            return False
        hits[token, window] += 1
        return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        pass

    def reply(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.reply(200, {"status": "ok"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if admits(self.path.split("/")[2]):
            self.reply(200, {"status": "accepted"})
        else:
            self.reply(429, {"error": "slow down"})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
