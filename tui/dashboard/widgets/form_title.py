"""The first line of a modal: what it does, and in which account."""

from __future__ import annotations

from tui.entities.endpoint import Endpoint

from ..render.context_rows import color_role
from ..render.line import FILL, Line, Span, gap
from .drawn_line import DrawnLine


class ModalTitle(DrawnLine):
    """`Fire ↯ upload-done   in local ▸ guest                esc close`."""

    def __init__(self, title: Line, endpoint: Endpoint) -> None:
        super().__init__()
        self._title = tuple(title)
        self._endpoint = endpoint

    def line(self, width: int) -> Line:
        endpoint = self._endpoint
        role = "chip-error bold" if endpoint.production else color_role(endpoint.color) or "success"
        place = [
            Span("   in ", "muted"),
            Span(f" PROD {endpoint.context} " if endpoint.production else endpoint.context, role),
            Span(f" {self.glyphs.separator} ", "faint"),
            Span(endpoint.namespace, "success"),
        ]
        close = Span("esc close", "faint")
        return [gap(1), *self._title, *place, Span("", width=FILL), close, gap(1)]
