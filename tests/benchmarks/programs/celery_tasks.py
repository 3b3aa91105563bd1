"""A task for Celery that does nothing; broker and results in the Redis that the environment names."""

import os

from celery import Celery

app = Celery("tasks", broker=os.environ["BENCHMARK_REDIS"] + "/0", backend=os.environ["BENCHMARK_REDIS"] + "/1")


@app.task
def nothing(payload):
    return {}
