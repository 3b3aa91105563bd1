"""The preview: what the cursor is on, in a few lines."""

from collections.abc import Callable, Sequence

from msgspec import Struct
from textual.app import ComposeResult
from textual.widget import Widget

from tui.entities.action import Action
from tui.entities.names import FullName
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from ..render import formats, preview
from ..render.entity_rows import rules_of_trigger
from ..render.entry import Entry
from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import Line, Span, gap
from ..widgets.breadcrumb import views_line
from ..widgets.drawn_line import DrawnLine
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .activation_book import ActivationBook

RUN_VIEWS = ("result", "logs", "facts")
FIRING_VIEWS = ("runs", "payload", "facts")

Subject = Entry | Action | Trigger | Rule


class Surroundings(Struct, frozen=True):
    """What the preview has to know beside its subject."""

    book: ActivationBook
    rules: tuple[Rule, ...] = ()
    now_ms: int = 0
    is_gone: Callable[[Rule], bool] = lambda _: False
    """Whether the action of a rule is not there."""


class SummaryLine(DrawnLine):
    """The line below the title."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return [gap(2), *self.text]


class PreviewPanel(Widget):
    """Title, summary and a view of the thing under the cursor."""

    DEFAULT_CSS = "PreviewPanel { layout: vertical; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._subject: Subject | None = None
        self._chosen: dict[str, str] = {}
        """The view the user picked, by sort of subject; else it follows the state."""
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield TitleLine("Preview")
        yield SummaryLine()
        yield SummaryLine(id="spacer")
        lines = LineView(cursor=False, fit=True)
        lines.can_focus = False
        yield lines

    def next_view(self, step: int) -> None:
        """Show the next or the previous view of a run."""
        if isinstance(self._subject, Entry):
            views = _views(self._subject)
            index = (views.index(self._view(self._subject)) + step) % len(views)
            self._chosen[_sort(self._subject)] = views[index]

    def show(self, subject: Subject | None, around: Surroundings) -> None:
        """Show this thing as it is now; the same one again only changes what differs."""
        self._subject = subject
        title, summary = self.query_one(TitleLine), self.query_one(SummaryLine)
        glyphs, before = glyphs_of(self), summary.text
        match subject:
            case Entry():
                view = self._view(subject)
                views = _labelled(subject)
                detail = views_line(views, _views(subject).index(view))
                title.show(name=subject.name, state=[Span(subject.activation_id[:8], "faint")], detail=detail)
                summary.text = self._summary(subject, around, glyphs)
                self._fill((subject.activation_id, view, *self._revision(subject, view, around)), subject, view, around)
            case Action():
                title.show(name=subject.name, state=[Span("action", "faint")], detail=())
                summary.text = _action_summary(subject, glyphs)
                newest = around.book.newest_of(subject.name)
                self._replace(preview.action_facts(subject, around.rules, newest, glyphs, around.now_ms))
            case Trigger():
                title.show(name=subject.name, state=[Span("trigger", "faint")], detail=())
                text, role = rules_of_trigger(subject)
                summary.text = [Span(f"{glyphs.trigger} ", "secondary"), Span("trigger   ", "muted"), Span(text, role)]
                newest = around.book.newest_of(subject.name, trigger=True)
                self._replace(preview.trigger_facts(subject, newest, glyphs, around.now_ms))
            case Rule():
                title.show(name=subject.name, state=[Span("rule", "faint")], detail=())
                summary.text = _rule_summary(subject, glyphs)
                self._replace(preview.rule_facts(subject, glyphs, gone=around.is_gone(subject)))
            case None:
                title.show(name="Preview", state=(), detail=())
                summary.text = [Span("what the cursor is on shows here", "faint")]
                self._replace([])
        if summary.text != before:
            summary.redraw()

    def _view(self, entry: Entry) -> str:
        if chosen := self._chosen.get(_sort(entry)):
            return chosen
        if entry.is_trigger:
            return "runs"
        return "logs" if entry.is_open else "result"

    def _summary(self, entry: Entry, around: Surroundings, glyphs: Glyphs) -> Line:
        typical = None if entry.is_trigger else around.book.typical_ms(entry.name, entry.version)
        cause = cause_line(entry, around.book, glyphs)
        return preview.run_summary(entry, glyphs, now_ms=around.now_ms, typical_ms=typical, cause=cause)

    @staticmethod
    def _revision(entry: Entry, view: str, around: Surroundings) -> tuple[object, ...]:
        """What the lines of a view depend on."""
        if view == "runs":
            return entry.revision, around.now_ms // 1000
        return (entry.revision,)

    def _fill(self, key: object, entry: Entry, view: str, around: Surroundings) -> None:
        if key == self._shown:
            return
        lines, glyphs = self.query_one(LineView), glyphs_of(self)
        lines.stick = "end" if view == "logs" else "none"
        match view:
            case "result":
                rows: Sequence[Line] = preview.result_lines(entry)
            case "logs":
                rows = preview.log_lines(entry, glyphs)
            case "runs":
                rows = self._rule_lines(entry, around, glyphs)
            case "payload":
                rows = preview.payload_lines(entry)
            case _:
                rows = preview.run_facts(entry, glyphs, cause_line(entry, around.book, glyphs))
        lines.show_lines(rows)
        self._shown = key

    def _replace(self, rows: Sequence[Line]) -> None:
        key = tuple(map(tuple, rows))
        if key != self._shown:
            lines = self.query_one(LineView)
            lines.stick = "none"
            lines.show_lines(rows)
            self._shown = key

    @staticmethod
    def _rule_lines(entry: Entry, around: Surroundings, glyphs: Glyphs) -> list[Line]:
        if entry.activation is None:
            return [[Span("not known yet: the firing has no record", "faint")]]
        children = [
            (
                outcome.rule.rpartition("/")[2],
                _own_name(outcome.action),
                None if outcome.activation_id is None else around.book.find(outcome.activation_id),
                None if outcome.activation_id is not None else outcome.error or "refused",
            )
            for outcome in entry.activation.rule_outcomes()
        ]
        return preview.rule_lines(entry, children, glyphs, around.now_ms)


def cause_line(entry: Entry, book: ActivationBook, glyphs: Glyphs) -> Line:
    """`from ↯ my-worker-trigger`, where the cause is known."""
    parent = None if entry.parent_id is None else book.find(entry.parent_id)
    if parent is None:
        return ()
    glyph = glyphs.trigger if parent.is_trigger else glyphs.sequence
    return [Span("from ", "faint"), Span(f"{glyph} ", "secondary"), Span(parent.name, "muted")]


def _sort(entry: Entry) -> str:
    return "firing" if entry.is_trigger else "open run" if entry.is_open else "run"


def _views(entry: Entry) -> tuple[str, ...]:
    return FIRING_VIEWS if entry.is_trigger else RUN_VIEWS


def _labelled(entry: Entry) -> list[str]:
    """Names of the views, with the number of log lines."""
    count = formats.count(len(entry.logs))
    return [f"logs {count}" if name == "logs" and entry.logs else name for name in _views(entry)]


def _own_name(path: str) -> str:
    try:
        return FullName.parse(path).in_namespace
    except ValueError:
        return path


def _action_summary(action: Action, glyphs: Glyphs) -> Line:
    glyph, role = (glyphs.sequence, "secondary") if action.is_sequence else (glyphs.action, "faint")
    return [
        Span(f"{glyph} ", role),
        Span(action.kind or "action", "muted"),
        gap(3),
        Span(f"version {action.version}", "faint"),
    ]


def _rule_summary(rule: Rule, glyphs: Glyphs) -> Line:
    if rule.status is None:
        return [Span("rule", "muted")]
    if rule.is_active:
        return [Span(f"{glyphs.rule_on} ", "success"), Span("on", "muted")]
    return [Span(f"{glyphs.rule_off} ", "faint"), Span("off", "warning")]
