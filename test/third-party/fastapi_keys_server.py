"""A webhook backend on Starlette whose repeats are recognized by the library fastapi-idempotency. Any token is a webhook.

    SCOPE=… uvicorn --app-dir test/third-party fastapi_keys_server:app --port PORT

The key is the header Idempotency-Key: on its webhook if SCOPE is `webhook`, for the client if it is `client`. A repeat gets the
first answer again for a second, with Idempotent-Replayed; the same key for another webhook of the client gets 422.
"""

import os
import time
import uuid
from datetime import timedelta

from fastapi_idempotency import IdempotencyMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

processed: dict[str, list[dict]] = {}


def scope_of(request: Request) -> str:
    return request.url.path if os.environ["SCOPE"] == "webhook" else request.client.host


async def receive(request: Request) -> JSONResponse:
    signals = processed.setdefault(request.path_params["token"], [])
    signal_id = (await request.json())["signal_id"]
    signals.append({"signal_id": signal_id, "processed_at_us": time.time_ns() // 1000})
    return JSONResponse({"status": "accepted", "id": str(uuid.uuid4())})


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
    middleware=[Middleware(IdempotencyMiddleware, scope=scope_of, key_window=timedelta(seconds=1))],
)
