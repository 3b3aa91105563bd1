"""How the dashboard ends: by key, by signal, by force; and what is left of the terminal and of the work."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from tests.journeys.conftest import WORKER_FILE
from tests.running import isolated_environment

WAIT_S = 40
SIZE = (40, 120)
MOUSE_ON = b"\x1b[?1000h"


class Terminal:
    """A terminal with a shell in it, in which `whisktop` runs."""

    def __init__(self, folder: Path, *, ignore_sighup: bool = False, **variables: str) -> None:
        self.folder = folder
        ours = {"TERM": "xterm-256color", "WHISKTOP_RUNTIME_PORT": "0"}
        self.environment = isolated_environment(folder) | ours | variables
        self.raw = b""
        """Everything that was written to the terminal."""
        self._screen = pyte.Screen(SIZE[1], SIZE[0])
        self._stream = pyte.ByteStream(self._screen)
        self.shell = pexpect.spawn(
            "/bin/sh",
            env=self.environment,
            dimensions=SIZE,
            cwd=str(folder),
            timeout=WAIT_S,
            ignore_sighup=ignore_sighup,
        )

    def start_whisktop(self, program: str = "-m tui") -> None:
        self.shell.sendline(f"{sys.executable} {program}; echo ended with $?")

    @property
    def text(self) -> str:
        self._read()
        return "\n".join(self._screen.display)

    def _read(self) -> None:
        try:
            while True:
                read = self.shell.read_nonblocking(65536, timeout=0.05)
                self.raw += read
                self._stream.feed(read)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return

    def until(self, *words: str) -> None:
        give_up_at = time.monotonic() + WAIT_S
        while not all(word in self.text for word in words):
            if time.monotonic() > give_up_at:
                raise AssertionError(f"waited in vain for {words}:\n{self.text}")

    def dashboard_pid(self) -> int:
        (pid,) = children_of(self.shell.pid, "tui")
        return pid

    def assert_usable(self) -> None:
        """What is typed is echoed and run line by line, as before."""
        settings = subprocess.run(
            ["stty", "-a"], stdin=self.shell.child_fd, capture_output=True, text=True, check=True
        ).stdout
        assert " icanon" in settings
        assert " echo " in settings
        self.shell.sendline("echo still $((40 + 2))")
        self.until("still 42")

    def whisktop(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "tui", *words, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def is_alive(pid: int) -> bool:
    """A zombie is not: whoever inherited it may be this process, which waits for none that it did not start."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def until_gone(pid: int) -> None:
    give_up_at = time.monotonic() + WAIT_S
    while is_alive(pid) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert not is_alive(pid)


def children_of(parent: int, word: str) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [int(pid) for pid, ppid, command in rows if int(ppid) == parent and word in command]


def processes_of(folder: Path) -> list[str]:
    """The command lines that name `folder`."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line and "ps -eo" not in line]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with closed_afterwards(Terminal(tmp_path)) as opened:
        yield opened


@contextmanager
def closed_afterwards(opened: Terminal) -> Iterator[Terminal]:
    try:
        yield opened
    finally:
        subprocess.run([sys.executable, "-m", "tui", "stop"], env=opened.environment, check=False, timeout=60)
        opened.shell.close(force=True)


@contextmanager
def opened_dashboard(terminal: Terminal) -> Iterator[int]:
    terminal.start_whisktop()
    terminal.until("Activations", "live")
    yield terminal.dashboard_pid()


def test_q_ends_without_a_question_when_nothing_runs(terminal: Terminal) -> None:
    with opened_dashboard(terminal):
        terminal.shell.send("q")

        terminal.until("ended with 0")
        terminal.assert_usable()


def test_ctrl_z_gives_the_shell_back_and_fg_paints_everything_again(terminal: Terminal) -> None:
    with opened_dashboard(terminal) as pid:
        terminal.until("load the sample")
        terminal.shell.send("\x1a")
        terminal.until("ended with")  # `;` goes on once the job is stopped
        terminal.shell.sendline("printf '\\033[2J\\033[H'; echo still $((40 + 2))")
        terminal.until("still 42")
        assert "load the sample" not in terminal.text
        assert is_alive(pid)

        terminal.shell.sendline("fg")
        terminal.until("whisktop", "live", "Actions", "Triggers", "load the sample", "help")
        assert MOUSE_ON in terminal.raw

        terminal.shell.send("q")
        until_gone(pid)
        terminal.assert_usable()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_dashboard_and_gives_the_terminal_back(
    terminal: Terminal, number: signal.Signals, code: int
) -> None:
    with opened_dashboard(terminal) as pid:
        os.kill(pid, number)

        terminal.until(f"ended with {code}")
        terminal.assert_usable()


GREYS = {0, 7, 8, 15, 16, 59, 102, 145, 188, 231, *range(232, 256)}
"""Of a terminal's 256 colours, those without a hue."""


