"""A server in Python that leaks, or leaves garbage in cycles: memory_server.py PORT leak|clean BYTES [lazy]

Lazy: its garbage waits for a collector that is switched off."""

import gc
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, mode, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if "lazy" in sys.argv:
    gc.disable()
started = time.time()
kept = []


class Ring:
    def __init__(self):
        self.me = self
        self.data = bytearray(os.urandom(64) * (size // 64))


def page():
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return (
        f"process_start_time_seconds {started}\nprocess_resident_memory_bytes {resident}\n"
        f'python_info{{implementation="CPython"}} 1\n'
        f'python_gc_collections_total{{generation="2"}} {gc.get_stats()[2]["collections"]}\n'
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, text="{}"):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.reply(page() if self.path == "/metrics" else "{}")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/collect":
            gc.collect()
        else:
            made = Ring()
            if mode == "leak":
                kept.append(made)
        self.reply()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


Server(("127.0.0.1", port), Handler).serve_forever()
