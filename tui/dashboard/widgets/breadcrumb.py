"""Where a full screen is: the way to it on the left, its views on the right."""

from collections.abc import Sequence

from ..render.line import Line, Span, gap, natural_width
from .drawn_line import DrawnLine


class Breadcrumb(DrawnLine):
    """`Activations ▸ ↯ my-worker-trigger 9b1c07d2            tree  waterfall  merged log`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._path: tuple[Line, ...] = ()
        self._views: tuple[str, ...] = ()
        self._current = -1

    def show(self, path: Sequence[Line], views: Sequence[str] = (), current: int = -1) -> None:
        """Steps of the way, each a line of spans; names of the views and which one is shown."""
        self._path, self._views, self._current = tuple(path), tuple(views), current
        self.redraw()

    def line(self, width: int) -> Line:
        right = views_line(self._views, self._current)
        room = width - 2 - (natural_width(right) + 2 if right else 0)
        left: list[Span] = [gap(1)]
        for number, step in enumerate(self._shortened(room)):
            if number:
                left += [gap(2), Span(self.glyphs.separator, "faint"), gap(2)]
            left.extend(step)
        rest = width - natural_width(left) - natural_width(right) - 1
        return [*left, gap(max(1, rest)), *right, gap(1)]

    def _shortened(self, room: int) -> Sequence[Line]:
        """Steps from the end, as many as fit: the last one says where you are."""
        steps: Sequence[Line] = self._path
        while len(steps) > 1 and sum(map(natural_width, steps)) + 5 * (len(steps) - 1) > room:
            steps = steps[1:]
        return steps


def views_line(views: Sequence[str], current: int) -> list[Span]:
    """Names of views beside each other, the current one bold and underlined."""
    spans: list[Span] = []
    for number, name in enumerate(views):
        if number:
            spans.append(gap(2))
        spans.append(Span(name, "foreground bold underline" if number == current else "muted"))
    return spans
