"""A container engine that is missing, fails or goes away, and what a killed runtime has left in it."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import isolated_environment, running_runtime
from tui.runtime.invoker.process import HOSTS

from .engine import Engine
from .invoker.running import is_alive
from .serving import configure, eventually, talking_to

RUBY, PYTHON = "ruby:2.5", "python:default"


@pytest.fixture
def own_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """For a test with a runtime of its own in `tmp_path`."""
    with closing(Engine(tmp_path)) as engine:
        engine.install(monkeypatch)
        configure(tmp_path, containers="docker")
        yield engine


def test_nobody_waits_for_ever_for_a_container_that_does_not_listen(own_engine: Engine) -> None:
    script = """
import sys
sys.path.insert(0, sys.argv[1])
import container_host as host
host.LISTENS_WITHIN_S = 0.2
run = ["docker", "run", "--name", "worker-silent", "silent/one"]
host.Container("worker-silent", True, run, None).wait_until_ready()
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(HOSTS)], capture_output=True, timeout=30, check=False, text=True
    )

    assert (ended.returncode, ended.stderr) == (1, "nobody listens in the container")


def test_containers_of_a_killed_runtime_are_removed_by_the_next_one(tmp_path: Path, own_engine: Engine) -> None:
    engine = own_engine
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        action = platform.given_action("survivor", "import time\ndef main(args): time.sleep(60)", kind=PYTHON)
        platform.invoke(action, blocking="false")
        eventually(lambda: engine.processes())
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    left = engine.processes()
    assert left

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert not any(map(is_alive, left))
        again = platform.given_action("again", kind=PYTHON)
        assert platform.invoke(again, {"x": 1}, result="true").json() == {"x": 1}
        status = platform.call("GET", "/whisktop/v1/status").json()
        assert status["settings"]["containers"] == "docker"
    assert not engine.containers


def test_the_runtime_outlives_its_engine(tmp_path: Path, own_engine: Engine) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        action = platform.given_action("outlive", "import os\ndef main(args): os._exit(3)", kind=PYTHON)
        (own_engine.programs / "docker").rename(tmp_path / "gone")

        failed = platform.invoke(platform.given_action("cannot", kind=RUBY))
        assert failed.status_code == 500
        (tmp_path / "gone").rename(own_engine.programs / "docker")
        assert platform.invoke(action).status_code == 502
        (own_engine.programs / "docker").rename(tmp_path / "gone")
        assert platform.rest("GET", "actions").status_code == 200
        running.process.terminate()
        assert running.process.wait(30) == 0


@pytest.mark.parametrize("trouble", ["missing", "out of order", "sandboxed"])
def test_an_engine_that_cannot_be_used_is_told_at_the_start(
    tmp_path: Path, own_engine: Engine, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "missing":
        shutil.rmtree(own_engine.programs)
        monkeypatch.setenv("PATH", str(tmp_path))
    elif trouble == "sandboxed":
        configure(tmp_path, containers="docker", sandbox="bwrap")
    else:
        (own_engine.state / "out-of-order").touch()

    ended = subprocess.run(
        [sys.executable, "-m", "tui", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
        env=isolated_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode != 0
    expected = {
        "missing": ("docker was not found", 'containers = "none" in config.toml'),
        "out of order": ("Cannot connect to the daemon.", 'containers = "none" in config.toml'),
        "sandboxed": ('sandbox = "bwrap" does nothing with containers = "docker"', 'Leave one of the two at "none"'),
    }
    assert all(text in ended.stderr for text in expected[trouble])
    assert "Traceback" not in ended.stderr
