"""The lines of several runs as one log: every line names its run, in a colour that stays with it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len

from .glyphs import Glyphs
from .line import Span, clean, gap, name_cell
from .log_rows import LogRows
from .logs import LogText

_ROLES = ("primary", "secondary", "accent", "success", "warning", "foreground")
"""Runs beyond these share colours: the id tells them apart."""
_NAME_WIDTH = 20
_ID_WIDTH = 6


class Speaker(Struct, frozen=True):
    """A run that printed something."""

    activation_id: str
    name: str
    number: int
    """Which of the trace's runs it is, in the order of the tree."""

    @property
    def role(self) -> str:
        return _ROLES[self.number % len(_ROLES)]


class MergedRows(LogRows):
    """As the rows of one log; `speakers` has one for every line of the text."""

    def __init__(self, text: LogText, glyphs: Glyphs, speakers: Sequence[Speaker]) -> None:
        super().__init__(text, glyphs)
        self._speakers = speakers

    @property
    def _label_width(self) -> int:
        return self._name_width + 1 + _ID_WIDTH + 2

    @property
    def _name_width(self) -> int:
        named = {speaker.name for speaker in self._speakers[:1000]}
        return min(_NAME_WIDTH, max((cell_len(clean(name)) for name in named), default=_NAME_WIDTH))

    def _label(self, line: int, piece: int) -> Sequence[Span]:
        if piece or line >= len(self._speakers):
            return (gap(self._label_width),)
        speaker = self._speakers[line]
        name = name_cell(speaker.name, self._name_width, role=speaker.role, more=self._glyphs.more)
        return (*name, gap(1), Span(speaker.activation_id[:_ID_WIDTH], "faint"), gap(2))
