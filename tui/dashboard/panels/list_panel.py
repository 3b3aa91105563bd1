"""A panel whose rows are things in memory: it filters, sorts, and shows more of them where there is room."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tui.entities.json import JsonObject

from ..render import formats
from ..render.line import Line, Span, cell, gap
from ..render.source import Rows
from .list_filter import ListFilter, parse_filter
from .messages import RemarksChanged
from .panel import Panel

EXTRAS_FROM = 80
"""Cells of a row from which the columns beyond the usual ones are shown."""


class Column(Struct, frozen=True, kw_only=True):
    """Something to sort by, and where it has a width, to show when there is room."""

    name: str
    value: Callable[[Any], Any]
    """Of an item; `None` goes last."""
    descending: bool = False
    """Which way it is sorted at first."""
    text: Callable[[Any], str] | None = None
    width: int = 0
    """Cells of a column beyond the usual ones; 0: the row shows it anyway, or never."""


class Order(Struct, frozen=True):
    """How a list is sorted; without a column, as the platform gives it."""

    column: str = ""
    descending: bool = False


class ListPanel(Panel):
    """Subclasses give `columns`, `fields`, and call `show_items`."""

    _items: Sequence[Any] | None = None
    _draw_item: Callable[[Any, int], Line]
    _revision: Callable[[Any], Hashable] | None = None

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._filter: ListFilter[Any] = ListFilter()
        self._order = Order()
        self._column = 0

    def columns(self) -> Sequence[Column]:
        """Columns to sort by, as they stand from left to right."""
        return ()

    def fields(self) -> Mapping[str, Callable[[Any], str]]:
        """What the filter can ask of an item."""
        return {"name": lambda item: item.name}

    def detail_note(self) -> str:
        """Stands at the right end of the title."""
        return ""

    # What is shown

    def show_items(
        self,
        items: Sequence[Any] | None,
        draw: Callable[[Any, int], Line],
        revision: Callable[[Any], Hashable] | None = None,
    ) -> None:
        """Show these things, which are told apart by `name`; `None`: not read yet."""
        self._items, self._draw_item, self._revision = items, draw, revision
        self.marks.keep({item.name for item in items or ()})
        self._show_again()

    def _show_again(self) -> None:
        if not self.is_mounted or (self._items is None and not hasattr(self, "_draw_item")):
            return
        kept = [item for item in self._items or () if self._filter.matches(item)]
        rows = Rows(self._sorted(kept), key=lambda item: item.name, draw=self._drawn, revision=self._revised)
        self.lines.set_empty(self._no_rows())
        self.lines.show(rows)
        self.retitle()

    def _no_rows(self) -> Sequence[Line]:
        if not self._items or not self._filter.text:
            return self.empty_lines()
        said = f"None of {formats.count(len(self._items))} match {self._filter.text}. "
        return [[Span(said, "muted")], [Span("esc", "primary bold"), Span(" clears the filter.", "muted")]]

    def _sorted(self, items: list[Any]) -> list[Any]:
        column = next((column for column in self.columns() if column.name == self._order.column), None)
        if column is None:
            return items
        known = [(value, item) for item in items if (value := column.value(item)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=self._order.descending)
        unknown = [item for item in items if column.value(item) is None]
        return [*(item for _, item in known), *unknown]

    def _drawn(self, item: Any, width: int) -> Line:
        extras = self._extras(width)
        taken = sum(column.width + 2 for column in extras)
        line = list(self._draw_item(item, width - taken))
        for column in extras:
            text = column.text(item) if column.text else str(column.value(item))
            line += [gap(2), *cell((Span(text, "muted"),), column.width)]
        return line

    def _extras(self, width: int) -> list[Column]:
        if not self.wide and width < EXTRAS_FROM:
            return []
        shown: list[Column] = []
        for column in self.columns():
            if column.width and width - sum(one.width + 2 for one in (*shown, column)) >= EXTRAS_FROM // 2:
                shown.append(column)
        return shown

    def _revised(self, item: Any) -> Hashable:
        return self.wide, None if self._revision is None else self._revision(item)

    def remarks(self) -> Line:
        chosen = self._detail() if self._order.column or self._column else ()
        parts = [part for part in (super().remarks(), chosen, self._as_of()) if part]
        return [span for number, part in enumerate(parts) for span in ([gap(2)] if number else []) + list(part)]

    def stale_changed(self) -> None:
        self.retitle()

    def _as_of(self) -> Line:
        if self.known_at_ms is None or not self._items:
            return ()
        return [Span(f"as of {formats.clock(self.known_at_ms)}", "warning")]

    def retitle(self) -> None:
        """Count, filter and order in the title."""
        self.post_message(RemarksChanged())
        if self._items is None:
            self.title_line.show(state=(), detail=())
            return
        shown, all_ = self.found
        count = formats.count(all_) if all_ else "none yet"
        state = [Span(f"{formats.count(shown)} of {count}" if self._filter.text else count, "muted")]
        if self._filter.text:
            state += [gap(2), Span(f"/{self._filter.text}", "primary")]
        if as_of := self._as_of():
            state += [gap(2), *as_of]
        self.title_line.show(state=state, detail=self._detail() if self._items else ())

    def _detail(self) -> Line:
        if self._order.column:
            arrow = self.glyphs.down if self._order.descending else self.glyphs.up
            return [Span("by ", "faint"), Span(f"{self._order.column} {arrow}", "primary")]
        if self._column:
            return _chosen(self.sortable[self._column])
        return [Span(self.detail_note(), "faint")] if self.detail_note() else ()

    def on_resize(self) -> None:
        self.retitle()

    @property
    def marked(self) -> list[Any]:
        return [item for item in self._items or () if item.name in self.marks]

    def records(self, most: int) -> list[JsonObject]:
        shown = [item for item in self._items or () if self._filter.matches(item)]
        return [item.received for item in self._sorted(shown)[:most] if item.received is not None]

    # Filter and order

    @property
    def filter_text(self) -> str:
        return self._filter.text

    @property
    def filter_trouble(self) -> str | None:
        return self._filter.trouble

    def set_filter(self, text: str) -> None:
        self._filter = parse_filter(text, self.fields())
        self._show_again()
        self.refresh_bindings()

    @property
    def found(self) -> tuple[int, int]:
        return len(self.lines.source), len(self._items or ())

    @property
    def sortable(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns())

    @property
    def order(self) -> tuple[str, bool]:
        return self._order.column, self._order.descending

    def sort_by(self, column: str, descending: bool | None = None) -> None:
        """Sort by a column, the other way where it is sorted so already; an empty one: as the platform gives it."""
        if descending is None:
            known = next((one for one in self.columns() if one.name == column), None)
            first = known is not None and known.descending
            descending = not self._order.descending if column == self._order.column else first
        self._order = Order(column, descending)
        self._show_again()

    def action_column(self, step: int) -> None:
        if names := self.sortable:
            self._column = (self._column + step) % len(names)
            self.title_line.show(detail=_chosen(names[self._column]))
            self.post_message(RemarksChanged())

    def action_sort_column(self) -> None:
        self.sort_by(self.sortable[self._column])

    def watch_wide(self) -> None:
        if self.is_mounted:
            self._show_again()


def _chosen(column: str) -> Line:
    """Which column `O` would sort by."""
    return [Span("column ", "faint"), Span(column, "primary underline")]


def version_of(item: Any) -> str:
    """`0.0.12`."""
    return str(item.version)


def version_key(version: str) -> tuple[int, ...]:
    """So that 0.0.10 comes after 0.0.9."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def day_of(item: Any) -> str:
    """When it was changed: `2 Jul 12:03`; nothing where the platform does not tell."""
    return formats.day(item.updated_ms) if item.updated_ms else ""
