"""Texts that try to drive the terminal: whatever view shows them, no control byte of theirs reaches it.

The dashboard runs on a real pseudo-terminal, and every byte that it writes there is looked at.
"""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime, isolated_environment
from tui.operations.actions import ActionDraft

WAIT_S = 40
SIZE = (30, 100)
EVIL = (
    "\x1b]0;OWNED\x07\x1b]52;c;T1dORUQ=\x07\x1b[2J\x1b[38;5;201mRED\x1b[777;9H\x9b31m\x90q\x9c\x1b_x\x1b\\"
    "\u202egnp.exe\u2066x\u2069\u200f\u200b\u200d\x00\x08\x08\x0e\x05\x7f\r日本語 e\u0301 👩\u200d👩 END"
)
LONG_NAME = "n" * 256
GOOD = f"""\
EVIL = {EVIL!a}
def main(args):
    print('first line of the log')
    print(EVIL)
    print('x' * 20_000 + EVIL)
    print('{{"level": "error", "msg": ' + __import__('json').dumps(EVIL, ensure_ascii=False) + '}}')
    return {{'items': [{{EVIL: EVIL, 'n': 1}}], EVIL: EVIL, 'big': 'y' * 900_000}}
"""
BAD = f"""\
EVIL = {EVIL!a}
def main(args):
    print(EVIL)
    return {{'error': EVIL}}
"""
FORBIDDEN = re.compile(
    b"[\x00-\x06\x07\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"  # C0 but tab, line feed, return and escape
    b"|\xc2[\x80-\x9f]"  # C1
    b"|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]"  # bidirectional
    b"|\x1b[\\]PX^_]"  # what takes a text: OSC, DCS, SOS, PM, APC
    b"|\x1b\\[38;5;201m|\x1b\\[777;9H"
)

OWN = re.compile(rb"\x1b\]22;[a-z-]*\x07")
"""By which Textual chooses the shape of the mouse pointer."""


