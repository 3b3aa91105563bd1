"""One payload for everything that is marked: typed here, sent once that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from .payload_form import Kind, PayloadForm

if TYPE_CHECKING:
    from tui.operations import Operations


class SharedPayloadScreen(PayloadForm[str]):
    """Dismisses with the text of the payload, or `None`. Nothing is sent by it."""

    def __init__(self, operations: Operations, kind: Kind, name: str, count: int) -> None:
        """
        Args:
            name: The one of them whose history is offered.
            count: How many get the payload.
        """
        super().__init__(operations, kind, name)
        self._count = count

    def subject(self) -> Line:
        glyphs = glyphs_of(self)
        mark = Span(glyphs.trigger, "secondary") if self.kind == "trigger" else Span(glyphs.action, "faint")
        return (mark, gap(1), Span(formats.counted(self._count, self.kind), "foreground bold"))

    def start(self, text: str) -> None:
        self.dismiss(text)
