"""`python -m tests.benchmarks.exactly_once [--seconds 60] [--rate 500]`: is every record told once at 500 a second?

Three listen to one runtime: the command `whisktop feed`, which is told events; a feed that may only ask, as over any
other platform; and a cursor over start times, as the official command lines have one. Most records are those of a
trigger whose rule has lost its action, since they cost the machine least; some are runs of two seconds, so that records
come in another order than their starts. The code is 1 if one of the first two lost or repeated a record,
or if the cursor lost none: then the trial proved nothing.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from pathlib import Path

from tui.client.errors import ApiError
from tui.entities.endpoint import Endpoint, Secret
from tui.operations import Operations, open_operations
from tui.operations.activation_feed import ActivationFeed
from tui.operations.window import read_window

from .steady import steady_load
from .subject import NODE_NOOP, Runtime, runtime_in, until

_SLOW = "function main() { return new Promise(done => setTimeout(() => done({}), 2000)); }"
_SLOW_A_SECOND = 5.0
_CURSOR_EVERY_S = 1.0
_TOLD_WITHIN_S = 120.0
_LOOK_S = 0.5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.exactly_once")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=500.0, help="records a second")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="whisktop-exactly-once-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_measure(Path(folder), options.seconds, options.rate))


async def _measure(folder: Path, seconds: float, rate: float) -> int:
    with runtime_in(folder) as runtime:
        runtime.put_chain("fast", NODE_NOOP)
        runtime.call("DELETE", runtime.path("actions/fast-action"))
        runtime.put_action("slow", _SLOW, concurrency=100)
        runtime.invoke("slow")
        endpoint = Endpoint(context="local", url=runtime.url, auth=Secret(runtime.auth), namespace=runtime.namespace)
        async with open_operations(endpoint) as operations:
            told = {"whisktop feed": Counter[str](), "a feed that asks": Counter[str](), "a cursor": Counter[str]()}
            with _feed_command(runtime, folder / "told.jsonl") as read:
                async with asyncio.TaskGroup() as tasks:
                    listeners = [
                        tasks.create_task(_ask(operations, told["a feed that asks"])),
                        tasks.create_task(_move_cursor(operations, told["a cursor"])),
                    ]
                    began, before = time.monotonic(), runtime.committed()
                    fast, slow = ("triggers/fast", rate - _SLOW_A_SECOND), ("actions/slow", _SLOW_A_SECOND)
                    with _load(runtime, *fast), _load(runtime, *slow):
                        await asyncio.sleep(seconds)
                    arrived = (runtime.committed() - before) / (time.monotonic() - began)
                    wanted = await _all_ids(runtime, operations)
                    took = await _until_told(wanted, lambda: _merge(told, read()))
                    for listener in listeners:
                        listener.cancel()
    return _report(told, wanted, arrived, took)


def _merge(told: dict[str, Counter[str]], read: Counter[str]) -> list[Counter[str]]:
    told["whisktop feed"] = read
    return [told["whisktop feed"], told["a feed that asks"]]


def _load(runtime: Runtime, path: str, rate: float) -> AbstractContextManager[None]:
    request = runtime.request("POST", runtime.path(path), body={}, status=202)
    return steady_load(runtime.url, request, rate=rate, at_most_s=600)


@contextmanager
def _feed_command(runtime: Runtime, file: Path) -> Iterator[Callable[[], Counter[str]]]:
    """The command, and what reads how often it has printed each id so far."""
    command = [sys.executable, "-m", "tui", "feed", "--follow", "--jsonl"]
    with file.open("wb") as out, subprocess.Popen(command, env=runtime.environment, stdout=out) as child:
        try:
            yield lambda: Counter(json.loads(line)["activationId"] for line in _whole_lines(file))
        finally:
            child.terminate()


def _whole_lines(file: Path) -> list[bytes]:
    return file.read_bytes().rpartition(b"\n")[0].splitlines()


async def _ask(operations: Operations, told: Counter[str]) -> None:
    feed = ActivationFeed(operations.client, live=False, since_ms=0, bounds=operations.platform.bounds)
    async with aclosing(feed.batches()) as batches:
        async for batch in batches:
            told.update(record.activation_id for record in batch.finished)


async def _move_cursor(operations: Operations, told: Counter[str]) -> None:
    """What the official command lines would print."""
    newest_ms = 0
    while True:
        try:
            records = await operations.client.activations.list(limit=0, since_ms=newest_ms)
        except ApiError:
            records = ()
        for record in records:
            told[record.activation_id] += 1
            newest_ms = max(newest_ms, record.start_ms + 1)
        await asyncio.sleep(_CURSOR_EVERY_S)


async def _all_ids(runtime: Runtime, operations: Operations) -> set[str]:
    """Of every record, once nothing runs any more."""
    path = f"/whisktop/v1/namespaces/{runtime.namespace}/running"
    await asyncio.to_thread(
        until, lambda: not runtime.call("GET", path)["running"], "an end of all runs", every_s=_LOOK_S
    )
    async with aclosing(read_window(operations.client.activations.list, since_ms=0)) as pages:
        return {record.activation_id async for page in pages for record in page}


async def _until_told(wanted: set[str], read: Callable[[], list[Counter[str]]]) -> float:
    """Seconds until both have told everything, or gave up."""
    began = time.monotonic()
    while time.monotonic() - began < _TOLD_WITHIN_S:
        if all(wanted <= told.keys() for told in read()):
            break
        await asyncio.sleep(_LOOK_S)
    return time.monotonic() - began


def _report(told: dict[str, Counter[str]], wanted: set[str], arrived: float, took: float) -> int:
    print(f"{len(wanted):,} records, {arrived:,.0f} a second; all was told {took:.1f} s after the last.")
    lost = {}
    for name, ids in told.items():
        repeated = sum(1 for count in ids.values() if count > 1)
        lost[name] = len(wanted - ids.keys()) + repeated
        print(f"{name:<20} told {len(ids):>7,}  lost {len(wanted - ids.keys()):>7,}  repeated {repeated:>5,}")
    *ours, cursors = lost.values()
    return 1 if any(ours) or not cursors else 0


if __name__ == "__main__":
    sys.exit(main())
