"""Where the parts of the main screen stand, at the sizes that people have."""

import itertools

import pytest
from textual.geometry import Region, Size

from tui.dashboard.panels.main_layout import (
    ACTIONS,
    FEED,
    FILTER,
    LAST_HOUR,
    PREVIEW,
    RULES,
    TABS,
    TOO_SMALL,
    TRIGGERS,
    Wishes,
    arrange,
)

HEIGHTS = {ACTIONS: 7, TRIGGERS: 3, RULES: 4}


def arranged(columns: int, lines: int, **wishes: object) -> dict[str, Region]:
    """For a screen of this size; header and footer take a line each."""
    return arrange(Size(columns, lines - 2), Wishes(**{"heights": HEIGHTS, **wishes}))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (100, 30), (99, 50), (159, 34), (160, 45), (200, 60), (60, 16)])
@pytest.mark.parametrize("heights", [HEIGHTS, {ACTIONS: 300, TRIGGERS: 80, RULES: 2}, {}])
@pytest.mark.parametrize("zoomed", [False, True])
def test_nothing_overlaps_or_leaves_the_screen(size: tuple[int, int], heights: dict[str, int], zoomed: bool) -> None:
    columns, lines = size
    regions = arranged(columns, lines, heights=heights, zoomed=zoomed)

    for region in regions.values():
        assert Region(0, 0, columns, lines - 2).contains_region(region)
        assert region.height > 0
    for one, other in itertools.combinations(regions.values(), 2):
        assert not one.overlaps(other)


def test_at_eighty_columns_one_panel_at_a_time_has_the_whole_width() -> None:
    regions = arranged(80, 24, current=TRIGGERS)

    assert regions.keys() == {TABS, TRIGGERS, PREVIEW}
    assert regions[TRIGGERS] == Region(0, 1, 80, 15)
    assert regions[PREVIEW].height == 5


def test_at_a_hundred_and_twenty_columns_everything_is_there() -> None:
    regions = arranged(120, 40)

    assert regions.keys() == {ACTIONS, TRIGGERS, RULES, LAST_HOUR, FEED, PREVIEW}
    assert regions[FEED].width == 82
    assert regions[FEED].height == 25


def test_the_chart_gives_way_before_the_lists_do() -> None:
    assert LAST_HOUR not in arranged(120, 35)
    assert LAST_HOUR not in arranged(120, 40, heights={ACTIONS: 20, TRIGGERS: 5, RULES: 5})


def test_a_short_screen_has_a_short_preview() -> None:
    assert arranged(120, 31)[PREVIEW].height == 6
    assert arranged(120, 32)[PREVIEW].height == 10


def test_on_a_wide_screen_the_feed_has_the_full_height_and_the_preview_stands_beside_it() -> None:
    regions = arranged(200, 60)

    assert regions[FEED].width == 141
    assert regions[FEED].height == 56
    assert regions[PREVIEW].x == 0
    assert regions[PREVIEW].bottom == regions[FEED].bottom


def test_long_lists_share_the_column_and_short_ones_keep_theirs() -> None:
    regions = arranged(120, 40, heights={ACTIONS: 300, TRIGGERS: 3, RULES: 4})

    assert regions[TRIGGERS].height == 3
    assert regions[RULES].height == 4
    assert regions[ACTIONS].height > 20


def test_zoom_gives_one_panel_the_screen() -> None:
    assert arranged(120, 40, zoomed=True, current=RULES) == {RULES: Region(0, 1, 120, 36)}


def test_below_the_smallest_size_a_sentence_and_the_feed_remain() -> None:
    assert arranged(52, 14).keys() == {TOO_SMALL, FEED}
    assert arranged(200, 15).keys() == {TOO_SMALL, FEED}


def test_an_empty_account_has_neither_chart_nor_preview() -> None:
    assert arranged(120, 40, bare=True).keys() == {ACTIONS, TRIGGERS, RULES, FEED}


def test_the_filter_is_typed_on_the_last_line() -> None:
    assert arranged(120, 40, filtering=True)[FILTER] == Region(0, 37, 120, 1)
