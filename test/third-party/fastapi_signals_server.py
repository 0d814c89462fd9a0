"""A FastAPI backend for signals as people write one, with its /openapi.json. One webhook, `hook-1`, whose secret is SECRET.

    SECRET=… uvicorn --app-dir test/third-party fastapi_signals_server:app --port PORT
"""

import os
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

SECRET = os.environ["SECRET"]
TOKENS = {"hook-1"}

app = FastAPI(title="Signals", version="1.2.3")
processed: set[str] = set()


class Signal(BaseModel):
    signal_id: str = Field(max_length=64)
    action: Literal["BUY", "SELL"]
    ticker: str = Field(pattern="^[A-Z]{1,10}$", examples=["AAPL"])
    quantity: int = Field(gt=0, le=1000)
    price: float = Field(gt=0)
    strategy: str | None = None


class Receipt(BaseModel):
    status: Literal["accepted"]
    signal_id: str


class Login(BaseModel):
    email: str
    password: str


@app.post("/auth/login")
async def login(given: Login) -> dict[str, str]:
    return {"access_token": given.email}


@app.post(
    "/hooks/{hook_token}",
    status_code=202,
    response_model=Receipt,
    responses={
        401: {"description": "The secret is wrong"},
        409: {"description": "The signal came before"},
        429: {"description": "Limited to 50 signals per second"},
    },
)
async def receive(hook_token: str, signal: Signal, x_webhook_secret: Annotated[str, Header()]) -> Receipt:
    if hook_token not in TOKENS:
        raise HTTPException(404, "no such webhook")
    if x_webhook_secret != SECRET:
        raise HTTPException(401, "wrong secret")
    if signal.signal_id in processed:
        raise HTTPException(409, "seen before")
    processed.add(signal.signal_id)
    return Receipt(status="accepted", signal_id=signal.signal_id)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
