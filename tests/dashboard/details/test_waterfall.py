"""Bars against time, drawn from values alone: what waited, what started, what ran, and clocks that differ."""

from itertools import groupby

from msgspec.structs import replace

from tests.dashboard.things import accepted, run
from tui.dashboard.render.glyphs import ASCII, UNICODE
from tui.dashboard.render.line import Line, plain_text, width_of
from tui.dashboard.render.waterfall import (
    Window,
    axis,
    chart_width,
    draw_waterfall_row,
    legend,
    name_width,
    skew_sentence,
    times,
    waterfall_rows,
    whole_window,
)
from tui.entities.activation import Activation, State
from tui.operations.trace_node import NodeKind, TraceNode

T0 = 1_700_000_000_000
WIDTH = 100


def node(record: Activation, *children: TraceNode, kind: NodeKind = "action") -> TraceNode:
    return TraceNode(
        activation_id=record.activation_id,
        kind=kind,
        name=record.name,
        state=record.state,
        activation=record,
        children=children,
    )


def step(name: str, start_ms: int, took_ms: int, **told: int) -> TraceNode:
    return node(run(name, start_ms=T0 + start_ms, took_ms=took_ms, **told))  # type: ignore[arg-type]


def runs_of(line: Line) -> list[tuple[str, int]]:
    """Marks of a bar and how many cells each has."""
    chart = plain_text(line)[name_width(WIDTH) : name_width(WIDTH) + chart_width(WIDTH)]
    return [(mark, len(list(cells))) for mark, cells in groupby(chart.strip())]


def drawn(root: TraceNode, number: int, now_ms: int = T0 + 10_000) -> Line:
    rows = waterfall_rows(root, now_ms)
    return draw_waterfall_row(rows[number], WIDTH, whole_window(rows), now_ms, UNICODE)


def test_a_bar_is_split_into_waiting_cold_start_and_run_in_proportion() -> None:
    root = step("cold", 1000, 2000, waitTime=1000, initTime=500)

    (waited, cold, ran) = runs_of(drawn(root, 0))

    cells = chart_width(WIDTH)
    assert [mark for mark, _ in (waited, cold, ran)] == ["┄", "╍", "━"]
    assert abs(waited[1] - cells / 3) <= 1
    assert abs(cold[1] - cells / 6) <= 1
    assert abs(ran[1] - cells / 2) <= 1
    said = plain_text(times(waterfall_rows(root, T0)[0], 2900.0, UNICODE))
    assert " ".join(said.split()) == "┄┄┄ waited 1.0s ╍╍╍ cold start 500ms ━━━ ran 1.5s in all 3.0s usually 2.9s"


def test_what_was_stamped_before_its_cause_begins_at_it_and_says_so() -> None:
    root = node(run("pipeline", start_ms=T0, took_ms=100), step("early", -12, 50), kind="sequence")

    row = waterfall_rows(root, T0)[1]

    assert row.bar is not None
    assert (row.bar.begin_ms, row.bar.end_ms, row.bar.moved_ms) == (T0, T0 + 50, 12)
    assert "≈" in plain_text(drawn(root, 1))
    assert skew_sentence(row) == (
        "early was stamped 12ms before the sequence that caused it. Its bar starts at the sequence."
    )
    assert "clocks differ" in plain_text(legend(waterfall_rows(root, T0), UNICODE))


def test_rounded_times_and_a_wait_that_counts_from_the_request_are_no_skew() -> None:
    rounded, waited = step("rounded", -1, 50), step("waited", 5, 50, waitTime=20)
    root = node(run("pipeline", start_ms=T0, took_ms=100), rounded, waited, kind="sequence")

    rows = waterfall_rows(root, T0)

    assert [(row.bar.begin_ms, row.bar.moved_ms) for row in rows if row.bar is not None] == [(T0, 0)] * 3
    assert skew_sentence(rows[1]) is None
    assert "waited 20ms" in plain_text(times(rows[2], None, UNICODE))


def test_what_runs_grows_to_now_and_what_waits_shows_only_that() -> None:
    told = replace(accepted("long"), accepted_ms=T0, started_ms=T0 + 1000)
    running = TraceNode(
        activation_id="1" * 32, kind="action", name="long", state=State.RUNNING, running=told, pending=True
    )
    queued = replace(
        running, activation_id="2" * 32, state=State.QUEUED, running=replace(told, started_ms=None, state=State.QUEUED)
    )

    root = node(run("pipeline", start_ms=T0, took_ms=1), running, queued, kind="sequence")

    assert [mark for mark, _ in runs_of(drawn(root, 1))] == ["┄", "━", "▶"]
    assert [mark for mark, _ in runs_of(drawn(root, 2))] == ["┄"]
    assert plain_text(drawn(root, 1)).endswith("9.0s")


def test_the_shortest_run_has_a_cell_and_none_leaves_the_chart() -> None:
    root = node(
        run("pipeline", start_ms=T0, took_ms=3_600_000),
        step("first", 0, 1),
        step("last", 3_599_999, 1),
        kind="sequence",
    )

    for number in (1, 2):
        assert runs_of(drawn(root, number)) == [("━", 1)]
        assert width_of(plain_text(drawn(root, number))) <= WIDTH


def test_a_part_of_time_shows_what_lies_in_it() -> None:
    root = node(run("pipeline", start_ms=T0, took_ms=1000), step("a", 0, 100), step("b", 900, 100), kind="sequence")
    rows = waterfall_rows(root, T0)
    window = Window(T0 + 850, 150)

    lines = [plain_text(draw_waterfall_row(row, WIDTH, window, T0, UNICODE)) for row in rows]

    assert "━" not in lines[1]
    assert "━" in lines[2]
    assert plain_text(axis(WIDTH, window, T0, UNICODE)).split()[:2] == ["850ms", "900ms"]


def test_every_line_fits_and_has_an_ascii_form() -> None:
    root = node(run("p" * 300, start_ms=T0, took_ms=1000), step("x" * 300, 0, 100, initTime=20), kind="sequence")
    rows = waterfall_rows(root, T0)
    window = whole_window(rows)

    for width in (60, 76, 116, 196):
        for row in rows:
            line = plain_text(draw_waterfall_row(row, width, window, T0, ASCII))
            assert line.isascii()
            assert width_of(line) <= width
        assert width_of(plain_text(axis(width, window, T0, ASCII))) <= width
