"""JSON as the runtime writes it, however deep."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tui.entities.json import Json
from tui.runtime.jsonbytes import parse_json, to_json_bytes, to_pretty_bytes

DEPTH = 1000


@pytest.fixture
def _hurried_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hurried_threads")
def test_threads_that_write_deep_values_at_once_do_not_take_the_room_from_each_other() -> None:
    text = b'{"a":' * DEPTH + b"1" + b"}" * DEPTH
    value: Json = parse_json(text)
    limit = sys.getrecursionlimit()

    def write(n: int) -> bytes:
        return b"".join(to_pretty_bytes(value).split()) if n % 2 else to_json_bytes(value)

    with ThreadPoolExecutor(4) as threads:
        written = list(threads.map(write, range(40)))

    assert set(written) == {text}
    assert sys.getrecursionlimit() == limit
