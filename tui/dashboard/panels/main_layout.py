"""Where the parts of the main screen stand, for every size of the terminal."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from . import last_hour

ACTIONS, TRIGGERS, RULES, FEED = "actions", "triggers", "rules", "feed"
PREVIEW, LAST_HOUR, TABS, TOO_SMALL, FILTER = "preview", "last-hour", "tabs", "too-small", "filter"
LEFT_PANELS = (ACTIONS, TRIGGERS, RULES)

GAP = 2
LEFT_WIDTH, LEFT_WIDTH_WIDE = 36, 57
LEFT_SHARE_WIDE = 55
"""Of the width, in percent."""
PREVIEW_HEIGHT, PREVIEW_HEIGHT_SHORT, PREVIEW_HEIGHT_COMPACT = 10, 6, 5
COMPACT_BELOW_WIDTH, COMPACT_BELOW_HEIGHT = 100, 30
ROOMY_FROM, WIDE_FROM = 120, 160
SMALLEST = Size(60, 16)
_AROUND = 2
"""Lines of the screen that are not ours: header and footer."""


class Wishes(Struct, frozen=True):
    """What the arrangement depends on beside the size."""

    current: str = FEED
    zoomed: bool = False
    bare: bool = False
    """There is nothing yet that a preview or a chart could tell of."""
    wide: str = ""
    """`left` or `feed`: which column wants more room than it usually has, while one is in it."""
    filtering: bool = False
    """A filter is being typed: its line lies over the last one."""
    heights: Mapping[str, int] = field(default_factory=dict)
    """Lines that each panel of the left column would like."""


def is_compact(size: Size) -> bool:
    """Whether there is room for one panel at a time only; `size` is the whole screen's."""
    return size.width < COMPACT_BELOW_WIDTH or size.height < COMPACT_BELOW_HEIGHT


def arrange(size: Size, wishes: Wishes) -> dict[str, Region]:
    """Regions by name within the space between header and footer; what has none is not shown."""
    regions = _arrange(size, wishes)
    if wishes.filtering:
        regions[FILTER] = Region(0, size.height - 1, size.width, 1)
    return regions


def _arrange(size: Size, wishes: Wishes) -> dict[str, Region]:
    screen = Size(size.width, size.height + _AROUND)
    if screen.width < SMALLEST.width or screen.height < SMALLEST.height:
        return _tiny(size)
    if is_compact(screen):
        return _compact(size, wishes)
    if wishes.zoomed:
        return {wishes.current: Region(0, 1, size.width, size.height - 2)}
    return _wide(size, wishes) if screen.width >= WIDE_FROM else _two_columns(size, wishes, screen.height)


def _tiny(size: Size) -> dict[str, Region]:
    return {TOO_SMALL: Region(0, 0, size.width, 1), FEED: Region(0, 1, size.width, max(0, size.height - 1))}


def _compact(size: Size, wishes: Wishes) -> dict[str, Region]:
    below = size.height - 1
    preview = 0 if wishes.zoomed or wishes.bare or below < 12 else PREVIEW_HEIGHT_COMPACT
    rows = below - (preview + 1 if preview else 0)
    regions = {TABS: Region(0, 0, size.width, 1), wishes.current: Region(0, 1, size.width, rows)}
    if preview:
        regions[PREVIEW] = Region(0, size.height - preview, size.width, preview)
    return regions