class Terminal:
    """The dashboard on a terminal: what it wrote, and what that looks like."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.written = b""
        self.screen = pyte.Screen(SIZE[1], SIZE[0])
        self._stream = pyte.ByteStream(self.screen)
        command = [sys.executable, "-m", "tui"]
        self._child = pexpect.spawn(command[0], command[1:], env=environment, dimensions=SIZE, echo=False)  # type: ignore[arg-type]
        self._child.delaybeforesend = None

    def close(self) -> None:
        self._child.close(force=True)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._child.send(key)

    @property
    def lines(self) -> list[str]:
        try:
            while True:
                new = self._child.read_nonblocking(65536, timeout=0.02)
                self.written += new
                self._stream.feed(new)
        except pexpect.TIMEOUT:
            return list(self.screen.display)

    def until(self, *words: str) -> None:
        give_up_at = time.monotonic() + WAIT_S
        while not all(word in (text := "\n".join(self.lines)) for word in words):
            if time.monotonic() > give_up_at:
                raise AssertionError(f"waited in vain for {words}:\n{text}")

    def leave(self, word: str, key: str = "\x1b") -> None:
        """Press it, and wait until what it leaves is gone: a key right behind `esc` would be taken for a part of it."""
        self.press(key)
        give_up_at = time.monotonic() + WAIT_S
        while any(word in line for line in self.lines):
            assert time.monotonic() < give_up_at, f"{word} does not go:\n" + "\n".join(self.lines)

    def until_written(self, text: bytes, since: int) -> None:
        give_up_at = time.monotonic() + WAIT_S
        while text not in self.written[since:]:
            assert self.lines
            assert time.monotonic() < give_up_at, f"waited in vain for {text!r}"

    def assert_harmless(self, where: str) -> None:
        """Nothing of the hostile texts was obeyed, and the frame of the screen stands."""
        written = OWN.sub(b"", self.written)
        found = FORBIDDEN.search(written)
        context = b"" if found is None else written[max(0, found.start() - 40) : found.end() + 40]
        assert found is None, f"{where}: {context!r}"
        assert self.lines[0].startswith(" whisktop"), f"{where}:\n" + "\n".join(self.lines)


@pytest.fixture
def terminal(fresh_runtime: RunningRuntime, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(
        isolated_environment(tmp_path)
        | {
            "WSK_CONFIG_FILE": str(fresh_runtime.wskprops),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PAGER": "cat",
        }
    )
    try:
        yield opened
    finally:
        opened.close()


async def given_hostile_things(world: World) -> None:
    await world.action("hostile-good", GOOD)
    await world.action("hostile-bad", BAD)
    draft = ActionDraft(source=world.folder / "hostile-bad.py", name=LONG_NAME, kind="python:default")
    await world.operations.actions.create(draft)
    await world.operations.triggers.create("hostile")
    for number, action in enumerate(("hostile-good", "hostile-bad", LONG_NAME)):
        await world.operations.rules.create(f"hostile-{number}", trigger="hostile", action=action)
    fired = await world.operations.triggers.fire("hostile", {EVIL: EVIL, "list": [EVIL]})
    assert fired is not None
    await world.operations.activations.wait(fired.activation_id, timeout_s=WAIT_S)
    await world.ran("hostile-good")
    await world.ran("hostile-bad")


async def test_no_control_byte_of_anybodys_text_reaches_the_terminal(
    fresh_runtime: RunningRuntime, tmp_path: Path, terminal: Terminal
) -> None:
    async with world_of(fresh_runtime, tmp_path) as world:
        await given_hostile_things(world)
    terminal.until("live", "✓ 2", "✗ 3", "OWNED")  # all have come: no row moves from here on
    terminal.assert_harmless("the list")

    terminal.press("r")
    terminal.until('"error"', "OWNED")
    terminal.press("l")
    terminal.until("1 line", "OWNED")
    terminal.press("i")
    terminal.until("activation", "OWNED")
    terminal.press("Y")
    terminal.until('"activationId"')
    terminal.press("G")
    terminal.until('"response"', "OWNED")
    terminal.press("y")
    terminal.until("Copy hostile-bad")
    terminal.leave("Copy hostile-bad")
    terminal.assert_harmless("a failed run")
    terminal.press("E")
    terminal.until("Why did hostile-bad fail?", "OWNED")
    terminal.leave("Why did", "q")
    terminal.leave("Record", "q")
    terminal.assert_harmless("why")

    terminal.press("j", "r")
    terminal.until('"items"', "OWNED")
    terminal.press("+")
    terminal.until('"n": 1')
    terminal.press("V", "V")
    terminal.until("table of 1 row")
    terminal.press("V", "=")
    terminal.until("items[?late].id")
    terminal.press(*"items[0].n", "\r")
    terminal.until("number")
    terminal.leave("number")
    terminal.assert_harmless("a result")
    terminal.press("l")
    terminal.until("first line of the log", "OWNED", "4 lines")
    terminal.press("w", "G")
    terminal.until("error")
    terminal.press("/")
    terminal.until("esc clear search")
    terminal.press(*"OWNED", "\r")
    terminal.until("matches")
    terminal.leave("matches")
    before = len(terminal.written)
    terminal.press("v")
    terminal.until_written(b"first line of the log\r\n", before)
    terminal.until("4 lines", "s follow")
    terminal.assert_harmless("a log, and the pager")
    terminal.press("d")
    terminal.until("Two runs of hostile-good")
    for key in "lir":
        terminal.press(key)
    terminal.assert_harmless("a comparison")
    terminal.leave("Two runs", "q")
    terminal.leave("4 lines", "q")

    terminal.press("2")
    terminal.until("▌ ↯ hostile")
    terminal.press("\r")
    terminal.until("Trace", "3 rules", "OWNED")
    terminal.press("w")
    terminal.until("Waterfall", "nnnnnn")
    terminal.press("m")
    terminal.until("Merged log", "OWNED")
    terminal.assert_harmless("a trace")
    terminal.leave("printed something", "q")
    terminal.leave("So far", "q")
    terminal.press("@")
    terminal.until("GET")
    terminal.assert_harmless("the log of requests")
