"""A webhook backend in Python that leaks as told.

    LEAK_BYTES=N GARBAGE_BYTES=N CYCLES=1 COLLECTOR=off uvicorn --port PORT leak_server:asgi [--workers 2]
    ... gunicorn -w 2 -b 127.0.0.1:PORT [--preload] leak_server:wsgi

With CYCLES garbage holds on to itself, so that only the collector of cycles can take it. SHARED_BYTES is memory that is there
before the workers are forked, and of which each request touches a part.
"""

import gc
import json
import os

LEAK_BYTES = int(os.environ.get("LEAK_BYTES", "0"))
GARBAGE_BYTES = int(os.environ.get("GARBAGE_BYTES", "0"))
CYCLES = os.environ.get("CYCLES") == "1"
SHARED_BYTES = int(os.environ.get("SHARED_BYTES", "0"))

leaked: list[bytes] = []
shared = [b"s" * 1000 + str(n).encode() for n in range(SHARED_BYTES // 1000)]
touched = 0

if os.environ.get("COLLECTOR") == "off":
    gc.disable()


class Node:
    def __init__(self, size: int) -> None:
        self.payload = b"g" * size
        self.itself = self


def work() -> None:
    global touched
    if LEAK_BYTES > 0:
        leaked.append(b"l" * LEAK_BYTES)
    if GARBAGE_BYTES > 0:
        Node(GARBAGE_BYTES) if CYCLES else b"g" * GARBAGE_BYTES
    if shared:
        # Counting a reference writes to the page of an object.
        touched = (touched + 100) % len(shared)
        sum(len(one) for one in shared[touched : touched + 100])


def answer(path: str, body: bytes) -> tuple[int, bytes]:
    if path == "/health":
        return 200, b'{"status":"ok"}'
    if path == "/collect":
        gc.collect()
        return 200, b"{}"
    if not path.startswith("/hooks/"):
        return 404, b"{}"
    signal = json.loads(body)
    work()
    return 200, json.dumps({"status": "accepted", "signal_id": signal.get("signal_id")}).encode()


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    status, text = answer(scope["path"], body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def wsgi(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, text = answer(environ["PATH_INFO"], body)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    start_response("200 OK" if status == 200 else "404 Not Found", headers)
    return [text]
