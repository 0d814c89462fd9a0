"""A webhook backend on Starlette, limited by the library `limits` with its store in memory. Any token is a webhook.

    STRATEGY=fixed|moving|counter|two uvicorn --app-dir test/third-party python_server:app --port PORT [--workers 2]

`fixed` opens a window of N with its first request (MemoryStorage.incr sets the expiry then): fixed from first hit.
`moving` keeps the times of the last N requests: sliding. `counter` is the weighted two-window counter. `two` asks a moving
window of 10 per second and one of 30 per 5 s, one after the other, so that the first counts what the second refuses. Each
uvicorn worker has a store of its own, so that two workers admit up to 2 N.
"""

import os
from json import JSONDecodeError

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

STRATEGIES = {
    "fixed": FixedWindowRateLimiter,
    "moving": MovingWindowRateLimiter,
    "counter": SlidingWindowCounterRateLimiter,
    "two": MovingWindowRateLimiter,
}

strategy = os.environ["STRATEGY"]
limiter = STRATEGIES[strategy](MemoryStorage())
limits = [RateLimitItemPerSecond(10), *([RateLimitItemPerSecond(30, 5)] if strategy == "two" else [])]


async def receive(request: Request) -> JSONResponse:
    try:
        signal = await request.json()
    except JSONDecodeError:
        return JSONResponse({"error": "not JSON"}, status_code=422)
    if not all(limiter.hit(limit, request.path_params["token"]) for limit in limits):
        return JSONResponse({"error": "too many requests"}, status_code=429)
    return JSONResponse({"status": "accepted", "signal_id": signal.get("signal_id"), "worker": os.getpid()})


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/hooks/{token}", receive, methods=["POST"]),
        Route("/health", health),
    ]
)
