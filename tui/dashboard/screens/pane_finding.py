"""Finding something in a view: search, queries over results, and narrowing a log, each with a line of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import ClassVar
from weakref import WeakKeyDictionary

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from tui.entities.json import Json
from tui.errors import UserError
from tui.external import page_text
from tui.operations.queries import QueryHistory, run_query

from ..jobs import Jobs
from ..render.json_tree import type_name
from ..widgets.form_search import Found, Searchable, SearchLine
from ..widgets.json_view import JsonView
from ..widgets.line_view import LineView
from ..widgets.log_view import LogView

_histories: WeakKeyDictionary[App[object], QueryHistory] = WeakKeyDictionary()


class Finding(Vertical):
    """The base of a pane whose `body` is a result, a log or a text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", id="text.search", tooltip="search in this text"),
        Binding("n", "step(1)", "next match", show=False, id="text.next", tooltip="next match"),
        Binding("N", "step(-1)", "match before", show=False, id="text.previous", tooltip="previous match"),
        Binding("equals_sign", "query", "query", key_display="=", id="results.query", tooltip="query by JMESPath"),
        Binding(
            "ampersand",
            "narrow",
            "only lines",
            key_display="&",
            show=False,
            id="logs.narrow",
            tooltip="only lines with a word, level=error, stderr",
        ),
        Binding("v", "page", "$PAGER", show=False, id="text.pager", tooltip="open it in $PAGER"),
    ]

    @property
    def body(self) -> LineView:
        """The view that is shown."""
        raise NotImplementedError

    def draw_titles(self) -> None:
        raise NotImplementedError

    def text(self) -> str:
        """What the view shows, whole and unmarked: for the pager, files and the clipboard."""
        raise NotImplementedError

    def find_lines(self) -> Iterator[Widget]:
        yield SearchLine(id="search")
        yield SearchLine("=", placeholder="items[?late].id", id="query")
        yield SearchLine("&", placeholder="word  level=error  stderr", id="narrow")

    def _line(self, name: str) -> SearchLine:
        return self.query_one(f"#{name}", SearchLine)

    @property
    def _searchable(self) -> Searchable | None:
        body = self.body
        return body if isinstance(body, (LogView, JsonView)) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "search":
            return self._searchable is not None
        if action == "step":
            return self._line("search").is_open
        if action == "query":
            return isinstance(self.body, JsonView) and (self.body.has_value or None)
        if action == "narrow":
            return isinstance(self.body, LogView)
        return super().check_action(action, parameters)

    # Keys

    def action_page(self) -> None:
        try:
            with self.app.suspend():
                page_text(self.text())
        except UserError as error:
            if isinstance(self.screen, Jobs):
                self.screen.say_error(error)

    def action_search(self) -> None:
        self._line("search").open()

    def action_step(self, by: int) -> None:
        if (body := self._searchable) is not None:
            self._show_found(body.step(by))

    def action_query(self) -> None:
        line = self._line("query")
        line.earlier = self._queries.all()
        line.open()

    def action_narrow(self) -> None:
        self._line("narrow").open()

    # What is typed

    @on(SearchLine.Typed)
    def _typed(self, event: SearchLine.Typed) -> None:
        event.stop()
        match event.line.id:
            case "search":
                self._search(event.text)
            case "query":
                self._query(event.text)
            case _:
                self._narrow(event.text)

    @on(SearchLine.Kept)
    def _kept(self, event: SearchLine.Kept) -> None:
        event.stop()
        if event.line.id == "query" and event.line.text:
            self._queries.note(event.line.text)
        self.body.focus()

    @on(SearchLine.Left)
    def _left(self, event: SearchLine.Left) -> None:
        event.stop()
        self._close(event.line)
        self.body.focus()

    @property
    def searching(self) -> bool:
        """Whether any of the lines is open."""
        return any(line.is_open for line in self.query(SearchLine))

    def end_search(self) -> None:
        """As `esc` in the line that was opened last."""
        for line in self.query(SearchLine):
            if line.is_open:
                self._close(line)
                return

    def close_lines(self) -> None:
        """Something else is looked at."""
        for line in self.query(SearchLine):
            self._close(line)

    def _close(self, line: SearchLine) -> None:
        if not line.is_open:
            return
        line.close()
        body = self.body
        if line.id == "search":
            self._search("")
        elif line.id == "query" and isinstance(body, JsonView) and body.is_queried:
            body.show_value(body.document)
        elif line.id == "narrow" and isinstance(body, LogView):
            self._narrow("")

    # Search

    def _search(self, text: str) -> None:
        if (body := self._searchable) is not None and isinstance(self.screen, Jobs):
            self.screen.start_job(
                partial(body.search, text),
                then=lambda found: self._show_found(found if text else None),
                group="search",
                latest_only=True,
            )

    def _show_found(self, found: Found | None) -> None:
        self._line("search").show(found)
        self.draw_titles()

    # Queries

    @property
    def _queries(self) -> QueryHistory:
        return _histories.setdefault(self.app, QueryHistory())

    def _query(self, text: str) -> None:
        body, line = self.body, self._line("query")
        if not isinstance(body, JsonView) or not isinstance(self.screen, Jobs):
            return
        if not text.strip():
            line.say("")
            if body.is_queried:
                body.show_value(body.document)
            return
        self.screen.start_job(
            partial(asyncio.to_thread, run_query, text, body.document),
            then=partial(self._queried, body),
            failed=self._not_queried,
            group="query",
            latest_only=True,
        )

    def _queried(self, body: JsonView, value: Json) -> None:
        line = self._line("query")
        if line.is_open:
            body.show_queried(value)
            line.say("null: nothing fits" if value is None else type_name(value))

    def _not_queried(self, error: UserError) -> None:
        self._line("query").say(error.message, bad=True)

    # Logs

    def _narrow(self, text: str) -> None:
        body, line = self.body, self._line("narrow")
        if isinstance(body, LogView) and isinstance(self.screen, Jobs):
            self.screen.start_job(partial(body.narrow, text), then=line.say, group="narrow", latest_only=True)
