"""Whatever way the runtime goes, its workers and all they started go with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import MakeBench
from .running import is_alive, node, until

DRIVER = "tests.runtime.invoker.driver"
GONE_WITHIN_S = 5.0


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", DRIVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def started(driver: subprocess.Popen[str]) -> tuple[int, list[int]]:
    """The warden, and every worker with its detached child and grandchild."""
    assert driver.stdout is not None
    warden, *others = map(int, driver.stdout.readline().split())
    assert len(others) == 6
    assert all(map(is_alive, others))
    return warden, others


async def until_all_are_gone(pids: list[int]) -> None:
    killed_at = time.monotonic()
    await until(lambda: not any(map(is_alive, pids)))
    assert time.monotonic() - killed_at < GONE_WITHIN_S


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_nothing_is_left_when_the_runtime_is_killed(driver: subprocess.Popen[str], how: signal.Signals) -> None:
    warden, pids = started(driver)

    driver.send_signal(how)

    await until_all_are_gone([warden, *pids])


async def test_a_warden_that_died_is_replaced(driver: subprocess.Popen[str]) -> None:
    warden, pids = started(driver)
    os.kill(warden, signal.SIGKILL)
    await until(lambda: any(is_warden_of(driver.pid, pid) for pid in process_ids() if pid != warden))

    driver.kill()

    await until_all_are_gone(pids)


async def test_it_is_on_its_way_before_code_of_a_user_runs(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        before = bench.pool.warden_pid

        await bench.run(node("function main() { return {}; }"))

        assert before is None
        assert bench.pool.warden_pid is not None


def process_ids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def is_warden_of(parent: int, pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[1]) == parent and b"warden.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
