"""One runtime per data folder, on loopback, with manners towards signals, strangers and slow clients."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running import RunningRuntime, isolated_environment, running_runtime

from .serving import basic, body_of, eventually, exchange, processes_of, talking_to

SLEEPING = "import time\ndef main(args):\n    time.sleep(args['seconds'])\n    return {}\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    with running_runtime(tmp_path_factory.mktemp("server")) as running:
        yield running


def serve(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A `serve` that is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "tui", "serve", *options],
        env=isolated_environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def request(running: RunningRuntime, *lines: str) -> bytes:
    """A signed GET that lets the server hang up, with these header lines."""
    head = ["GET /api/v1/namespaces HTTP/1.1", f"Authorization: {basic(running.auth)}", "Connection: close", *lines]
    return exchange(running.url, "\r\n".join([*head, "", ""]).encode())


def test_the_data_folder_and_its_secrets_are_the_owners_alone(running: RunningRuntime) -> None:
    assert running.data_dir.stat().st_mode & 0o777 == 0o700
    for name in ("key", "endpoint.json", "lock"):
        assert (running.data_dir / name).stat().st_mode & 0o777 == 0o600
    assert running.wskprops.stat().st_mode & 0o777 == 0o600


def test_the_endpoint_file_tells_where_the_runtime_is(running: RunningRuntime) -> None:
    told = json.loads((running.data_dir / "endpoint.json").read_text())

    with talking_to(running) as platform:
        announced = platform.call("GET", "/", signed=False).json()["whisktop"]
    assert told == {
        "url": running.url,
        "namespace": "guest",
        "auth": running.auth,
        "instance": announced["instance"],
        "version": announced["version"],
        "pid": running.process.pid,
    }


def test_no_process_shows_the_key_in_its_arguments(running: RunningRuntime) -> None:
    with talking_to(running) as platform:
        platform.invoke(platform.given_action("any"))

    for pid in processes_of(running.data_dir):
        assert running.auth.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_the_key_never_changes_and_the_endpoint_file_goes_with_the_runtime(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as first:
        pass
    assert not (first.data_dir / "endpoint.json").exists()

    with running_runtime(tmp_path) as second:
        assert second.auth == first.auth


def test_a_second_serve_on_the_same_folder_ends_with_2_and_names_the_firsts_address(running: RunningRuntime) -> None:
    refused = serve(running.data_dir.parent, "--port", "0", "--data-dir", str(running.data_dir))

    assert refused.returncode == 2
    assert running.url in refused.stderr
    assert refused.stdout == ""


def test_a_port_that_is_taken_ends_with_2_and_is_named(tmp_path: Path, running: RunningRuntime) -> None:
    port = str(urlsplit(running.url).port)

    refused = serve(tmp_path, "--port", port, "--data-dir", str(tmp_path / "data"))

    assert refused.returncode == 2
    assert port in refused.stderr


def test_where_any_port_will_do_a_strangers_port_is_no_hindrance(tmp_path: Path, running: RunningRuntime) -> None:
    with running_runtime(tmp_path, "--port", str(urlsplit(running.url).port), "--any-port") as other:
        assert other.url != running.url


def test_a_stale_endpoint_file_does_not_hinder_a_start(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as first:
        first.process.kill()
        first.process.wait()
    assert (first.data_dir / "endpoint.json").exists()

    with running_runtime(tmp_path) as second:
        assert json.loads((second.data_dir / "endpoint.json").read_text())["url"] == second.url


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_0_although_clients_and_listeners_hang_on(tmp_path: Path, number: int) -> None:
    with running_runtime(tmp_path) as running:
        address = urlsplit(running.url)
        silent = [socket.create_connection((address.hostname, address.port)) for _ in range(80)]
        listener = socket.create_connection((address.hostname, address.port))
        listener.sendall(
            f"GET /whisktop/v1/namespaces/_/events HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {basic(running.auth)}\r\n\r\n".encode()
        )
        assert listener.recv(100).startswith(b"HTTP/1.1 200")
        half = socket.create_connection((address.hostname, address.port))
        half.sendall(b"POST /api/v1/namespaces/_/actions/a HTTP/1.1\r\nHost: localhost\r\nContent-Le")

        running.process.send_signal(number)

        assert running.process.wait(5) == 0
        for connection in (*silent, listener, half):
            connection.close()
    assert processes_of(running.data_dir) == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:1", 200),
        ("localhost:3233", 200),
        ("LocalHost", 200),
        ("guest.localhost:80", 200),
        ("[::1]:3233", 200),
        ("", 400),
        ("a b", 400),
        ("localhost:x", 400),
        ("http://localhost", 400),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.168.1.1", 403),
        ("evillocalhost", 403),
    ],
)
def test_only_hosts_of_this_machine_are_served(running: RunningRuntime, host: str, status: int) -> None:
    answer = request(running, f"Host: {host}")

    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:100]
    if status != 200:
        assert set(body_of(answer)) == {"error", "code"}


def test_answers_do_not_tell_the_server_but_the_date(running: RunningRuntime) -> None:
    head = request(running, "Host: localhost").partition(b"\r\n\r\n")[0].lower()

    assert b"\r\nserver:" not in head
    assert b"\r\ndate: " in head


def test_a_forwarded_address_is_not_believed(running: RunningRuntime) -> None:
    answer = request(running, "Host: evil.example", "X-Forwarded-Host: localhost", "Forwarded: host=localhost")

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_it_leaves_when_idle_but_not_while_something_runs_or_listens(tmp_path: Path) -> None:
    with running_runtime(tmp_path, "--idle-exit", "1") as running, talking_to(running) as platform:
        name = platform.given_action("busy", SLEEPING)
        activation_id = platform.rest("POST", f"actions/{name}", {"seconds": 3}).json()["activationId"]
        time.sleep(2.5)
        assert running.process.poll() is None
        platform.http.close()

        assert eventually(lambda: running.process.poll() is not None, within_s=10)
        assert running.process.returncode == 0

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert platform.record(activation_id)["response"]["success"] is True


def test_neither_log_nor_output_tells_key_payload_or_code(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        name = platform.given_action("secret", "def main(a):\n    return {'never-in-code': a}\n")
        platform.invoke(name, {"x": "never-in-payload"})
        platform.rest("PUT", "actions/x", {"exec": {"kind": "never-known", "code": "never-in-code"}})

    told = (tmp_path / "serve.err").read_text()
    for secret in (running.auth, running.auth.partition(":")[2], basic(running.auth), "never-in"):
        assert secret not in told


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "def main(args):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "    return {}\n"
    )
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        platform.invoke(platform.given_action("forks", code))
        running.process.kill()
        running.process.wait()

    with running_runtime(tmp_path) as again:
        assert again.auth == running.auth
    assert os.path.exists(again.data_dir / "key")  # noqa: PTH110
