"""Sends so many tasks and prints the seconds until every result is kept: `python celery_driver.py COUNT`."""

import os
import sys
import time

import redis
from celery_tasks import nothing

GIVE_UP_S = 200
LOOK_S = 0.01

count = int(sys.argv[1])
results = redis.Redis.from_url(os.environ["BENCHMARK_REDIS"] + "/1")
nothing.delay({}).get(timeout=30)  # the worker is up, and the connections are made
before = results.dbsize()
began = time.perf_counter()
for _ in range(count):
    nothing.delay({})
while results.dbsize() < before + count:
    if time.perf_counter() - began > GIVE_UP_S:
        sys.exit("the results did not come")
    time.sleep(LOOK_S)
print(time.perf_counter() - began)
