"""The title of a panel: a chip with its number, its name, its state, a rule, and details at the right end."""

from collections.abc import Sequence

from ..render.line import Line, Span, gap, natural_width
from .drawn_line import DrawnLine


class TitleLine(DrawnLine):
    """`─ 4  Activations  ● live ────── 40 · newest first ─`.

    Where there is not enough room the detail gives way first, then the state; the name never.
    """

    def __init__(
        self,
        name: str,
        *,
        number: int | None = None,
        state: Line = (),
        detail: Line = (),
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.title = name
        self._number = number
        self._state = tuple(state)
        self._detail = tuple(detail)
        self._focused = False

    def show(
        self,
        *,
        name: str | None = None,
        state: Line | None = None,
        detail: Line | None = None,
        focused: bool | None = None,
    ) -> None:
        """Change what is given; draw again if anything differs."""
        before = (self.title, self._state, self._detail, self._focused)
        self.title = self.title if name is None else name
        self._state = self._state if state is None else tuple(state)
        self._detail = self._detail if detail is None else tuple(detail)
        self._focused = self._focused if focused is None else focused
        if before != (self.title, self._state, self._detail, self._focused):
            self.redraw()

    def line(self, width: int) -> Line:
        rule = self.glyphs.rule
        rule_role = "primary" if self._focused else "hairline"
        head: list[Span] = [Span(rule, rule_role)]
        if self._number is not None:
            head += [Span(f" {self._number} ", "chip bold" if self._focused else "chip-blurred"), gap(1)]
        else:
            head.append(gap(1))
        head.append(Span(self.title, "primary bold" if self._focused else "foreground bold"))
        state = self._padded(self._state, before=2)
        detail = [gap(1), *self._detail, gap(1)] if self._detail else []
        end = [Span(rule, rule_role)]
        for state_part, detail_part in ((state, detail), (state, []), ([], [])):
            rest = width - sum(map(natural_width, (head, state_part, detail_part, end)))
            if rest >= 2:
                middle = [gap(1), Span(rule * (rest - 1), rule_role)]
                return [*head, *state_part, *middle, *detail_part, *end]
        return head

    @staticmethod
    def _padded(line: Sequence[Span], *, before: int) -> list[Span]:
        return [gap(before), *line] if natural_width(line) else []
