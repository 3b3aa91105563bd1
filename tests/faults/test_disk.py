"""Disks that are full or read-only, and databases that are broken or too new: what becomes of the work, what is said.

What an older version wrote is brought up to date: see the tests of the store.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.contract.platform import ECHO, PYTHON, Platform, error_of
from tests.running import isolated_environment, running_runtime
from tests.runtime.serving import eventually, talking_to

UNAVAILABLE = "The server is currently unavailable (because it is overloaded or down for maintenance)."
PAGE_BYTES = 4096
LARGE = {"n": "x" * 200_000}


def serve(folder: Path) -> subprocess.CompletedProcess[str]:
    """A `serve` that is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "tui", "serve", "--port", "0", "--data-dir", str(folder / "data")],
        env=isolated_environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def garbage(file: Path) -> None:
    file.write_bytes(os.urandom(50_000))


def first_half_only(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES)


def zeros_in_the_middle(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(3 * PAGE_BYTES)
        stream.write(bytes(3 * PAGE_BYTES))


@pytest.mark.parametrize("break_", [garbage, first_half_only, zeros_in_the_middle])
def test_a_broken_database_is_moved_aside_and_told(tmp_path: Path, break_: Callable[[Path], None]) -> None:
    with running_runtime(tmp_path) as first, talking_to(first) as platform:
        platform.given("actions/old", {"exec": {"kind": PYTHON, "code": ECHO}})
    file = first.data_dir / "runtime.db"
    break_(file)
    broken = file.read_bytes()

    with running_runtime(tmp_path) as second, talking_to(second) as platform:
        assert second.auth == first.auth
        assert platform.rest("GET", "actions").json() == []
        platform.given("actions/new", {"exec": {"kind": PYTHON, "code": ECHO}})
        assert platform.invoke("new", {"n": 1}, result="true").json() == {"n": 1}
        (aside,) = platform.call("GET", "/whisktop/v1/status").json()["setAside"]

    assert Path(aside).read_bytes() == broken
    told = (tmp_path / "serve.err").read_text()
    assert f"{file} is broken" in told
    assert aside in told
    assert "Traceback" not in told
    with running_runtime(tmp_path) as third, talking_to(third) as platform:
        assert [each["name"] for each in platform.rest("GET", "actions").json()] == ["new"]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "runtime.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table theirs (x)")
        connection.execute("pragma user_version = 99")
        connection.commit()

    refused = serve(tmp_path)

    assert refused.returncode == 2
    assert "newer version" in refused.stderr
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select count(*) from theirs").fetchone() == (0,)


class Disk:
    """A small file system of its own where the data folder is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._filling = self.data / "filling"

    def fill(self) -> None:
        with self._filling.open("wb", buffering=0) as stream:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        stream.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        self._filling.unlink()

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.data)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    disk.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk.data)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a file system of its own needs the right to mount one: run as root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk.data)], check=True)


def test_a_full_disk_refuses_new_work_and_loses_nothing_that_was_taken(disk: Disk) -> None:
    with running_runtime(disk.folder) as running, talking_to(running) as platform:
        platform.given("actions/echo", {"exec": {"kind": PYTHON, "code": ECHO}})
        platform.given("triggers/event", {})
        platform.given("rules/rule", {"trigger": "/_/event", "action": "/_/echo"})
        taken: list[str] = []
        disk.fill()
        eventually(lambda: _ask(platform, taken) == 503)

        refused = [
            platform.rest("POST", "triggers/event", LARGE),
            platform.rest("PUT", "actions/more", {"exec": {"kind": PYTHON, "code": "#" * 200_000}}),
        ]

        assert [(each.status_code, error_of(each)) for each in refused] == [(503, UNAVAILABLE)] * 2
        assert platform.rest("GET", "actions/echo").status_code == 200
        assert not [each for each in _all(platform) if each["name"] == "event"]
        disk.free()
        eventually(lambda: _ask(platform, taken) == 202)
        fired = platform.rest("POST", "triggers/event", LARGE).json()["activationId"]
        assert platform.record(fired)["response"]["result"] == LARGE
        eventually(lambda: platform.call("GET", "/whisktop/v1/status").json()["queue"]["underWay"] == 0)

    with running_runtime(disk.folder) as running, talking_to(running) as platform:
        assert len(taken) >= 1
        for activation_id in taken:
            assert platform.record(activation_id)["response"]["result"] == LARGE
        assert len([each for each in _all(platform) if each["name"] == "echo"]) == len(taken) + 1
    told = (disk.folder / "serve.err").read_text()
    assert "the database did not take a group" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("has_run", [False, True])
def test_where_nothing_can_be_written_it_does_not_start_and_says_why(disk: Disk, has_run: bool) -> None:
    if has_run:
        with running_runtime(disk.folder):
            pass
    disk.remount("ro")
    read_only = serve(disk.folder)
    disk.remount("rw")
    disk.fill()
    full = serve(disk.folder)

    for refused, reason in ((read_only, "Read-only file system"), (full, "")):
        assert refused.returncode == 2, refused.stderr
        assert reason in refused.stderr
        assert str(disk.data) in refused.stderr
        assert "Traceback" not in refused.stderr
        assert refused.stdout == ""
    disk.free()
    with running_runtime(disk.folder):
        pass


def _ask(platform: Platform, taken: list[str]) -> int:
    """Ask for a run; its id is added if it was accepted."""
    answer = platform.rest("POST", "actions/echo", LARGE)
    if answer.status_code == 202:
        taken.append(answer.json()["activationId"])
    return answer.status_code


def _all(platform: Platform) -> list[dict[str, Any]]:
    return list(platform.rest("GET", "activations?limit=200").json())
