"""How numbers, times, names and glyphs are written."""

import re

import pytest
from rich.cells import cell_len
from textual.color import Color
from textual.theme import Theme

from tui.dashboard.render import formats
from tui.dashboard.render.bars import columns, run_bar
from tui.dashboard.render.glyphs import ASCII, UNICODE, all_glyphs, choose_glyphs
from tui.dashboard.render.keys import key_label
from tui.dashboard.render.line import FILL, Span, cell, cut_end, cut_middle, cut_name, plain_text, width_of, wrap
from tui.dashboard.render.themes import THEMES
from tui.entities.activation import State


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "<1ms"),
        (0.4, "<1ms"),
        (38, "38ms"),
        (999, "999ms"),
        (1200, "1.2s"),
        (9940, "9.9s"),
        (41_000, "41s"),
        (59_999, "59s"),
        (252_000, "4m12s"),
        (11_100_000, "3h05m"),
        (187_200_000, "2d4h"),
    ],
)
def test_durations_have_two_units_at_most(ms: float, text: str) -> None:
    assert formats.duration(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(100, "100ms"), (60_000, "1m"), (90_000, "1m30s"), (10_800_000, "3h"), (1500, "1.5s")]
)
def test_limits_drop_the_parts_that_are_zero(ms: int, text: str) -> None:
    assert formats.limit(ms) == text


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 byte"), (46, "46 bytes"), (1100, "1.1 kB"), (940_000, "0.94 MB"), (12_000_000, "12 MB")]
)
def test_sizes_are_decimal(count: int, text: str) -> None:
    assert formats.size(count) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (1208, "1,208"), (99_999, "99,999"), (128_400, "128k")])
def test_counts_are_grouped_and_short_from_a_hundred_thousand(number: int, text: str) -> None:
    assert formats.count(number) == text


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("ingest/resize-image", 19, "ingest/resize-image"),
        ("ingest/resize-image", 15, "i…/resize-image"),
        ("my-worker", 20, "my-worker"),
        ("very-long-name-of-a-worker", 14, "very-lo…worker"),
    ],
)
def test_a_name_gives_up_its_package_first_and_then_its_middle(name: str, width: int, shown: str) -> None:
    assert "".join(cut_name(name, width)) == shown


@pytest.mark.parametrize("text", ["plain ascii text", "世界世界世界世界", "aé́é́b", "\x1b[31m\u202e\x00", ""])
@pytest.mark.parametrize("width", [1, 2, 5, 9, 40])
def test_what_was_cut_never_needs_more_cells_than_it_got(text: str, width: int) -> None:
    assert cell_len(cut_end(text, width)) <= width
    assert cell_len("".join(cut_name(text, max(4, width)))) <= max(4, width)
    assert cell_len(cut_middle(text, max(4, width))) <= max(4, width)
    assert sum(width_of(span.text) for span in cell((Span(text), Span(text)), width)) == width


def test_a_wrapped_line_loses_nothing() -> None:
    line = [Span("世界 and some more text", "muted"), Span(" that goes on", "error")]

    pieces = wrap(line, 7)

    assert all(sum(width_of(span.text) for span in piece) <= 7 for piece in pieces)
    assert "".join(span.text for piece in pieces for span in piece) == "世界 and some more text that goes on"


def test_a_copied_line_is_its_text_alone() -> None:
    assert plain_text([Span("ab", width=5), Span("cd", "error"), Span("", width=FILL), Span("  ")]) == "ab   cd"


def test_every_glyph_is_one_cell_wide_in_both_sets() -> None:
    for glyphs in (UNICODE, ASCII):
        wide = {name: mark for name, mark in all_glyphs(glyphs).items() if cell_len(mark) != 1}
        assert wide.keys() <= {"blocks", "enter"}


def test_the_ascii_set_is_ascii() -> None:
    assert all(mark.isascii() for mark in all_glyphs(ASCII).values())
    assert choose_glyphs("ascii") is ASCII


def test_every_state_has_a_glyph_and_roles() -> None:
    for state in State:
        assert UNICODE.of_state(state)
        assert formats.STATE_ROLES[state]
        assert formats.GLYPH_ROLES[state]


def said(bar: list[Span]) -> str:
    return "".join(span.text for span in bar)


def test_a_bar_fills_towards_the_limit_and_has_a_tick_where_runs_usually_end() -> None:
    assert said(run_bar(60_000, 120_000, None, 14, UNICODE)) == "━━━━━━━─────── / 2m"
    assert said(run_bar(41_000, 120_000, 72_000, 14, UNICODE)) == "━━━━╸───┼───── / 2m"
    assert said(run_bar(100_000, 120_000, 72_000, 14, UNICODE)) == "━━━━━━━━╋━━╸── / 2m"


def test_a_bar_past_its_limit_says_by_how_much() -> None:
    assert said(run_bar(128_000, 120_000, 72_000, 14, UNICODE)) == "━━━━━━━━━━━━━━ overdue 8.0s"
    assert run_bar(110_000, 120_000, None, 14, UNICODE)[0].role == "warning"


def test_a_chart_leaves_blank_what_is_not_known() -> None:
    assert columns([None, 0, 1, 8], 1, UNICODE) == ["  ▁█"]


@pytest.mark.parametrize(
    ("key", "label"),
    [("question_mark", "?"), ("slash", "/"), ("enter", "↵"), ("ctrl+p", "ctrl+p"), ("escape", "esc"), ("G", "G")],
)
def test_keys_are_written_as_they_are_pressed(key: str, label: str) -> None:
    assert key_label(key, UNICODE) == label


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_of_our_themes_can_be_read(theme: Theme) -> None:
    values = {**theme.to_color_system().generate(), **theme.variables}

    def contrast(front: str, back: str) -> float:
        lights = sorted((luminance(Color.parse(values[name])) for name in (front, back)), reverse=True)
        return (lights[0] + 0.05) / (lights[1] + 0.05)

    for back in ("background", "surface", "panel"):
        assert contrast("foreground", back) >= 9.9
        assert contrast("foreground-muted", back) >= 5.2
        assert contrast("faint", back) >= 4.5
    for state in ("success", "warning", "error", "accent", "primary", "secondary"):
        for back in ("background", "surface", "row-cursor"):
            assert contrast(state, back) >= 4.5, (state, back)


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_no_style_sheet_holds_a_colour_of_its_own() -> None:
    from pathlib import Path

    import tui.dashboard.styles as styles

    for sheet in Path(str(styles.__file__)).parent.glob("*.tcss"):
        assert not re.search(r"#[0-9a-fA-F]{6}\b|rgb\(", sheet.read_text()), sheet.name
