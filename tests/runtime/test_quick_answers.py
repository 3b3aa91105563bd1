"""Requests that come again on a connection are answered the quick way, and nobody can tell by the answers."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contract.platform import Platform
from tests.running import RunningRuntime, running_runtime

from .serving import basic, configure, eventually, talking_to

SLEEPING = "import time\ndef main(args):\n    time.sleep(args['s'])\n    return {'slept': args['s']}\n"
SECOND = "def main(args):\n    return {'version': 2}\n"
_VOLATILE = re.compile(rb"[0-9a-f]{32}|\r\ndate: [^\r]*|\"(start|end|duration|waitTime|initTime)\"")
_NUMBERS = re.compile(rb":\d+")


class Connection:
    """One connection that is kept; requests and answers as bytes."""

    def __init__(self, running: RunningRuntime) -> None:
        address = urlsplit(running.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=20)
        self.head = f"Host: localhost\r\nAuthorization: {basic(running.auth)}\r\n"
        self.rest = b""

    def request(self, path: str, body: bytes = b"{}", *, method: str = "POST", extra: str = "") -> bytes:
        head = f"{method} /api/v1/namespaces/_/{path} HTTP/1.1\r\n{self.head}{extra}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def ask(self, path: str, body: bytes = b"{}", **options: str) -> tuple[bytes, bytes]:
        self.socket.sendall(self.request(path, body, **options))
        return self.answer()

    def answer(self) -> tuple[bytes, bytes]:
        """Head and body of the next one."""
        while b"\r\n\r\n" not in self.rest:
            self._receive()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        length = int(found[1]) if found else 0
        while len(self.rest) < length:
            self._receive()
        body, self.rest = self.rest[:length], self.rest[length:]
        return head, body

    def is_closed(self) -> bool:
        return not self.rest and self.socket.recv(1) == b""

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"closed after {self.rest!r}"
        self.rest += data


@contextmanager
def connected(running: RunningRuntime) -> Iterator[Connection]:
    connection = Connection(running)
    with connection.socket:
        yield connection


@pytest.fixture
def connection(runtime: RunningRuntime) -> Iterator[Connection]:
    with connected(runtime) as connection:
        yield connection


@pytest.fixture
def platform(runtime: RunningRuntime) -> Iterator[Platform]:
    with talking_to(runtime) as platform:
        yield platform


def shape(answer: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Without what differs from one request to the next."""
    head, body = (_NUMBERS.sub(b":0", _VOLATILE.sub(b"", part)) for part in answer)
    return re.sub(rb"content-length: \d+", b"", head), body


@pytest.mark.parametrize("query", ["?blocking=true", "?blocking=true&result=true", ""])
def test_the_second_answer_is_like_the_first(platform: Platform, connection: Connection, query: str) -> None:
    name = platform.given_action("again")
    platform.invoke(name)

    first, second, third = (connection.ask(f"actions/{name}{query}", b'{"n":"x"}') for _ in range(3))

    assert shape(first) == shape(second) == shape(third)
    ids = [re.search(rb"x-openwhisk-activation-id: (\w+)", head) for head, _ in (first, second, third)]
    assert len({found[1] for found in ids if found}) == 3
    for found in ids:
        assert found is not None
        assert platform.record(found[1].decode())["response"]["result"] == {"n": "x"}


def test_a_long_run_behind_many_short_ones_of_one_caller_holds_nobody_up(
    runtime: RunningRuntime, platform: Platform, connection: Connection
) -> None:
    name = platform.given_action("mostly-short", SLEEPING)
    path = f"actions/{name}?blocking=true&result=true"
    for _ in range(30):
        assert connection.ask(path, b'{"s":0}')[1] == b'{"slept":0}'

    connection.socket.sendall(connection.request(path, b'{"s":2}'))
    with connected(runtime) as another:
        began = time.monotonic()
        for _ in range(5):
            assert another.ask(f"actions/{name}", method="GET")[0].startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - began < 1.5

    assert connection.answer()[1] == b'{"slept":2}'


def test_a_failed_run_is_answered_alike(platform: Platform, connection: Connection) -> None:
    name = platform.given_action("fails", "def main(args):\n    return {'error': 'no'}\n")
    platform.invoke(name)

    first, second = (connection.ask(f"actions/{name}?blocking=true") for _ in range(2))

    assert second[0].startswith(b"HTTP/1.1 502 ")
    assert shape(first) == shape(second)


def test_firings_are_answered_alike_and_their_records_tell_the_runs(platform: Platform, connection: Connection) -> None:
    trigger, action = platform.given_trigger(parameters=[{"key": "given", "value": 1}]), platform.given_action("fired")
    platform.given_rule(trigger, action)

    first, second = (connection.ask(f"triggers/{trigger}", b'{"page": 2}') for _ in range(2))

    assert second[0].startswith(b"HTTP/1.1 202 ")
    assert shape(first) == shape(second)
    for _, body in (first, second):
        record = platform.record(json.loads(body)["activationId"])
        assert record["response"]["result"] == {"page": 2}
        (line,) = map(json.loads, record["logs"])
        arguments = platform.record(line["activationId"])["response"]["result"]
        assert arguments.pop("__ow_headers")["host"] == "localhost"
        assert arguments == {"given": 1, "page": 2}


