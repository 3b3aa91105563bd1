"""Runtimes of a test's own: what it needs to start them, talk to them and look at what they leave behind."""

import base64
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from tests.contract.platform import Platform
from tests.running import RunningRuntime

WITHIN_S = 30
_T = TypeVar("_T")


def configure(folder: Path, **runtime: object) -> None:
    """Write the configuration that a runtime started from `folder` reads."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in runtime.items()]
    (folder / "config.toml").write_text("\n".join(["[runtime]", *lines, ""]))


@contextmanager
def talking_to(running: RunningRuntime) -> Iterator[Platform]:
    with httpx.Client(trust_env=False, timeout=90) as http:
        yield Platform(running.url, running.auth, running.namespace, http)


def eventually(look: Callable[[], _T], *, within_s: float = WITHIN_S) -> _T:
    """What `look` finds, as soon as that is something."""
    end = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < end, f"nothing within {within_s} s"
        time.sleep(0.02)
    return found


def processes_of(data_dir: Path) -> list[int]:
    """Living processes that work in the data folder or were told about it."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            mentioned = str(data_dir).encode() in (process / "environ").read_bytes()
            inside = (process / "cwd").readlink().is_relative_to(data_dir)
            dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if (mentioned or inside) and not dead:
            found.append(int(process.name))
    return found


def exchange(url: str, request: bytes, *, timeout_s: float = 20) -> bytes:
    """Everything that the server sends for these bytes until it hangs up."""
    address = urlsplit(url)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=timeout_s) as connection:
        connection.sendall(request)
        while chunk := connection.recv(65536):
            received += chunk
    return received


def basic(auth: str) -> str:
    return "Basic " + base64.b64encode(auth.encode()).decode()


def body_of(response: bytes) -> Any:
    return json.loads(response.partition(b"\r\n\r\n")[2])
