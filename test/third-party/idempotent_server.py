"""A webhook backend on Starlette whose repeats are recognized by the library asgi-idempotency-header. Any token is a webhook.

    MODE=… uvicorn --app-dir test/third-party idempotent_server:app --port PORT

A repeat gets the first answer again, with Idempotent-Replayed: true, and 409 while the first is still worked on. MODE is one of
    healthy   stores the signal, then answers
    works     works for 20 ms, stores the signal, then answers
    gives-up  lets the key go once its client has gone, although the signal is stored by then
    skips     stores the signal only if its client is still there, and answers in any case
    raises    raises once its client has gone, before it has stored the signal: the library never lets the key go
"""

import asyncio
import os
import time

from idempotency_header_middleware import IdempotencyHeaderMiddleware
from idempotency_header_middleware.backends import MemoryBackend
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

MODE = os.environ["MODE"]
WORK_SECONDS = 0.02

keys = MemoryBackend()
processed: dict[str, list[dict]] = {}


def store(token: str, signal_id: str) -> None:
    signals = processed.setdefault(token, [])
    signals.append({"signal_id": signal_id, "processed_at_us": time.time_ns() // 1000})


class ClientGone(Exception):
    pass


async def receive(request: Request) -> JSONResponse:
    token = request.path_params["token"]
    signal_id = (await request.json())["signal_id"]
    answer = {"status": "accepted", "signal_id": signal_id}
    if MODE in ("skips", "raises"):
        await asyncio.sleep(WORK_SECONDS)
        if await request.is_disconnected():
            if MODE == "raises":
                raise ClientGone
            return JSONResponse(answer)
    if MODE == "works":
        await asyncio.sleep(WORK_SECONDS)
    store(token, signal_id)
    if MODE == "gives-up":
        await asyncio.sleep(WORK_SECONDS)
        if await request.is_disconnected():
            # No JSON: the library keeps no such answer, and forgets the key.
            return JSONResponse("gone", 499, media_type="text/plain")
    return JSONResponse(answer)


async def signals(request: Request) -> JSONResponse:
    return JSONResponse({"signals": processed.get(request.path_params["token"], [])})


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/hooks/{token}", receive, methods=["POST"]),
        Route("/hooks/{token}/signals", signals),
        Route("/health", health),
    ],
    middleware=[Middleware(IdempotencyHeaderMiddleware, backend=keys)],
)
