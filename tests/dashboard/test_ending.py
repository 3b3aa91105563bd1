"""However the dashboard ends, the terminal is as it was, and no key stands in what it leaves behind."""

import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.running import RunningRuntime
from tui.dashboard.crash import without, write_crash_file
from tui.entities.endpoint import Secret

COLUMNS, LINES = 100, 30
KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"


class Terminal:
    """A shell in a terminal of its own, and what stands on it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.shell = pexpect.spawn(
            "/bin/sh",
            env=environment | {"TERM": "xterm-256color", "PS1": "$ "},
            dimensions=(LINES, COLUMNS),
            timeout=60,
        )

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def read(self) -> None:
        try:
            data = self.shell.read_nonblocking(65536, timeout=0.1)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        self._stream.feed(data)

    def until(self, *words: str, within_s: float = 60) -> None:
        give_up_at = time.monotonic() + within_s
        while not all(word in self.text for word in words):
            assert time.monotonic() < give_up_at, f"waited in vain for {words}:\n{self.text}"
            self.read()

    def run(self, command: str) -> None:
        self.shell.sendline(command)

    def dashboard_pid(self) -> int:
        """The dashboard: the shell's child that is no `sh`."""
        children = Path(f"/proc/{self.shell.pid}/task/{self.shell.pid}/children").read_text().split()
        return int(children[0])


@pytest.fixture
def terminal(runtime: RunningRuntime, tmp_path: Path) -> Terminal:
    environment = runtime.environment | {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    terminal = Terminal(environment)
    terminal.run(f"{sys.executable} -m tui; echo ended with $?")
    terminal.until("Activations", "live")
    return terminal


def ended(terminal: Terminal, code: int) -> None:
    """The code is the one that was promised, and what is typed is seen, line by line, again."""
    terminal.until(f"ended with {code}")
    for attempt in range(50):  # after a kill the guard needs a moment
        terminal.run(f"clear; stty -a; echo look$(({attempt}))done")
        terminal.until(f"look{attempt}done")
        if "-icanon" not in terminal.text:
            break
    assert " icanon" in terminal.text
    assert " echo " in terminal.text
    terminal.shell.close(force=True)


def test_ctrl_q_ends_with_code_0(terminal: Terminal) -> None:
    terminal.shell.send("\x11")

    ended(terminal, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the process in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, 137)])
def test_a_signal_leaves_the_terminal_as_it_was(terminal: Terminal, number: signal.Signals, code: int) -> None:
    os.kill(terminal.dashboard_pid(), number)

    ended(terminal, code)
    assert b"\x1b[?1049l" in terminal.raw  # the alternate screen was left


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc")
def test_nobody_stays_behind_to_watch_a_terminal_that_was_given_back(terminal: Terminal) -> None:
    pid = terminal.dashboard_pid()
    guard = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    terminal.shell.send("q")

    ended(terminal, 0)
    assert not Path(f"/proc/{guard}").exists()


def test_a_crash_file_tells_the_way_and_no_key(tmp_path: Path) -> None:
    key = Secret(KEY)
    try:
        raise RuntimeError(f"Basic {KEY} was refused\x1b[31m")
    except RuntimeError as error:
        file = write_crash_file(error, [key], tmp_path / "log")

    text = file.read_text()
    assert "RuntimeError" in text
    assert "test_ending.py" in text
    assert KEY.partition(":")[2] not in text
    assert "\x1b" not in text
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_is_blotted_out_in_every_form_it_travels_in() -> None:
    import base64

    basic = base64.b64encode(KEY.encode()).decode()

    assert without(f"a {KEY} b {basic} c {KEY.partition(':')[2]}", KEY) == "a … b … c …"
