"""A JSON value to look at: a tree that folds, its printed text, or a table where it holds a list of objects."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.entities.json import Json

from ..render.formats import counted
from ..render.glyphs import glyphs_of
from ..render.json_rows import RawRows, TableRows, TreeRows
from ..render.json_table import JsonTable, find_table
from ..render.json_text import raw_lines
from ..render.json_tree import JsonTree, Shape, find_lines, path_text, scalar_text, type_name
from ..render.line import Line, Span
from .form_search import Found
from .line_view import GUTTER, LineView

THREAD_FROM_LINES = 4_000
"""Longer documents are printed in a thread: keys are answered meanwhile."""


class View(StrEnum):
    """How the value is shown, in the words of the screen."""

    TREE = "tree"
    RAW = "raw"
    TABLE = "table"


class JsonView(LineView):
    """One JSON document."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "fold", id="results.fold", tooltip="fold or open what the cursor is on"),
        Binding("plus", "open_all", "open all", key_display="+", id="results.open_all", tooltip="open all"),
        Binding("underscore", "fold_all", "fold all", key_display="_", id="results.fold_all", tooltip="fold all"),
        Binding("V", "next_view", "tree, raw, table", id="results.view", tooltip="tree, text or table"),
    ]

    class Changed(Message):
        """Something was folded or opened, or the view is another one."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.view = View.TREE
        self._value: Json = None
        self.document: Json = None
        """The whole document, also while what a query gave is shown."""
        self.is_queried = False
        self._tree: TreeRows | None = None
        self._table: JsonTable | None = None
        self._printed: RawRows | None = None
        self._searched = ""
        self._found: list[int] = []
        self._current = -1

    def show_value(self, value: Json) -> None:
        """Show another document, as a tree."""
        self.document, self.is_queried = value, False
        self._show(value)

    def show_queried(self, value: Json) -> None:
        """Show what a query gave in place of the document; `show_value(document)` ends that."""
        self.is_queried = True
        self._show(value)

    def _show(self, value: Json) -> None:
        self._value = value
        self._tree = TreeRows(JsonTree(value), glyphs_of(self))
        self._table = find_table(value)
        self._printed = None
        self._searched, self._found, self._current = "", [], -1
        self.view = View.TREE
        self.show(self._tree)
        self.move_to_index(0)
        self.post_message(self.Changed())

    def say(self, line: Line) -> None:
        """Show a sentence in place of a document."""
        self._tree, self._table, self._printed = None, None, None
        self.set_empty((line,))
        self.show_lines(())
        self.post_message(self.Changed())

    @property
    def value(self) -> Json:
        return self._value

    @property
    def has_value(self) -> bool:
        return self._tree is not None

    def detail(self) -> Line:
        """`9,688 lines · 1,207 folded`, `table of 12 items`."""
        if self._tree is None:
            return ()
        tree, dot = self._tree.tree, f" {glyphs_of(self).dot} "
        if self.view is View.TABLE and self._table is not None:
            name = f"{scalar_text(self._table.name)}{dot}" if self._table.name else ""
            return (Span(f"{name}table of {counted(len(self._table.items), 'row')}", "muted"),)
        parts = [counted(tree.line_count, "line")]
        if self.view is View.TREE and (folded := tree.folded_count):
            parts.append(f"{folded:,} folded")
        return (Span(dot.join(parts), "muted"),)

    def place(self) -> Line:
        """Where the cursor is: `items[1].score   number`."""
        if self._tree is None or self.view is not View.TREE or not self._tree.tree.rows:
            return ()
        node = self._tree.tree.rows[self.cursor_index].node
        return (Span(path_text(node.path)), Span("   " if node.path else ""), Span(type_name(node.value), "faint"))

    def copied(self) -> tuple[str, Json] | None:
        """Path and value under the cursor; `None` where there is no document."""
        if self._tree is None or self.view is not View.TREE:
            return None if self._tree is None else ("", self._value)
        node = self._tree.tree.rows[self.cursor_index].node
        return path_text(node.path), node.value

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("fold", "open_all", "fold_all"):
            return True if self._tree is not None and self.view is View.TREE else None
        if action == "next_view":
            return True if self._tree is not None else None
        return super().check_action(action, parameters)

    def action_fold(self) -> None:
        if self._tree is None:
            return
        index = self._tree.tree.toggle(self.cursor_index)
        self._refold(index)

    def action_choose(self) -> None:
        if self.view is View.TREE and self._tree is not None:
            row = self._tree.tree.rows[self.cursor_index]
            if row.shape is not Shape.SCALAR:
                self.action_fold()

    def action_open_all(self) -> None:
        if self._tree is not None:
            node = self._tree.tree.rows[self.cursor_index].node
            self._tree.tree.open_all()
            self._refold(self._tree.tree.index_of(node))

    def action_fold_all(self) -> None:
        if self._tree is not None:
            self._tree.tree.fold_all()
            self._refold(0)

    async def action_next_view(self) -> None:
        order = [View.TREE, View.RAW, *([View.TABLE] if self._table is not None else [])]
        await self.show_as(order[(order.index(self.view) + 1) % len(order)])

    async def show_as(self, view: View) -> None:
        """Change the view; the search goes on in it."""
        if self._tree is None:
            return
        if view is View.TABLE and self._table is not None:
            self.view = view
            self.show(TableRows(self._table))
        elif view is View.RAW:
            printed = await self._print()
            self.view = view
            printed.fit(self.scrollable_content_region.width - GUTTER)
            self.show(printed)
        else:
            self.view = View.TREE
            self.show(self._tree)
        self.move_to_index(1 if self.view is View.TABLE else 0)
        if self._searched and self.view is not View.TABLE:
            await self.search(self._searched)
        self.post_message(self.Changed())

    def _refold(self, index: int) -> None:
        assert self._tree is not None
        self._tree.changed()
        self.show(self._tree, cursor=self._tree.id_at(index))
        self.post_message(self.Changed())

    async def _print(self) -> RawRows:
        if self._printed is None:
            assert self._tree is not None
            if self._tree.tree.line_count < THREAD_FROM_LINES:
                self._printed = RawRows(raw_lines(self._value))
            else:
                self._printed = RawRows(await asyncio.to_thread(raw_lines, self._value))
        return self._printed

    def on_resize(self, event: events.Resize) -> None:
        width = self.scrollable_content_region.width - GUTTER
        if self.view is View.RAW and self._printed is not None and self._printed.fit(width):
            self.redraw()
            self.source_changed()
        super().on_resize(event)

    # Search

    async def search(self, text: str) -> Found:
        if self._tree is None:
            return Found(0, 0, 0)
        if self.view is View.TABLE:
            await self.show_as(View.TREE)
        printed = await self._print()
        self._searched = text
        self._found = find_lines(printed.lines, text)
        here = self._line_under_cursor()
        below = (number for number, line in enumerate(self._found) if line >= here)
        return self._go(next(below, 0))

    def step(self, by: int) -> Found | None:
        if not self._searched:
            return None
        return self._go((self._current + by) % len(self._found) if self._found else 0)

    def _line_under_cursor(self) -> int:
        if self.view is View.RAW or self._tree is None:
            return self.cursor_id[0] + 1 if isinstance(self.cursor_id, tuple) else 1
        return self._tree.tree.rows[self.cursor_index].line

    def _go(self, number: int) -> Found:
        assert self._tree is not None
        self._current = number if self._found else -1
        line = self._found[number] if self._found else None
        self._tree.mark(self._searched, line)
        if self._printed is not None:
            self._printed.mark(self._searched, line)
        self.redraw()
        if line is not None and self.view is View.RAW:
            self.move_to((line - 1, 0))
        elif line is not None:
            self._refold(self._tree.tree.reveal(line))
        return Found(len(self._found), len(self._found), self._current + 1)
