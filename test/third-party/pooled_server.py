"""A server whose two threads serve all requests, its health check among them: /wait?ms= keeps one of them."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        if url.path == "/wait":
            time.sleep(int(parse_qs(url.query)["ms"][0]) / 1000)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Pooled(HTTPServer):
    pool = ThreadPoolExecutor(2)

    def process_request(self, request, client_address):
        self.pool.submit(self.serve, request, client_address)

    def serve(self, request, client_address):
        self.finish_request(request, client_address)
        self.shutdown_request(request)


Pooled(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
