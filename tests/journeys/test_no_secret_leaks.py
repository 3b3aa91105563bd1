"""A day's work with an account of every program at hand: their keys are looked for wherever they must not be."""

import base64
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contexts.conftest import SAMPLES
from tests.journeys.test_terminal import Terminal
from tests.platform import Platform, serving

FAR_KEY = "88888888-aaaa-4bbb-8ccc-000000000008:far-secret-word"
VARIABLES = {
    "AIO_RUNTIME_AUTH": "77777777-aaaa-4bbb-8ccc-000000000007:variable-secret-word",
    "__OW_API_HOST": "https://action.example",
    "__OW_API_KEY": "99999999-aaaa-4bbb-8ccc-000000000009:action-secret-word",
}
_WORD = b"-secret-word"
"""In every key of the samples and of this file, and nowhere else."""
_HOLD_KEYS = ("config.toml", ".wskprops", ".env", ".aio", "aio", "credentials.json", "config.json")
"""Files of the user's own, in which programs keep accounts."""
_OF_THE_RUNTIME = ("key", "endpoint.json", "deploy-token")
"""Its own, closed to others; its database holds what actions are given, their key included."""


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as platform:
        platform.furnish()
        platform.key = FAR_KEY
        yield platform


@pytest.fixture
def home(tmp_path: Path, platform: Platform) -> Path:
    """A home with an account of every program, at the places where the terminal's environment looks."""
    places = {
        "dot-wskprops": ".wskprops",
        "dot-env": ".env",
        "dot-aio": ".aio",
        "aio": "config/aio",
        "doctl-credentials.json": "config/doctl/sandbox/creds/3c1a9d02/credentials.json",
        "ops-config.json": ".ops/config.json",
    }
    for sample, place in places.items():
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((SAMPLES / sample).read_text())
    (tmp_path / "config.toml").write_text(
        f'context = "local"\n[contexts.far]\napihost = "{platform.url}"\nauth = "{FAR_KEY}"\npoll_min_s = 0.2\n'
    )
    return tmp_path


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    opened = Terminal(home, WHISKTOP_RUNTIME_DRAIN_S="0", **VARIABLES)
    try:
        yield opened
    finally:
        subprocess.run([sys.executable, "-m", "tui", "stop"], env=opened.environment, check=False, timeout=60)
        opened.shell.close(force=True)


def forms_of(keys: list[str]) -> list[bytes]:
    """How keys may show: any of the samples, secret halves, and the whole as a Basic header has it."""
    halves = [key.partition(":")[2].encode() for key in keys]
    return [_WORD, *halves, *(base64.b64encode(key.encode()) for key in keys)]


def command_lines() -> bytes:
    return subprocess.run(["ps", "-eo", "args="], capture_output=True, check=True).stdout


def command_output(terminal: Terminal, *words: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "tui", *words], env=terminal.environment, cwd=terminal.folder, capture_output=True
    )
    return done.stdout + done.stderr


def test_no_key_shows_on_screens_in_files_logs_or_command_lines(
    terminal: Terminal, home: Path, platform: Platform
) -> None:
    screen = io.BytesIO()
    terminal.shell.logfile_read = screen
    terminal.start_whisktop()
    terminal.until("load the sample", "live")
    terminal.shell.send("S")
    terminal.until("▌ ↯ my-worker-trigger", "1 rule", "f fire")
    terminal.shell.send("F")
    terminal.until("fired")
    seen = command_lines()
    terminal.shell.send("c")
    terminal.until("Where each value came from", "doctl", "conflict", "9999…")
    terminal.shell.send("jjjjjjjjj")
    terminal.until("__OW_API_KEY")
    for keys, words in (
        ("q", "Last hour"),
        ("@", "POST"),
        ("q", "Last hour"),
        ("4", "p pause"),
        ("\x13", "enter saves"),
    ):
        terminal.shell.send(keys)
        terminal.until(words)
    terminal.shell.send("\r")
    terminal.until("saved")
    terminal.shell.send(":")
    terminal.until("ctx")
    terminal.shell.send("ctx far\r")
    terminal.until("far-away", "polling")
    platform.key = "expired"
    terminal.until("does not know this key", "contexts.far.auth")
    terminal.shell.send("\x11")
    terminal.until("ended with 0")
    seen += command_lines()

    seen += b"".join(
        command_output(terminal, *words)
        for words in (
            ["config", "show"],
            ["config", "contexts", "--json"],
            ["config", "contexts", "wskprops"],
            ["doctor", "--json"],
            ["get", "actions", "--context", "far"],
            ["feed", "--json"],
            ["history", "export"],
        )
    )
    (runtime_key,) = home.rglob("runtime/key")
    forms = forms_of([FAR_KEY, runtime_key.read_text().strip()])
    assert not [form for form in forms if form in seen + screen.getvalue()]
    assert len(screen.getvalue()) > 10_000

    files = [file for file in home.rglob("*") if file.is_file() and file.name not in _HOLD_KEYS]
    ours = [file for file in files if file.name in _OF_THE_RUNTIME or file.name.startswith("runtime.db")]
    assert {"key", "endpoint.json"} <= {file.name for file in ours}
    assert not [file for file in ours if file.stat().st_mode & 0o077]
    leaks = {file.name: form for file in files if file not in ours for form in forms if form in file.read_bytes()}
    assert leaks == {}
    told = {file.name.partition("-")[0] for file in files}
    assert {"runtime.log", "dashboard.log", "sessions.json"} <= told
