"""A steady stream of requests from a process of its own: `python -m tests.benchmarks.steady < ORDER`.

The order comes on stdin, since the request carries a key. It ends after the time that the order allows, or when killed.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .load import Request, run_load
from .servers import end_group

_AT_MOST = 1_000_000


@contextmanager
def steady_load(url: str, request: Request, *, rate: float, at_most_s: float) -> Iterator[None]:
    """Send `request` `rate` times a second until the block ends."""
    order = {
        "url": url,
        "text": base64.b64encode(request.text).decode(),
        "status": request.status,
        "rate": rate,
        "seconds": at_most_s,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.steady"], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        assert child.stdin is not None
        child.stdin.write(json.dumps(order).encode())
        child.stdin.close()
        yield
        assert child.poll() is None, f"the stream of requests ended early, with code {child.returncode}"
    finally:
        end_group(child)


def main() -> None:
    order = json.load(sys.stdin)
    request = Request(base64.b64decode(order["text"]), order["status"])
    run_load(order["url"], [request], in_flight=8, at_most=_AT_MOST, seconds=order["seconds"], rate=order["rate"])


if __name__ == "__main__":
    main()