def _two_columns(size: Size, wishes: Wishes, screen_height: int) -> dict[str, Region]:
    height = size.height - 2  # a blank line below the header and one above the footer
    preview = PREVIEW_HEIGHT if screen_height >= 32 else PREVIEW_HEIGHT_SHORT
    left = LEFT_WIDTH - max(0, ROOMY_FROM - size.width) * 3 // 10
    if wishes.wide == "left" and wishes.current != FEED:
        left = size.width * LEFT_SHARE_WIDE // 100
    right = left + GAP
    rows = height if wishes.bare else height - preview - 1
    if wishes.wide == "feed" and wishes.current == FEED:
        regions = {FEED: Region(0, 1, size.width, rows)}
        return regions if wishes.bare else regions | {PREVIEW: Region(0, 2 + rows, size.width, preview)}
    regions = {FEED: Region(right, 1, size.width - right, rows)}
    if not wishes.bare:
        regions[PREVIEW] = Region(right, 2 + rows, size.width - right, preview)
    wanted = sum(_wanted(wishes))
    with_chart = not wishes.bare and screen_height >= 36 and wanted <= height - last_hour.HEIGHT - 1
    room = height - last_hour.HEIGHT - 1 if with_chart else height
    regions |= _stack(left, 1, room, wishes)
    if with_chart:
        regions[LAST_HOUR] = Region(0, 1 + height - last_hour.HEIGHT, left, last_hour.HEIGHT)
    return regions


def _wide(size: Size, wishes: Wishes) -> dict[str, Region]:
    height = size.height - 2
    is_wide = wishes.wide == "left" and wishes.current != FEED
    left = size.width * LEFT_SHARE_WIDE // 100 if is_wide else LEFT_WIDTH_WIDE
    right = left + GAP
    regions = {FEED: Region(right, 1, size.width - right, height)}
    if wishes.bare:
        return regions | _stack(left, 1, height, wishes)
    wanted = sum(_wanted(wishes))
    with_chart = wanted + last_hour.HEIGHT + 1 + PREVIEW_HEIGHT <= height
    taken = min(wanted, height - PREVIEW_HEIGHT)
    regions |= _stack(left, 1, taken, wishes)
    top = 1 + taken
    if with_chart:
        regions[LAST_HOUR] = Region(0, top, left, last_hour.HEIGHT)
        top += last_hour.HEIGHT + 1
    regions[PREVIEW] = Region(0, top, left, 1 + height - top)
    return regions


def _wanted(wishes: Wishes) -> list[int]:
    """Lines of the stacked panels, each with a blank one below."""
    return [wishes.heights.get(name, 2) + 1 for name in LEFT_PANELS]


def _stack(width: int, top: int, room: int, wishes: Wishes) -> dict[str, Region]:
    """The left panels below each other; where there is not enough room the tallest give way."""
    heights = _wanted(wishes)
    while sum(heights) > room and max(heights) > 3:
        heights[heights.index(max(heights))] -= 1
    regions = {}
    for name, height in zip(LEFT_PANELS, heights, strict=True):
        regions[name] = Region(0, top, width, max(1, height - 1))
        top += height
    return regions


class MainLayout(Layout):
    """`arrange` for Textual: children are told apart by their ids."""

    name = "main"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, MainBody)
        parent.pre_layout(self)
        regions = arrange(size, parent.wishes)
        return [
            WidgetPlacement(regions[child.id], NULL_OFFSET, Spacing(), child, order=int(child.id == FILTER))
            for child in children
            if child.id in regions
        ]

    def get_content_width(self, widget: Widget, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, widget: Widget, container: Size, viewport: Size, width: int) -> int:
        return container.height


class MainBody(Widget):
    """Holds the parts of the main screen and places them."""

    DEFAULT_CSS = "MainBody { width: 1fr; height: 1fr; }"

    def __init__(self, *children: Widget, id: str | None = None) -> None:  # noqa: A002
        super().__init__(*children, id=id)
        self.wishes = Wishes()
        self._main_layout = MainLayout()

    @property
    def layout(self) -> Layout:
        return self._main_layout

    def wish(self, **changes: Any) -> None:
        """Change what the arrangement depends on, and arrange anew if it differs."""
        wishes = replace(self.wishes, **changes)
        if wishes != self.wishes:
            self.wishes = wishes
            if self.is_mounted:  # asked of a child: that is what makes Textual forget the arrangement it kept
                self.children[0].refresh(layout=True)

    def regions(self) -> dict[str, Region]:
        """Where everything stands now."""
        return arrange(self.size, self.wishes)