def test_a_trigger_without_rules_is_answered_alike(platform: Platform, connection: Connection) -> None:
    trigger = platform.given_trigger()

    first, second = (connection.ask(f"triggers/{trigger}") for _ in range(2))

    assert second[0].startswith(b"HTTP/1.1 204 ")
    assert shape(first) == shape(second)


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"a":NaN}', b"nul"])
def test_a_bad_body_is_refused_alike(platform: Platform, connection: Connection, body: bytes) -> None:
    name = platform.given_action("strict")
    good = b"{}".ljust(len(body))
    wrong = connection.ask(f"actions/{name}?blocking=true", body)
    for _ in range(2):
        assert connection.ask(f"actions/{name}?blocking=true", good)[0].startswith(b"HTTP/1.1 200 ")

    again = connection.ask(f"actions/{name}?blocking=true", body)

    assert wrong[0].startswith(b"HTTP/1.1 400 ")
    assert shape(again) == shape(wrong)


def test_what_was_changed_or_deleted_meanwhile_is_noticed(platform: Platform, connection: Connection) -> None:
    name = platform.given_action("changes")
    path = f"actions/{name}?blocking=true&result=true"
    for _ in range(2):
        assert connection.ask(path)[1] == b"{}"

    platform.given(f"actions/{name}", {"exec": {"kind": "python:default", "code": SECOND}})
    assert connection.ask(path)[1] == b'{"version":2}'
    platform.rest("DELETE", f"actions/{name}")
    assert connection.ask(path)[0].startswith(b"HTTP/1.1 404 ")


def test_a_key_that_is_wrong_is_refused_after_one_that_was_right(platform: Platform, connection: Connection) -> None:
    name = platform.given_action("secret")
    for _ in range(2):
        connection.ask(f"actions/{name}")

    connection.head = connection.head.replace("Basic ", "Basic x")

    assert connection.ask(f"actions/{name}")[0].startswith(b"HTTP/1.1 401 ")


def test_requests_that_come_before_the_answer_are_answered_in_order(platform: Platform, connection: Connection) -> None:
    name = platform.given_action("ordered", SLEEPING)
    path = f"actions/{name}?blocking=true&result=true"
    connection.ask(path, b'{"s":0.0}')

    connection.socket.sendall(connection.request(path, b'{"s":0.3}'))
    time.sleep(0.05)  # so that the first is under way, and does not come together with the others
    connection.socket.sendall(connection.request(path, b'{"s":0.2}') + connection.request(path, b'{"s":0.1}'))

    assert [json.loads(connection.answer()[1])["slept"] for _ in range(3)] == [0.3, 0.2, 0.1]


def test_a_request_in_pieces_is_put_together(platform: Platform, connection: Connection) -> None:
    name = platform.given_action("pieces")
    path = f"actions/{name}?blocking=true&result=true"
    connection.ask(path, b'{"n":1}')
    request = connection.request(path, b'{"n":2}')

    for cut in (10, len(request) - 7, len(request) - 3):
        connection.socket.sendall(request[:cut])
        time.sleep(0.02)  # so that the pieces do not come together
        connection.socket.sendall(request[cut:])
        assert connection.answer()[1] == b'{"n":2}'
        assert connection.ask(path, b'{"n":3}')[1] == b'{"n":3}'


def test_a_caller_who_left_costs_nobody_anything(platform: Platform, runtime: RunningRuntime) -> None:
    name = platform.given_action("left", SLEEPING)
    path = f"actions/{name}?blocking=true"
    with connected(runtime) as leaving:
        leaving.ask(path, b'{"s":0.0}')
        leaving.socket.sendall(leaving.request(path, b'{"s":0.2}'))
        eventually(lambda: platform.call("GET", "/whisktop/v1/namespaces/_/running").json()["running"])

    eventually(lambda: len(platform.rest("GET", f"activations?name={name}").json()) == 2)
    with connected(runtime) as other:
        assert other.ask(path, b'{"s":0.0}')[0].startswith(b"HTTP/1.1 200 ")


def test_at_a_stop_who_waits_is_answered_and_then_let_go(tmp_path: Path) -> None:
    configure(tmp_path, workers_max=1, drain_s=0)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        name = platform.given_action("long", SLEEPING)
        path = f"actions/{name}?blocking=true"
        with connected(running) as first, connected(running) as second:
            for connection in (first, second):
                connection.ask(path, b'{"s":0}')
                connection.ask(path, b'{"s":0}')
            first.socket.sendall(first.request(path, b'{"s":9}'))
            eventually(lambda: len(platform.call("GET", "/whisktop/v1/namespaces/_/running").json()["running"]) == 1)
            second.socket.sendall(second.request(path, b'{"s":0}'))
            eventually(lambda: len(platform.call("GET", "/whisktop/v1/namespaces/_/running").json()["running"]) == 2)
            running.process.terminate()

            stopped, queued = first.answer(), second.answer()

            assert stopped[0].startswith(b"HTTP/1.1 500 ")
            assert b"The runtime stopped before the action ended." in stopped[1]
            assert queued[0].startswith((b"HTTP/1.1 202 ", b"HTTP/1.1 500 "))
            assert first.is_closed()
            assert second.is_closed()
        assert running.process.wait(10) == 0


def test_many_callers_at_once_get_their_own_answers(platform: Platform, runtime: RunningRuntime) -> None:
    name = platform.given_action("own")
    path = f"actions/{name}?blocking=true&result=true"
    wrong: list[object] = []

    def ask(caller: int) -> None:
        with connected(runtime) as connection:
            for number in range(30):
                body = b'{"caller":%d,"number":%02d}' % (caller, number + 10)
                answer = connection.ask(path, body)
                if answer[1] != body:
                    wrong.append(answer)

    callers = [threading.Thread(target=ask, args=(caller,)) for caller in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert wrong == []
