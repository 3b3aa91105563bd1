"""Before a fire: that no active rule will answer, and the key that mends it."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from ..render.formats import counted
from ..render.line import Line, Span, gap
from .drawn_line import DrawnLine


class Remedy(Struct, frozen=True):
    """One way to make a fire run something."""

    verb: Literal["create", "enable"]
    rule: str
    trigger: str
    action: str


class Answer(Struct, frozen=True):
    """Which rules answer, or what would help where none does."""

    trigger: str
    active: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class _Sentence(DrawnLine):
    """The first line: what will happen."""

    answer: Answer | None = None

    def line(self, width: int) -> Line:
        if self.answer is None:
            return ()
        if self.answer.active:
            names = ", ".join(self.answer.active)
            count = counted(len(self.answer.active), "active rule")
            return [
                gap(1),
                Span(self.glyphs.rule_on, "success"),
                gap(1),
                Span(f"{count} will answer: ", "muted"),
                Span(names),
            ]
        spans = [
            gap(1),
            Span(self.glyphs.platform_error, "warning"),
            Span(" No active rule will answer.", "foreground bold"),
        ]
        if width >= 96:
            spans.append(Span("  The platform accepts the fire, runs nothing and keeps no record.", "muted"))
        return spans


class _Offer(DrawnLine, can_focus=True):
    """The second line: what `ctrl+r` does; left and right choose among several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "choose(1)", "next", show=False, id="remedy.next", tooltip="the next choice"),
        Binding("left", "choose(-1)", "previous", show=False, id="remedy.previous", tooltip="the choice before"),
    ]

    class Chosen(Message):
        """Another remedy was chosen."""

    answer: Answer | None = None
    chosen = 0

    def action_choose(self, step: int) -> None:
        if self.answer is not None and self.answer.remedies:
            self.chosen = (self.chosen + step) % len(self.answer.remedies)
            self.redraw()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def line(self, width: int) -> Line:
        if self.answer is None or self.answer.active:
            return ()
        if not self.answer.remedies:
            return [gap(3), Span("There is no action that it could run: esc, then a in panel 1 adds one.", "muted")]
        remedy = self.answer.remedies[self.chosen]
        said = "turn on" if remedy.verb == "enable" else "create a rule"
        lit = "primary bold" if self.has_focus else "foreground bold"
        name = [Span(f" {remedy.rule}", "foreground")] if remedy.verb == "enable" else []
        spans = [
            gap(3),
            Span("ctrl+r", "primary bold"),
            Span(f" {said}"),
            *name,
            Span(f"   {remedy.trigger} {self.glyphs.arrow} ", "muted"),
            Span(remedy.action, lit),
        ]
        if len(self.answer.remedies) > 1:
            how = "left and right: another" if self.has_focus else "another with tab"
            spans.append(Span(f"   {self.chosen + 1} of {len(self.answer.remedies)}, {how}", "faint"))
        return spans


class RulesNotice(Vertical):
    """Two lines; hidden until it is known who answers."""

    def compose(self) -> ComposeResult:
        yield _Sentence()
        yield _Offer()

    def show(self, answer: Answer | None) -> None:
        """Say who answers; `None` says nothing."""
        sentence, offer = self.query_one(_Sentence), self.query_one(_Offer)
        sentence.answer = offer.answer = answer
        offer.chosen = 0
        nobody = answer is not None and not answer.active
        offer.display = nobody
        offer.can_focus = nobody and answer is not None and len(answer.remedies) > 1
        self.set_class(answer is not None, "-known")
        self.set_class(nobody, "-nobody")
        sentence.redraw()
        offer.redraw()

    @property
    def remedy(self) -> Remedy | None:
        """The one that is chosen."""
        offer = self.query_one(_Offer)
        if offer.answer is None or not offer.answer.remedies:
            return None
        return offer.answer.remedies[offer.chosen]
