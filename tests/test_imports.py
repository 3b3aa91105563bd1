"""What a command loads: `--help` answers at once, and no command pays for the screen or the server it does not use."""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from tests.running import isolated_environment

HEAVY = {"textual", "rich", "httpx", "starlette", "uvicorn", "orjson", "sqlite3", "pygments"}
LOADED = """
import json, sys
from tui.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
names = sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if n.startswith("tui.")})
print(json.dumps({"code": code, "names": names}), file=sys.stderr)
"""


def loaded_by(folder: Path, *words: str) -> tuple[int, set[str]]:
    """The exit code of a command, and what was imported when it ended."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        env=isolated_environment(folder) | {"WHISK_APIHOST": "http://127.0.0.1:1", "WHISK_AUTH": "a:b"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    told = json.loads(done.stderr.splitlines()[-1])
    return told["code"], set(told["names"])


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["get", "--help"], ["create", "action", "--help"]])
def test_help_loads_neither_screen_nor_client_nor_server(tmp_path: Path, words: list[str]) -> None:
    code, names = loaded_by(tmp_path, *words)

    assert code == 0
    assert not names & HEAVY
    assert not {name for name in names if name.startswith(("tui.runtime", "tui.dashboard", "tui.client", "tui.launch"))}


@pytest.mark.parametrize(
    "words",
    [
        ["get", "actions"],
        ["fire", "hello"],
        ["trace", "0" * 32],
        ["logs", "0" * 32],
        ["feed"],
    ],
)
def test_a_headless_command_loads_neither_screen_nor_server(tmp_path: Path, words: list[str]) -> None:
    code, names = loaded_by(tmp_path, *words)

    assert code == 3  # nobody answers there, so everything on the way to the platform was loaded
    assert "httpx" in names
    assert not names & (HEAVY - {"httpx", "rich", "pygments"})
    assert not {name for name in names if name.startswith(("tui.runtime", "tui.dashboard"))}


def test_the_package_itself_imports_nothing(tmp_path: Path) -> None:
    program = "import sys; before = set(sys.modules); import tui; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout.split() == ["tui"]


def test_help_takes_at_most_four_times_as_long_as_an_empty_python() -> None:
    def took_s(*words: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, timeout=30, check=True)
        return time.perf_counter() - began

    took_s("-m", "tui", "--help")  # compiles what was not compiled yet
    rounds = [took_s("-m", "tui", "--help") / took_s("-c", "pass") for _ in range(5)]

    assert median(rounds) <= 4
