"""What this session asked the platform, and what it told the user: two logs, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui.operations.requests import RequestLog, SentRequest, as_curl

from ..jobs import HELP
from ..render import formats
from ..render.json_masking import mask_text
from ..render.line import FILL, Line, Span, gap, wrap, wrap_words
from ..render.source import Rows
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer, Told
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, plain
from .copying import COPY, SAVE, Copying

VIEWS = ("requests", "messages")
_FAILURE_FROM = 400
_LOOK_EVERY_S = 1.0


class LogScreen(Copying, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket,tab", "view(1)", "view", id="log.next_view", tooltip="requests or messages"),
        Binding(
            "left_square_bracket,shift+tab",
            "view(-1)",
            "view",
            show=False,
            id="log.previous_view",
            tooltip="messages or requests",
        ),
        COPY,
        SAVE,
        HELP,
        Binding("escape,q", "back", "back", id="log.back", tooltip="back to where you came from"),
    ]

    def __init__(self, requests: RequestLog, messages: Sequence[Told], view: int = 0) -> None:
        super().__init__()
        self._requests = requests
        self._messages = messages
        self._view = view
        self._shown: tuple[int, int] = (-1, -1)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="log-screen"):
            yield LineView(id="log-rows", stick="top")
            yield TitleLine("Request", id="log-title")
            yield LineView(id="log-detail", cursor=False)
        yield Footer()

    def on_mount(self) -> None:
        self._rows.focus()
        self.set_interval(_LOOK_EVERY_S, self._look)
        self._show()

    @property
    def _rows(self) -> LineView:
        return self.query_one("#log-rows", LineView)

    @property
    def _selected(self) -> SentRequest | None:
        row = self._rows.cursor_id
        first = self._requests.count - len(self._requests.requests)
        if self._view != 0 or not isinstance(row, int) or row < first:
            return None
        return self._requests.requests[row - first]

    @property
    def _told(self) -> Told | None:
        """The message under the cursor."""
        row = self._rows.cursor_id
        if self._view != 1 or not isinstance(row, int) or row >= len(self._messages):
            return None
        return self._messages[row]

    # Showing

    def _look(self) -> None:
        if self._shown != (self._requests.count, len(self._messages)):
            self._show()

    def _show(self) -> None:
        self._shown = (self._requests.count, len(self._messages))
        self.query_one(Breadcrumb).show([[Span("Log", "foreground bold")]], VIEWS, self._view)
        empty = "Nothing was asked of a platform yet." if self._view == 0 else "Nothing was said yet."
        self._rows.set_empty([(), [Span(empty, "muted")]])
        if self._view == 0:
            first = self._requests.count - len(self._requests.requests)
            numbered = [(first + place, request) for place, request in enumerate(self._requests.requests)]
            self._rows.show(Rows(numbered[::-1], key=lambda pair: pair[0], draw=_request_row))
        else:
            told = list(enumerate(self._messages))
            self._rows.show(Rows(told[::-1], key=lambda pair: pair[0], draw=_message_row))
        self._show_detail()

    @on(LineView.Moved, "#log-rows")
    def _show_detail(self) -> None:
        title, detail = self.query_one("#log-title", TitleLine), self.query_one("#log-detail", LineView)
        width = max(20, self.size.width - 6)
        if (request := self._selected) is not None:
            title.show(name=f"{request.method} {request.path}")
            detail.show_lines([piece for line in _facts(request) for piece in wrap(line, width, indent=10)])
        elif (told := self._told) is not None:
            title.show(name=formats.clock(told.at_ms))
            detail.show_lines(wrap_words(told.line, width))
        else:
            title.show(name="Request" if self._view == 0 else "Message")
            detail.show_lines([])

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_detail)

    # Keys

    def action_view(self, step: int) -> None:
        self._view = (self._view + step) % len(VIEWS)
        self._show()
        self.refresh_bindings()

    def action_back(self) -> None:
        self.dismiss(None)

    def copy_title(self) -> str:
        request = self._selected
        return f"{request.method} {request.path}" if request is not None else VIEWS[self._view]

    def copies(self) -> list[Copyable]:
        request = self._selected
        if request is None:
            one = [] if self._told is None else [plain("message", self._told.text)]
            every = [plain("messages", "\n".join(told.text for told in self._messages))] if self._messages else []
            return [*one, *every]
        return [plain("curl", as_curl(request, _safe_body(request))), plain("URL", request.url + request.path)]

    def files(self) -> list[Savable]:
        if self._view == 1:
            text = "\n".join(f"{formats.clock(told.at_ms)} {told.text}" for told in self._messages)
        else:
            text = "\n".join(as_curl(request, _safe_body(request)) for request in self._requests.requests)
        return [Savable(VIEWS[self._view], ".txt", lambda: (text + "\n").encode("utf-8", "replace"))] if text else []


def _request_row(pair: tuple[int, SentRequest], width: int) -> Line:
    request = pair[1]
    failed = request.status is None or request.status >= _FAILURE_FROM
    status = "no answer" if request.status is None else str(request.status)
    query = f"?{request.query}" if request.query else ""
    took = "" if request.took_ms is None else formats.duration(request.took_ms)
    return [
        Span(formats.clock(request.sent_ms), "muted", 10),
        Span(request.method, "foreground" if request.method == "GET" else "primary", 7),
        Span(status, "error bold" if failed else "muted", 10),
        Span(took, "muted", 6, "right"),
        gap(2),
        Span(request.path, "name"),
        Span(query, "faint", FILL),
    ]


def _message_row(pair: tuple[int, Told], width: int) -> Line:
    told = pair[1]
    return [Span(formats.clock(told.at_ms), "muted", 10), *told.line]


def _facts(request: SentRequest) -> list[Line]:
    answered = "nobody answered" if request.status is None else f"HTTP {request.status}, "
    size = "" if request.status is None else formats.size(request.answer_bytes)
    lines: list[Line] = [
        [Span("asked", "faint", 10), Span(request.url)],
        [Span("answered", "faint", 10), Span(f"{answered}{size}")],
    ]
    if request.error:
        lines.append([Span("error", "faint", 10), Span(request.error, "error")])
    if request.body is not None:
        lines.append([Span("body", "faint", 10), Span(mask_text(request.body))])
    elif request.body_bytes:
        lines.append([Span("body", "faint", 10), Span(formats.size(request.body_bytes), "muted")])
    return [*lines, [Span("curl", "faint", 10), Span(as_curl(request, _safe_body(request)))]]


def _safe_body(request: SentRequest) -> str | None:
    """The body, unless a part of it must not be shown: then it comes from a file of the reader's."""
    body = request.body
    return body if body is not None and mask_text(body) == body else None
