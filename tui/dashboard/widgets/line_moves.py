"""The keys that move through rows, the same in every list and text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from .painting import paint_now
from .steady_rows import SteadyRows

if TYPE_CHECKING:
    from .line_view import LineView


class ViewMessage(Message):
    """Something about a view."""

    def __init__(self, view: LineView) -> None:
        super().__init__()
        self.view = view

    @property
    def control(self) -> LineView:
        return self.view


class RowMessage(ViewMessage):
    """Something about a row of it."""

    def __init__(self, view: LineView, row_id: Hashable | None) -> None:
        super().__init__(view)
        self.row_id = row_id


class LineMoves(SteadyRows, can_focus=True, inherit_bindings=False):
    """With a cursor they move it, without one they scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor(1)", "down", show=False, id="lines.down", tooltip="one row down"),
        Binding("k,up", "cursor(-1)", "up", show=False, id="lines.up", tooltip="one row up"),
        Binding("g,home", "edge('top')", "top", show=False, id="lines.top", tooltip="to the first row"),
        Binding("G,end", "edge('end')", "bottom", show=False, id="lines.bottom", tooltip="to the last row"),
        Binding("ctrl+f,pagedown", "page(1.0)", "page down", show=False, id="lines.page_down", tooltip="one page down"),
        Binding("ctrl+b,pageup", "page(-1.0)", "page up", show=False, id="lines.page_up", tooltip="one page up"),
        Binding("ctrl+d", "page(0.5)", "half down", show=False, id="lines.half_down", tooltip="half a page down"),
        Binding("ctrl+u", "page(-0.5)", "half up", show=False, id="lines.half_up", tooltip="half a page up"),
        Binding("left", "sideways(-8)", "left", show=False, id="lines.left", tooltip="scroll to the left"),
        Binding("right", "sideways(8)", "right", show=False, id="lines.right", tooltip="scroll to the right"),
        Binding("enter", "choose", "open", show=False, id="lines.open", tooltip="open the row under the cursor"),
    ]

    MOVES: ClassVar[frozenset[str]] = frozenset({"cursor", "edge", "page", "sideways"})
    """Actions whose keys are answered here, at once: on the usual way every widget around is asked first."""

    _has_cursor: bool
    _fit: bool
    _known_moves: tuple[Mapping[str, str], Mapping[str, Sequence[Binding]]] | None = None
    """The keymap, and the moves by the keys that it gives them."""

    def _move_to_index(self, index: int) -> None:
        raise NotImplementedError

    def _scroll_y(self, y: int) -> None:
        raise NotImplementedError

    async def on_key(self, event: events.Key) -> None:
        """A key that moves: the binding nearest to the focus, so nobody else can have it."""
        for binding in self._keys_of_moves().get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                paint_now(self)
                return

    def _keys_of_moves(self) -> Mapping[str, Sequence[Binding]]:
        keymap = self.app._keymap
        if self._known_moves is None or self._known_moves[0] is not keymap:
            bindings = self._bindings.copy()
            bindings.apply_keymap(keymap)
            moves = {
                key: [one for one in ones if not one.priority and one.action.partition("(")[0] in self.MOVES]
                for key, ones in bindings.key_to_bindings.items()
            }
            self._known_moves = keymap, moves
        return self._known_moves[1]

    def action_cursor(self, step: int) -> None:
        if self._has_cursor:
            self._move_to_index(self._cursor_index + step)
        else:
            self._scroll_y(self.scroll_offset.y + step)

    def action_page(self, pages: float) -> None:
        step = max(1, int(abs(pages) * (self.scrollable_content_region.height - 1)))
        self.action_cursor(step if pages > 0 else -step)

    def action_edge(self, edge: str) -> None:
        self.catch_up()
        last = len(self._source) - 1
        if self._has_cursor:
            self._move_to_index(0 if edge == "top" else last)
        else:
            self._scroll_y(0 if edge == "top" else self.max_scroll_y)

    def action_sideways(self, cells: int) -> None:
        if not self._fit:
            self.scroll_to(x=self.scroll_offset.x + cells, animate=False, immediate=True, force=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose":
            return self._has_cursor
        if action == "sideways":
            return not self._fit
        return True
