"""What is painted when, where Textual's own way costs too much: the only place that knows its compositor.

Textual paints in frames: a widget that changed tells its screen, which waits for the messages before and then for its
next sixtieth of a second. For the two lines that a cursor leaves and enters that takes longer than all the rest. And
where a line at the top and one at the bottom differ, it asks every widget in between for all its lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import events
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class SparingCompositor(Compositor):
    """Asks widgets only for lines that differ."""

    _differs: frozenset[Region] = frozenset()

    def render_partial_update(self) -> ChopsUpdate | None:
        self._differs = frozenset(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._differs = frozenset()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._differs:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            pieces = [piece for one in self._differs if (piece := one.intersection(shown))]
            if pieces:
                rows = Region.from_union(pieces)
                wanted = Region(shown.x, rows.y, shown.width, rows.height)
                yield region, wanted, widget.render_lines(wanted.translate(-region.offset))


def paint_now(widget: Widget) -> None:
    """Paint what differs of this widget at once, unless more keys wait or the screen is to be laid out anyway."""
    app, screen = widget.app, widget.screen
    if screen is not app.screen or app._batch_count or screen._layout_required or _keys_wait(app, widget):
        return
    if not is_in_view(widget):
        return
    compositor = screen._compositor
    compositor.update_widgets({widget})
    app._display(screen, compositor.render_update(screen_stack=app._background_screens))
    widget._repaint_required = False


def _keys_wait(app: Any, widget: Any) -> bool:
    return any(isinstance(one, events.Key) for pump in (app, widget) for one in pump._message_queue.values)


def is_in_view(widget: Widget) -> bool:
    """Whether it has a place on its screen. To paint one that has none makes Textual look for it everywhere."""
    return widget in widget.screen._compositor.visible_widgets
