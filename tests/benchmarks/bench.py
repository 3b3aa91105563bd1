"""What a group of rows gets to measure with, and what it gives back."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from .filled import Filling
from .row import Measurements, Row, Skipped
from .subject import Runtime, runtime_in

_T = TypeVar("_T")
MILLION = 1_000_000
_KEPT = "retention_count = 3000000\nretention_mb = 8192\n"
_KEEPS_ALL = f"[runtime]\n{_KEPT}[history]\n{_KEPT}"


@dataclass(slots=True)
class Bench:
    """One run of the script."""

    folder: Path
    """Removed at the end."""
    node: str | None
    """The Node.js that actions run on."""
    rounds: int = 3
    smoke: bool = False
    _filled: dict[int, tuple[Path, Filling]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _folders: int = 0

    def scale(self, full: _T, smoke: _T) -> _T:
        return smoke if self.smoke else full

    def need_node(self) -> str:
        """Raises `Skipped` where there is none."""
        if self.node is None:
            raise Skipped("no Node.js on this machine")
        return self.node

    def new_folder(self) -> Path:
        self._folders += 1
        folder = self.folder / str(self._folders)
        folder.mkdir()
        return folder

    @contextmanager
    def runtime(self, *, config: str = "", module: str | None = None) -> Iterator[Runtime]:
        """A runtime with nothing in it."""
        with runtime_in(self.new_folder(), config=config, module=module) as runtime:
            yield runtime

    @contextmanager
    def filled_runtime(self, count: int) -> Iterator[Runtime]:
        """A runtime that holds `count` records. Later ones of the same size find what the one before left."""
        if count not in self._filled:
            filling = Filling(count, int(time.time() * 1000))
            self._filled[count] = self.new_folder(), filling
            filling.put_into_runtime(self._filled[count][0] / "data")
        with runtime_in(self._filled[count][0], config=_KEEPS_ALL) as runtime:
            yield runtime

    @contextmanager
    def seen_runtime(self, count: int) -> Iterator[Runtime]:
        """The same, with a history that has seen all of it."""
        with self.filled_runtime(count) as runtime:
            if count not in self._seen:
                self._filled[count][1].put_into_history(runtime, self.folder / "seen.jsonl")
                self._seen.add(count)
            yield runtime

    @property
    def million(self) -> int:
        """As many records as stand for a million: fewer for a trial."""
        return self.scale(MILLION, 2_000)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share their rounds, and how they are measured."""

    rows: tuple[Row, ...]
    measure: Callable[[Bench], Measurements]
    is_quick: bool = True
    """Whether a trial with tiny counts takes a few seconds at most."""

    def names(self, wanted: str) -> bool:
        return any(row.key.split()[0] == wanted.upper() for row in self.rows)


def optional(
    stack: ExitStack, measurements: Measurements, block: AbstractContextManager[_T], *metrics: str
) -> _T | None:
    """Enter `block`; where it is `Skipped`, its `metrics` are missing and the others are measured without."""
    try:
        return stack.enter_context(block)
    except Skipped as reason:
        measurements.missing.update(dict.fromkeys(metrics, str(reason)))
        return None
