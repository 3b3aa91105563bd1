"""A program on a terminal of its own, driven by keys and timed by what it paints.

Nothing is interpreted but what is needed: texts are looked for among the bytes, and the cursor of a list by its sign
and by the place that the terminal was told before it. So reading costs next to nothing and delays no measurement.
"""

import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pexpect

from tests.running import isolated_environment
from tui.dashboard.render.glyphs import UNICODE

from .subject import Runtime

SIZE = (40, 120)
PAINT_WITHIN_S = 60.0
_SETTLED_S = 0.3
_READ_BYTES = 65536
_TAIL_BYTES = 65536
_CURSOR = UNICODE.cursor.encode()
_PLACE = re.compile(rb"\x1b\[(\d+);\d+H")
"""Where the terminal is told to go on painting: line and column."""
_CUT_BYTES = 12
_EMPTY_APP = Path(__file__).parent / "programs" / "empty_app.py"


class Terminal:
    """Made by `on_terminal`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self._child = pexpect.spawn(
            command[0], list(command[1:]), env=dict(environment), dimensions=SIZE, echo=False, timeout=None
        )
        self.pid: int = self._child.pid
        self._tail = b""
        self._line = 0
        self.cursor_line = 0
        """Where the cursor of the list was painted last; 0 before."""

    def close(self) -> None:
        self._child.close(force=True)

    def press(self, key: str) -> float:
        """Gives when the key was pressed."""
        at = time.perf_counter()
        os.write(self._child.child_fd, key.encode())
        return at

    def until_painted(self, *texts: str) -> float:
        """When the last of these was painted, of what is painted from now on."""
        wanted = [text.encode() for text in texts]
        seen: set[bytes] = set()

        def all_seen(new: bytes) -> bool:
            self._tail = (self._tail + new)[-_TAIL_BYTES:]
            seen.update(text for text in wanted if text in self._tail)
            return len(seen) == len(wanted)

        self._tail = b""
        return self._read_until(all_seen, f"{texts} on the screen")

    def until_cursor_on(self, line: int) -> float:
        """When the cursor of the list was painted on this line of the terminal."""
        return self._read_until(lambda new: self._note_cursor(new) == line, f"the cursor on line {line}")

    def settle(self, seconds: float = _SETTLED_S) -> None:
        """Read what is painted for a while."""
        stop_at = time.perf_counter() + seconds
        while (left := stop_at - time.perf_counter()) > 0:
            if select.select([self._child.child_fd], [], [], left)[0]:
                self._note_cursor(self._read())

    def _note_cursor(self, new: bytes) -> int:
        data = self._tail + new
        last = 0
        for place in _PLACE.finditer(data):
            if _CURSOR in data[last : place.start()]:
                self.cursor_line = self._line
            last, self._line = place.end(), int(place[1])
        if _CURSOR in data[last:]:
            self.cursor_line = self._line
        self._tail = data[last:][-_CUT_BYTES:]  # a place or a sign may be cut in two
        return self.cursor_line

    def _read_until(self, condition: Callable[[bytes], bool], what: str) -> float:
        give_up_at = time.perf_counter() + PAINT_WITHIN_S
        while time.perf_counter() < give_up_at:
            if not select.select([self._child.child_fd], [], [], 1.0)[0]:
                continue
            data = self._read()
            at = time.perf_counter()
            if condition(data):
                return at
        raise AssertionError(f"waited in vain for {what}; the last of it: {self._tail[-300:]!r}")

    def _read(self) -> bytes:
        try:
            return os.read(self._child.child_fd, _READ_BYTES)
        except OSError as error:  # what Linux says when the program has ended
            raise AssertionError(f"the program has ended; the last of it: {self._tail[-300:]!r}") from error


@contextmanager
def on_terminal(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Run a program until the block ends."""
    terminal = Terminal(command, dict(environment) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def dashboard(runtime: Runtime) -> Iterator[Terminal]:
    """The whole dashboard, over a runtime."""
    with on_terminal([sys.executable, "-m", "tui"], runtime.environment) as terminal:
        yield terminal


@contextmanager
def empty_app(folder: Path) -> Iterator[Terminal]:
    with on_terminal([sys.executable, str(_EMPTY_APP)], isolated_environment(folder)) as terminal:
        yield terminal
