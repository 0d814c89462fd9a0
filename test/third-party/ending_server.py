"""An application for servers of Python, whose paths end its worker, keep it busy, or have it fork a child for a job."""
import multiprocessing
import os
import threading
import time

fork = multiprocessing.get_context("fork")


def work(seconds, code):
    time.sleep(seconds)
    os._exit(code)


def job(seconds, code):
    child = fork.Process(target=work, args=(seconds, code))
    child.start()
    child.join()


def act(path):
    _, name, *value = path.split("/")
    if name == "sleep":
        time.sleep(float(value[0]))
    elif name == "exit":
        os._exit(int(value[0]))
    elif name == "abort":
        os.abort()
    elif name == "job":
        seconds, code = float(value[0]), int(value[1]) if len(value) > 1 else 0
        threading.Thread(target=job, args=(seconds, code), daemon=True).start()


def app(environ, start_response):
    act(environ["PATH_INFO"])
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        for answer in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{answer}.complete"})
        return
    act(scope["path"])
    body = str(os.getpid()).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
