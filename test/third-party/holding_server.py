"""A webhook for WSGI that holds every fiftieth signal for longer than its server lets it."""
import itertools
import time

number = itertools.count(1)


def app(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ["REQUEST_METHOD"] == "POST" and next(number) % 50 == 0:
        time.sleep(20)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
