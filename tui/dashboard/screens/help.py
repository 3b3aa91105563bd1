"""Help: every key that exists here, made from the bindings themselves, and what the glyphs mean."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from ..jobs import Jobs
from ..render.glyphs import Glyphs, glyphs_of
from ..render.keys import key_label, named_keys
from ..render.line import Line, Span, cell, gap, width_of, wrap_words
from ..widgets.drawn_line import DrawnLine
from ..widgets.line_view import LineView

_KEY_WIDTH = 12
_COLUMNS_FROM = 96
"""Cells from which the sections stand in two columns."""


_SECTIONS = {
    "activations": "Activations",
    "actions": "Actions",
    "triggers": "Triggers",
    "rules": "Rules",
    "logs": "Logs",
    "results": "Results",
    "run": "Run",
    "text": "Text",
    "trace": "Trace",
    "action": "Action",
    "log": "Log",
    "thing": "Trigger, rule, package",
    "wiring": "Wiring",
    "packages": "Packages",
    "contexts": "Contexts",
    "waterfall": "Waterfall",
    "compare": "Comparison",
    "statistics": "Statistics",
    "watch": "Watches",
    "log_search": "Words in logs",
    "form": "Form",
    "payload": "Payload",
    "search": "Search",
    "filter": "Filter",
    "list": "Lists",
    "things": "What is shown",
    "lines": "Move",
    "main": "Screen",
    "app": "Everywhere",
}
"""Titles by the first part of an id, in the order in which they stand."""


class HelpEntry(Struct, frozen=True):
    """One key, or several that do the same."""

    section: str
    binding_id: str
    keys: tuple[str, ...]
    text: str


def collect(tables: Iterable[tuple[str, Sequence[BindingType]]], remapped: Mapping[str, str]) -> list[HelpEntry]:
    """Entries of tables of bindings, each with the section it belongs to. `remapped`: keys by id, from the config."""
    entries: dict[tuple[str, str], HelpEntry] = {}
    for section, table in tables:
        for binding in Binding.make_bindings(table):
            name = binding.id or binding.action
            text = binding.tooltip or binding.description
            known = entries.get((section, name))
            keys = (*(known.keys if known else ()), binding.key)
            if name in remapped:
                keys = tuple(named_keys(remapped[name]))
            entries[section, name] = HelpEntry(section, name, keys, text)
    return list(entries.values())


def tables_of(screen: Screen[Any]) -> list[tuple[str, Sequence[BindingType]]]:
    """The tables of a screen, of all that stands on it, and of the app, by section; first what has the focus."""
    tables: dict[str, list[BindingType]] = {title: [] for title in _SECTIONS.values()}
    seen: set[type] = set()
    for node in (*screen.walk_children(Widget), screen, screen.app):
        for owner in type(node).__mro__:
            if owner in seen:
                continue
            seen.add(owner)
            for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ())):
                if binding.id is not None:
                    tables[_section_of(binding.id)].append(binding)
    near = _near(screen)
    return sorted(tables.items(), key=lambda pair: pair[0] not in near)


def _near(screen: Screen[Any]) -> set[str]:
    """Sections of the widget with the focus and of those that hold it."""
    focused = screen.focused
    nodes = [] if focused is None else [node for node in focused.ancestors_with_self if isinstance(node, Widget)]
    own = [vars(type(node)).get("BINDINGS", ()) for node in nodes if not isinstance(node, Screen)]
    return {_section_of(binding.id) for table in own for binding in Binding.make_bindings(table) if binding.id}


def _section_of(binding_id: str) -> str:
    return _SECTIONS.get(binding_id.partition(".")[0], "Screen")


class Heading(DrawnLine):
    """Title of the help."""

    def line(self, width: int) -> Line:
        left = [gap(1), Span("Keys", "foreground bold"), Span("   on this screen", "muted")]
        right = [
            Span("ctrl+t", "primary bold"),
            Span(" show ids   ", "muted"),
            Span("esc", "primary bold"),
            Span(" close ", "muted"),
        ]
        used = sum(width_of(span.text) for span in (*left, *right))
        return [*left, gap(max(1, width - used)), *right]


class HelpScreen(Jobs, ModalScreen[None]):
    """Type to find a key or a word."""

    BINDINGS = [
        Binding("escape", "close", "close", show=False, id="help.close", tooltip="close the help"),
        Binding("ctrl+t", "ids", "ids", show=False, id="help.ids", tooltip="show the id of each key, to remap it"),
        Binding("down", "scroll(1)", "down", show=False, id="help.down", tooltip="scroll down"),
        Binding("up", "scroll(-1)", "up", show=False, id="help.up", tooltip="scroll up"),
        Binding("pagedown,ctrl+f", "scroll(10)", "page down", show=False, id="help.page_down", tooltip="page down"),
        Binding("pageup,ctrl+b", "scroll(-10)", "page up", show=False, id="help.page_up", tooltip="page up"),
    ]

    def __init__(self, entries: Sequence[HelpEntry]) -> None:
        super().__init__()
        self._entries = entries
        self._ids = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal help"):
            yield Heading()
            yield Input(placeholder="type to find a key or a word", compact=True, id="find")
            lines = LineView(cursor=False)
            lines.can_focus = False
            yield lines

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def action_close(self) -> None:
        find = self.query_one(Input)
        if find.value:
            find.value = ""
        else:
            self.dismiss(None)

    def action_ids(self) -> None:
        self._ids = not self._ids
        self._show()

    def action_scroll(self, step: int) -> None:
        self.query_one(LineView).action_cursor(step)

    @on(Input.Changed)
    def _show(self) -> None:
        view, wanted = self.query_one(LineView), self.query_one(Input).value.lower()
        glyphs = glyphs_of(self)
        found = [entry for entry in self._entries if wanted in self._said(entry, glyphs)]
        width = view.size.width - 3
        columns = width >= _COLUMNS_FROM
        room = width // 2 - 2 if columns else width
        sections = dict.fromkeys(entry.section for entry in found)
        blocks = [self._block(section, found, glyphs, room) for section in sections]
        lines: list[Line] = [(), *(_in_columns(blocks, width) if columns else _stacked(blocks))]
        if not wanted:
            lines += [(), *_legend(glyphs), ()]
            lines.append(
                [
                    Span("remap by id in the configuration, for example  ", "faint"),
                    Span('"activations.open" = "o"', "muted"),
                ]
            )
        elif not found:
            lines.append([Span("nothing found", "faint")])
        view.show_lines(lines)

    def _said(self, entry: HelpEntry, glyphs: Glyphs) -> str:
        keys = " ".join(key_label(key, glyphs) for key in entry.keys)
        return f"{keys} {entry.text} {entry.section} {entry.binding_id}".lower()

    def _block(self, section: str, entries: Iterable[HelpEntry], glyphs: Glyphs, width: int) -> list[list[Span]]:
        lines: list[list[Span]] = [[Span(section, "foreground bold")]]
        for entry in entries:
            if entry.section == section:
                keys = " ".join(dict.fromkeys(key_label(key, glyphs) for key in entry.keys))
                text = Span(entry.binding_id, "muted") if self._ids else Span(entry.text)
                first, *more = wrap_words([text], width - _KEY_WIDTH - 2)
                lines.append([gap(1), Span(keys, "primary bold", _KEY_WIDTH), gap(1), *first])
                lines += [[gap(_KEY_WIDTH + 2), *piece] for piece in more]
        return lines


def _stacked(blocks: Sequence[list[list[Span]]]) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        lines += [*block, ()]
    return lines


def _in_columns(blocks: Sequence[list[list[Span]]], width: int) -> list[Line]:
    """Two columns of about the same height, sections kept whole and in order."""
    half, total = width // 2, sum(len(block) + 1 for block in blocks)
    left: list[Line] = []
    rest = list(blocks)
    while rest and len(left) + len(rest[0]) <= total // 2 + 2:
        left += [*rest.pop(0), ()]
    right = _stacked(rest)
    lines: list[Line] = []
    for row in range(max(len(left), len(right))):
        first = left[row] if row < len(left) else ()
        second = right[row] if row < len(right) else ()
        lines.append([*cell(first, half - 2), gap(2), *second])
    return lines


def _legend(glyphs: Glyphs) -> list[Line]:
    rows = (
        (
            (glyphs.success, "success", "success"),
            (glyphs.error, "error", "error"),
            (glyphs.timeout, "warning", "timeout"),
            (glyphs.running, "accent", "running"),
            (glyphs.queued, "accent", "queued"),
            (glyphs.cancelled, "muted", "cancelled"),
            (glyphs.refused, "warning", "refused"),
            (glyphs.platform_error, "error", "platform"),
        ),
        (
            (glyphs.action, "faint", "action"),
            (glyphs.sequence, "secondary", "sequence"),
            (glyphs.trigger, "secondary", "trigger"),
            (glyphs.rule_on, "success", "rule on"),
            (glyphs.rule_off, "faint", "rule off"),
            (glyphs.cold, "foreground", "cold start"),
            (glyphs.late, "warning", "late"),
        ),
    )
    lines: list[Line] = []
    for row in rows:
        spans: list[Span] = []
        for glyph, role, word in row:
            spans += [Span(glyph, role), Span(f" {word}", "muted"), gap(3)]
        lines.append(spans)
    return lines
