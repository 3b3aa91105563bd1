"""The widget that shows rows: how many there are does not matter, and rows keep their identity."""

import time
from collections.abc import Hashable, Sequence

from textual.containers import Vertical
from textual.geometry import Offset
from textual.selection import Selection

from tests.dashboard.stage import Stage, bench
from tui.dashboard.render.line import FILL, Line, Span, gap
from tui.dashboard.render.source import Rows
from tui.dashboard.widgets.line_view import LineView

HOSTILE = "a\x1b[31mred\x1b]0;title\x07\u202egnp\tb\x9bc\ud800"


def numbered(numbers: Sequence[int]) -> Rows[int]:
    def draw(number: int, width: int) -> Line:
        return [Span(f"row {number}", "name", FILL), gap(1), Span("id", "faint", 4, "right")]

    return Rows(numbers, key=lambda number: number, draw=draw)


class Growing:
    """Rows that change while they are shown."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = list(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def id_at(self, index: int) -> Hashable:
        return self.numbers[index]

    def index_of(self, row_id: Hashable) -> int | None:
        return self.numbers.index(row_id) if row_id in self.numbers else None

    def line_at(self, index: int, width: int) -> Line:
        return [Span(f"row {self.numbers[index]}", width=12)]

    def revision_at(self, index: int) -> Hashable:
        return None


def texts(stage: Stage) -> list[str]:
    """What the rows say, without the scrollbar."""
    return [line[:14].rstrip() for line in stage.lines]


async def shown(view: LineView, numbers: Sequence[int], *, cursor: int | None = None) -> None:
    view.show(numbered(numbers), cursor=cursor)
    view.focus()


async def test_a_million_rows_are_shown_and_walked_as_fast_as_ten() -> None:
    view = LineView()
    async with bench(view) as stage:
        source = numbered(range(1_000_000))
        started = time.perf_counter()

        view.show(source)
        await stage.pilot.pause()

        assert time.perf_counter() - started < 1.0
        view.focus()
        await stage.press("G")
        assert view.cursor_id == 999_999
        assert "row 999999" in stage.lines[-1]
        await stage.press("g", "j")
        assert view.cursor_id == 1
        assert stage.lines[0].startswith("  row 0")


async def test_rows_that_come_above_move_neither_the_cursor_nor_what_is_read() -> None:
    source = Growing(range(100, 400))
    view = LineView(stick="top")
    async with bench(view) as stage:
        view.show(source)
        view.focus()
        await stage.press("j", "j", "j")
        before = texts(stage)

        source.numbers[:0] = range(90, 100)
        view.source_changed()
        await stage.pilot.pause()

        assert view.cursor_id == 103
        assert texts(stage) == before
        assert before[3] == "▌ row 103"


async def test_on_the_top_row_the_cursor_follows_what_is_newest() -> None:
    source = Growing(range(10, 60))
    view = LineView(stick="top")
    async with bench(view) as stage:
        view.show(source)
        view.focus()
        await stage.pilot.pause()

        source.numbers[:0] = range(10)
        view.source_changed()
        await stage.pilot.pause()

        assert view.cursor_id == 0
        assert texts(stage)[0] == "▌ row 0"


async def test_a_row_that_is_gone_leaves_the_cursor_on_its_line() -> None:
    view = LineView()
    async with bench(view) as stage:
        await shown(view, [1, 2, 3, 4])
        await stage.press("j")

        view.show(numbered([1, 3, 4]))
        await stage.pilot.pause()

        assert view.cursor_id == 3


async def test_lines_at_the_end_are_followed_until_the_reader_scrolls_up() -> None:
    view = LineView(cursor=False, stick="end")
    async with bench(view) as stage:
        view.show_lines([[Span(f"line {number}")] for number in range(100)])
        view.focus()
        await stage.pilot.pause()
        view.append([[Span("line 100")]])
        await stage.pilot.pause()
        assert texts(stage)[-1].strip() == "line 100"

        await stage.press("k", "k")
        before = texts(stage)
        view.append([[Span(f"line {number}")] for number in range(101, 150)])
        await stage.pilot.pause()

        assert texts(stage) == before
        await stage.press("G")
        assert texts(stage)[-1].strip() == "line 149"


async def test_older_lines_can_be_put_above_without_moving_the_view() -> None:
    view = LineView(cursor=False)
    async with bench(view) as stage:
        view.show_lines([[Span(f"line {number}")] for number in range(100)])
        view.focus()
        await stage.press(*["j"] * 5)
        before = texts(stage)

        view.prepend([[Span(f"older {number}")] for number in range(40)])
        await stage.pilot.pause()

        assert texts(stage) == before


async def test_no_control_character_of_a_stranger_reaches_the_terminal() -> None:
    view = LineView()
    async with bench(view) as stage:
        view.show_lines([[Span(HOSTILE), Span(HOSTILE, width=10), Span(HOSTILE, width=FILL)]])
        await stage.pilot.pause()

        drawn = "".join(segment.text for strip in stage.app.screen._compositor.render_strips() for segment in strip)

        assert "␛[31mred" in drawn
        assert not [character for character in drawn if not character.isprintable()]


async def test_every_row_fills_the_width_exactly_whatever_is_in_it() -> None:
    view = LineView()
    async with bench(view, size=(40, 5)) as stage:
        view.show_lines([[Span("世界" * 30)], [Span("é́" * 50)], [Span(HOSTILE * 5)], [Span("")], [Span("x" * 400)]])
        await stage.pilot.pause()

        widths = [strip.cell_length for strip in stage.app.screen._compositor.render_strips()]

        assert widths == [40] * 5


async def test_a_move_of_the_cursor_repaints_two_lines() -> None:
    view = LineView()
    async with bench(view) as stage:
        await shown(view, range(1000))
        await stage.press("j")
        painted: list[int] = []
        render_line = view.render_line
        view.render_line = lambda y: painted.append(y) or render_line(y)  # type: ignore[method-assign, func-returns-value]

        await stage.press("j")

        assert sorted(set(painted)) == [1, 2]


class Listener(Vertical):
    """Notes which rows were chosen inside it."""

    chosen: list[object]

    def on_mount(self) -> None:
        self.chosen = []

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        self.chosen.append(message.row_id)


async def test_enter_and_a_second_click_choose_a_row() -> None:
    view = LineView()
    listener = Listener(view)
    async with bench(listener) as stage:
        await shown(view, [10, 20, 30])

        await stage.press("j", "enter")
        await stage.pilot.click(view, offset=(5, 2))
        await stage.pilot.click(view, offset=(5, 2), times=2)
        await stage.pilot.pause()

        assert view.cursor_id == 30
        assert listener.chosen == [20, 30]


async def test_what_the_mouse_selects_is_the_text_without_the_gutter() -> None:
    view = LineView(cursor=False)
    async with bench(view) as stage:
        view.show_lines([[Span("first line")], [Span("second line")], [Span("third line")]])
        await stage.pilot.pause()

        selected = view.get_selection(Selection(Offset(8, 0), Offset(8, 1)))

        assert selected == ("line\nsecond", "\n")


async def test_long_lines_are_reached_sideways_where_they_are_not_cut() -> None:
    view = LineView(cursor=False, fit=False)
    async with bench(view, size=(20, 3)) as stage:
        view.show_lines([[Span("".join(chr(ord("a") + number % 26) for number in range(60)))]])
        view.focus()
        await stage.pilot.pause()

        await stage.press("right", "right")

        assert stage.lines[0].startswith("opqrst")


async def test_text_for_no_rows_is_shown_until_there_are_some() -> None:
    view = LineView(empty=[[Span("nothing yet")]])
    async with bench(view) as stage:
        assert "nothing yet" in stage.text

        await shown(view, [1])
        await stage.pilot.pause()

        assert "nothing yet" not in stage.text
