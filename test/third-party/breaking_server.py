"""The application of ending_server, which cannot be loaded by the new master of a hot restart: gunicorn hands that one its sockets."""
import os
import time

if "GUNICORN_FD" in os.environ:
    time.sleep(0.8)
    raise RuntimeError("no configuration")

from ending_server import app  # noqa: E402, F401
