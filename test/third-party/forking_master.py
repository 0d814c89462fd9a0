"""Settings of gunicorn whose master forks a child for a job ten times a second: each has the command line of a worker, and one in three exits with 1."""
import itertools
import os
import threading
import time

seconds = itertools.cycle((0.05, 0.3, 0.3, 2.5))
codes = itertools.cycle((0, 0, 1))


def fork_jobs():
    # Not while the workers start.
    time.sleep(5)
    while True:
        time.sleep(0.1)
        for_seconds, code = next(seconds), next(codes)
        if os.fork() == 0:
            time.sleep(for_seconds)
            os._exit(code)
        print("a job was started", flush=True)


def when_ready(server):
    threading.Thread(target=fork_jobs, daemon=True).start()
