"""Clients that are slow, many, silent, gone or hostile: each gets the right 4xx, and nobody else notices."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contract.platform import Platform
from tests.running import RunningRuntime, running_runtime
from tests.runtime.serving import basic, body_of, eventually, exchange, talking_to

HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
MANY = 500
QUICK_S = 5
"""On a loaded machine, while hundreds of others hang on: without them it is milliseconds."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    """In the end it still answers, and its log tells of no surprise."""
    folder: Path = tmp_path_factory.mktemp("http")
    with running_runtime(folder) as running, talking_to(running) as platform:
        platform.given("actions/echo", {"exec": {"kind": "python:default", "code": "def main(a):\n    return a\n"}})
        yield running
        assert_quick(platform)
        assert platform.call("GET", "/whisktop/v1/status").json()["queue"]["underWay"] == 0
    assert "Traceback" not in (folder / "serve.err").read_text()


@pytest.fixture
def platform(running: RunningRuntime) -> Iterator[Platform]:
    with talking_to(running) as platform:
        yield platform


def assert_quick(platform: Platform) -> None:
    began = time.monotonic()

    assert platform.invoke("echo", {"n": 1}, result="true").json() == {"n": 1}
    assert time.monotonic() - began < QUICK_S


def connected(stack: ExitStack, running: RunningRuntime) -> socket.socket:
    address = urlsplit(running.url)
    return stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))


def status_of(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert match, answer[:200]
    return int(match[1])


def get(*lines: bytes, target: bytes = b"/ping", method: bytes = b"GET") -> bytes:
    return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method, target, b"".join(lines), CLOSE)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"\x16\x03\x01 nonsense\r\n\r\n", 400, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2"),
        pytest.param(b"GET /ping HTTP/9.9\r\n" + HOST + b"\r\n", 400, id="unknown version"),
        pytest.param(b"GET /ping HTTP/1.0\r\n\r\n", 400, id="HTTP/1.0 without a host"),
        pytest.param(get(), 400, id="no host"),
        pytest.param(get(HOST, HOST), 400, id="two hosts"),
        pytest.param(get(b"Host: \r\n"), 400, id="empty host"),
        pytest.param(get(b"Host: local host\r\n"), 400, id="host with a blank"),
        pytest.param(get(b"Host: evil.example\r\n"), 403, id="foreign host"),
        pytest.param(get(HOST, method=b"G=T"), 400, id="method that is none"),
        pytest.param(get(HOST, method=b"BREW"), 400, id="unknown method"),
        pytest.param(get(HOST, b"nonsense\r\n"), 400, id="header without a colon"),
        pytest.param(get(HOST, b"X : a\r\n"), 400, id="blank before the colon"),
        pytest.param(get(HOST, b"X: a\r\n b\r\n"), 400, id="folded header"),
        pytest.param(get(HOST, b"X: a\0b\r\n"), 400, id="NUL in a header"),
        pytest.param(get(HOST, b"Content-Length: -1\r\n"), 400, id="negative length"),
        pytest.param(get(HOST, b"Content-Length: 9%b\r\n" % (b"9" * 30)), 400, id="length without bound"),
        pytest.param(get(HOST, b"Content-Length: 1\r\nContent-Length: 2\r\n") + b"ab", 400, id="two lengths"),
        pytest.param(
            get(HOST, b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
            400,
            id="length and chunks",
        ),
        pytest.param(get(HOST, b"Transfer-Encoding: nonsense\r\n"), 400, id="unknown encoding"),
        pytest.param(get(HOST, b"Transfer-Encoding: chunked\r\n") + b"zz\r\n\r\n", 400, id="chunk of no size"),
        pytest.param(get(HOST, target=b"ping"), 400, id="no path"),
        pytest.param(get(HOST, target=b"/a\x01b"), 400, id="control character in the path"),
        pytest.param(get(HOST, target=b"/\xff"), 400, id="raw byte in the path"),
        pytest.param(get(HOST, target=b"/ping?" + b"a" * 8200), 414, id="long address"),
        pytest.param(get(HOST, *[b"X-%d: 1\r\n" % number for number in range(100)]), 431, id="many headers"),
        pytest.param(get(HOST, b"X: " + b"x" * 70_000 + b"\r\n"), 431, id="long header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 70_000, 431, id="endless head"),
    ],
)
def test_what_is_no_proper_request_is_refused_as_the_platform_does(
    running: RunningRuntime, request_: bytes, status: int
) -> None:
    answer = exchange(running.url, request_)

    assert status_of(answer) == status
    if b"\r\n\r\n" in answer and not answer.endswith(b"pong"):
        assert set(body_of(answer)) == {"error", "code"}


DEEP = 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nul",
        b"{}{}",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\x01"}',
        b'{"\\ud800',
        b"\xfe\xff\x00{\x00}",
        b"\0",
        b"[]",
        b'"text"',
        b"5",
        b"[" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("target", ["POST actions/echo", "PUT actions/new", "PUT packages/new"])
def test_a_body_that_is_no_json_object_is_malformed(platform: Platform, target: str, body: bytes) -> None:
    method, path = target.split()

    answer = platform.rest(method, path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "code"}
    assert answer.json()["error"].startswith("The request content was malformed:\n")


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize(("target", "size"), [("POST actions/echo", 1_048_577), ("PUT actions/new", 53_000_000)])
def test_a_body_that_is_too_large_is_413_before_it_has_come(
    running: RunningRuntime, target: str, size: int, is_announced: bool
) -> None:
    method, path = target.split()
    head = (
        f"{method} /api/v1/namespaces/_/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic(running.auth)}\r\n"
    )
    length = f"Content-Length: {size}" if is_announced else "Transfer-Encoding: chunked"
    with ExitStack() as stack:
        connection = connected(stack, running)
        connection.sendall(f"{head}{length}\r\n\r\n".encode())
        if not is_announced:
            chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            try:
                for _ in range(size // 0x100000 + 1):
                    connection.sendall(chunk)
            except OSError:
                pass  # it has hung up on us, and said why
        answer = connection.recv(65536)

    assert status_of(answer) == 413


def test_hundreds_of_connections_are_served_side_by_side(running: RunningRuntime, platform: Platform) -> None:
    with ExitStack() as stack:
        connections = [connected(stack, running) for _ in range(MANY)]
        assert_quick(platform)
        for connection in connections:
            connection.sendall(b"GET /ping HTTP/1.1\r\n" + HOST + b"\r\n")
        answers = [connection.recv(1000) for connection in connections]
        assert_quick(platform)

    assert {status_of(answer) for answer in answers} == {200}


def test_clients_that_stop_half_way_or_vanish_bother_nobody(running: RunningRuntime, platform: Platform) -> None:
    head = b"POST /api/v1/namespaces/_/actions/echo?blocking=true HTTP/1.1\r\n" + HOST
    signed = head + f"Authorization: {basic(running.auth)}\r\n".encode()
    whole = signed + b"Content-Length: 7\r\n\r\n" + b'{"n":1}'
    with ExitStack() as stack:
        connections = [connected(stack, running) for _ in range(100)]
        for number, connection in enumerate(connections):
            connection.sendall(whole[: 1 + number * (len(whole) - 1) // 100])
        assert_quick(platform)
        for connection in connections[::2]:  # these vanish without a word
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()
        assert_quick(platform)

        half = connections[51]
        half.sendall(whole[1 + 51 * (len(whole) - 1) // 100 :])
        assert status_of(half.recv(65536)) == 200


def test_a_client_that_writes_slowly_is_served_and_one_that_says_nothing_is_not(running: RunningRuntime) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        silent, slow = connected(stack, running), connected(stack, running)
        for byte in get(HOST):
            slow.sendall(bytes((byte,)))
            time.sleep(0.005)
        assert status_of(slow.recv(1000)) == 200

        assert silent.recv(1) == b""
        assert time.monotonic() - began < 20


def test_a_client_that_does_not_read_holds_nobody_up(running: RunningRuntime, platform: Platform) -> None:
    large = {"n": "x" * 900_000}
    activation_id = platform.invoke("echo", large).json()["activationId"]
    path = f"/api/v1/namespaces/_/activations/{activation_id}"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic(running.auth)}\r\n\r\n".encode()
    with ExitStack() as stack:
        deaf = [connected(stack, running) for _ in range(20)]
        for connection in deaf:
            connection.sendall(request * 20)
        for _ in range(5):
            assert_quick(platform)
        received = b""
        while b"\r\n\r\n" not in received:  # whoever reads in the end gets what is theirs
            received += deaf[0].recv(65536)
        assert status_of(received) == 200


def test_a_caller_who_leaves_during_a_blocking_call_leaves_the_run_alone(
    running: RunningRuntime, platform: Platform
) -> None:
    code = "import time\ndef main(args):\n    time.sleep(1)\n    return {'done': True}\n"
    platform.given("actions/slow", {"exec": {"kind": "python:default", "code": code}})
    with ExitStack() as stack:
        caller = connected(stack, running)
        head = b"POST /api/v1/namespaces/_/actions/slow?blocking=true HTTP/1.1\r\n" + HOST
        caller.sendall(head + f"Authorization: {basic(running.auth)}\r\nContent-Length: 2\r\n\r\n".encode() + b"{}")
        eventually(lambda: platform.call("GET", "/whisktop/v1/namespaces/_/running").json()["running"])

    (record,) = eventually(lambda: platform.rest("GET", "activations?name=slow&docs=true").json())
    assert record["response"]["result"] == {"done": True}


def test_answers_that_share_a_connection_come_in_the_order_of_the_requests(running: RunningRuntime) -> None:
    requests = []
    for n in range(30):
        body = json.dumps({"n": n}).encode()
        target = b"/api/v1/namespaces/_/actions/echo?blocking=true&result=true"
        head = b"POST %b HTTP/1.1\r\n%bAuthorization: %b\r\n" % (target, HOST, basic(running.auth).encode())
        requests.append(head + b"Content-Length: %d\r\n%b\r\n%b" % (len(body), CLOSE if n == 29 else b"", body))

    answers = exchange(running.url, b"".join(requests))

    assert [int(n) for n in re.findall(rb'\{"n": ?(\d+)\}', answers)] == list(range(30))