def hues_in(written: bytes) -> set[bytes]:
    """Sequences that choose a colour which is no grey."""
    chosen = set()
    for sequence in re.findall(rb"\x1b\[([0-9;]*)m", written):
        indexed = [int(code) for code in re.findall(rb"[34]8;5;(\d+)", sequence)]
        others = re.sub(rb"[34]8;5;\d+", b"", sequence).split(b";")
        if set(indexed) - GREYS or any(re.fullmatch(rb"[349][1-8]|10[1-6]", code) for code in others):
            chosen.add(sequence)
    return chosen


def test_without_colours_mouse_and_signs_beyond_ascii_everything_is_still_said(terminal: Terminal) -> None:
    terminal.shell.sendline("export NO_COLOR=1 WHISKTOP_DASHBOARD_GLYPHS=ascii WHISKTOP_DASHBOARD_MOUSE=false")
    with opened_dashboard(terminal):
        terminal.until("load the sample", "help")
        assert not hues_in(terminal.raw)
        assert terminal.text.isascii()

        terminal.shell.send("S")
        terminal.until("trigger   1 rule", "async-rule")
        terminal.shell.send("f")
        terminal.until("Payload", "1 active rule will answer")
        terminal.shell.send("\x13")
        terminal.until("fired")
        assert MOUSE_ON not in terminal.raw
        assert not hues_in(terminal.raw)
        assert terminal.text.isascii()


BROKEN = """\
import sys

from tui.cli import main
from tui.dashboard.screens.main import MainScreen

def fail(self):
    raise RuntimeError(f"the key is {self.operations.endpoint.auth.reveal()}")

MainScreen.action_zoom = fail
sys.exit(main())
"""


def test_a_bug_leaves_a_usable_terminal_and_a_crash_file_without_keys(terminal: Terminal, tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text(BROKEN)
    terminal.start_whisktop(str(program))
    terminal.until("Activations", "live")

    terminal.shell.send("z")

    terminal.until("met a bug", "Jobs on the platform go on", "ended with 1")
    terminal.assert_usable()
    (crash_file,) = tmp_path.rglob("crash-*.txt")
    (key_file,) = tmp_path.rglob("key")
    user, _, password = key_file.read_text().strip().partition(":")
    told = crash_file.read_text()
    assert "RuntimeError" in told
    assert password
    assert user not in told
    assert password not in told + terminal.text
    assert crash_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("ignore_sighup", [False, True], ids=["told", "where nobody is told of it"])
def test_closing_the_terminal_ends_the_dashboard_and_leaves_the_runtime(tmp_path: Path, *, ignore_sighup: bool) -> None:
    opened = Terminal(tmp_path, ignore_sighup=ignore_sighup)
    with closed_afterwards(opened) as terminal, opened_dashboard(terminal) as pid:
        with suppress(pexpect.ExceptionPexpect):  # closed it is; what ends behind it may take longer than pexpect waits
            terminal.shell.close(force=False)

        until_gone(pid)
        assert terminal.whisktop("get", "actions") == []


def test_after_killing_dashboard_and_runtime_nothing_is_left_and_nothing_is_forgotten(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.whisktop("create", "action", "my-worker", str(WORKER_FILE), "--timeout", "2m")
    with opened_dashboard(terminal) as pid:
        accepted = [terminal.whisktop("invoke", "my-worker", "-p", "name", str(n))["activationId"] for n in range(3)]
        terminal.until("running")

        os.kill(pid, signal.SIGKILL)

        terminal.until("ended with 137")
        terminal.assert_usable()
    (endpoint_file,) = tmp_path.rglob("endpoint.json")
    os.kill(json.loads(endpoint_file.read_text())["pid"], signal.SIGKILL)
    give_up_at = time.monotonic() + 5
    while (left := processes_of(endpoint_file.parent)) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert left == []
    for activation_id in accepted:
        record = json.loads(run_to_record(terminal, activation_id))
        assert record["activationId"] == activation_id
        assert re.fullmatch(r"success|whisk internal error", record["response"]["status"])


def run_to_record(terminal: Terminal, activation_id: str) -> str:
    """What `wait` prints; it ends with 1 where the run did not survive."""
    done = subprocess.run(
        [sys.executable, "-m", "tui", "wait", activation_id, "--timeout", "30", "--json"],
        env=terminal.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
