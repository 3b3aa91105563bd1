"""The strip at the top: which account on which platform, how the link is, what runs, and the time."""

from msgspec import Struct
from msgspec.structs import replace
from textual.app import App
from textual.css.query import NoMatches

from ..render import formats
from ..render.line import Line, Span, gap, natural_width
from .drawn_line import DrawnLine


class HeaderState(Struct, frozen=True, kw_only=True):
    """Everything the header tells."""

    context: str = ""
    namespace: str = ""
    host: str = ""
    production: bool = False
    read_only: bool = False
    color: str | None = None
    """A role for the context's name, where it has one of its own."""
    link: Line = ()
    """Glyph and words of the link's state."""
    last_known: bool = False
    """Whether the link is down, so that the counts are old."""
    running: int = 0
    queued: int = 0
    succeeded: int = 0
    failed: int = 0
    rate: Line = ()
    now_ms: int = 0
    counts_known: bool = True


ROOMY_FROM = 100
"""Cells from which there is room for endpoint, rate and words at all."""


class Header(DrawnLine):
    """One line. On narrow screens endpoint, words of counts, rate and clock give way, in this order."""

    DEFAULT_CSS = "Header { background: $panel; dock: top; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._state = HeaderState()
        self._drawn = self._state
        """What was shown last: below another screen not every change is."""

    def on_mount(self) -> None:
        if hasattr(self.app, "header_state"):
            self.watch(self.app, "header_state", self.show)

    def show(self, state: HeaderState) -> None:
        self._state = state
        self.catch_up()

    def catch_up(self) -> None:
        """Draw again if anything that can be seen now differs: below a modal screen the clock alone is not worth it.

        Textual draws the whole terminal anew, twice, for one line that changes below the top screen.
        """
        screens = self.app.screen_stack
        is_on_top = screens[-1] is self.screen
        is_below_modal = not is_on_top and screens[-2:-1] == [self.screen] and screens[-1].is_modal
        if is_on_top:
            differs = self._state != self._drawn
        else:
            differs = is_below_modal and replace(self._state, now_ms=self._drawn.now_ms) != self._drawn
        if differs:
            self._drawn = self._state
            self.redraw()

    def line(self, width: int) -> Line:
        state = self._state
        clock = [gap(3), Span(formats.clock(state.now_ms), "muted")] if state.now_ms else []
        rate = [gap(3), *state.rate] if state.rate else []
        full, short = self._counts(words=True), self._counts(words=False)
        choices: list[tuple[bool, Line, Line, Line]] = [(False, short, [], clock), (False, short, [], [])]
        if width >= ROOMY_FROM:
            choices = [(True, full, rate, clock), (False, full, rate, clock), (False, short, rate, clock), *choices]
        for with_host, counts, rate_part, clock_part in choices:
            left = self._left(with_host=with_host)
            right = [*counts, *rate_part, *clock_part, gap(1)]
            rest = width - natural_width(left) - natural_width(right)
            if rest >= 2:
                return [*left, gap(rest), *right]
        return self._left(with_host=False)

    def _left(self, *, with_host: bool) -> list[Span]:
        state = self._state
        spans = [gap(1), Span("whisktop", "foreground bold"), gap(2)]
        if state.production:
            spans += [Span(f" PROD {state.context} ", "chip-error bold"), gap(1), Span(state.namespace)]
        elif state.context:
            spans.append(Span(state.context, f"{state.color or 'success'} bold"))
            if state.namespace:
                spans += [Span(f" {self.glyphs.separator} ", "faint"), Span(state.namespace)]
        if state.read_only:
            spans += [gap(2), Span(f" {self.glyphs.locked} read-only ", "chip-warning bold")]
        if with_host and state.host:
            spans += [gap(2), Span(state.host, "faint")]
        if state.link:
            spans += [gap(2), *state.link]
        return spans

    def _counts(self, *, words: bool) -> list[Span]:
        state, glyphs = self._state, self.glyphs
        if not state.counts_known:
            return []
        parts = (
            (glyphs.running, state.running, " running", "accent", "foreground"),
            (glyphs.queued, state.queued, " queued", "accent", "muted"),
            (glyphs.success, state.succeeded, "", "success", "muted"),
            (glyphs.error, state.failed, "", "error", "error"),
        )
        spans: list[Span] = []
        for glyph, number, word, glyph_role, role in parts:
            faint = number == 0 or state.last_known
            if spans:
                spans.append(gap(2))
            spans.append(Span(glyph + (" " if words else ""), "faint" if faint else glyph_role))
            spans.append(Span(formats.count(number) + (word if words else ""), "faint" if faint else role))
        return spans


def find_header(app: App[object]) -> Header | None:
    """The header of the screen on top, if it has one."""
    try:
        return app.screen.query_one(Header)
    except NoMatches:
        return None
