"""Painting the answer to a key in the key's own turn.

Textual paints in frames: a widget that changed tells its screen, which waits for the messages before and then for its
next sixtieth of a second. For the two lines that a cursor leaves and enters that takes longer than all the rest.
"""

from __future__ import annotations

from typing import Any

from textual.widget import Widget


def paint_now(widget: Widget) -> None:
    """Paint what differs of this widget at once, unless more keys wait or the screen is to be laid out anyway."""
    app, screen = widget.app, widget.screen
    if screen is not app.screen or app._batch_count or screen._layout_required or _keys_wait(app, widget):
        return
    compositor = screen._compositor
    if widget not in compositor.visible_widgets:
        return
    compositor.update_widgets({widget})
    app._display(screen, compositor.render_update(screen_stack=app._background_screens))
    widget._repaint_required = False


def _keys_wait(app: Any, widget: Widget) -> bool:
    return not (app._message_queue.empty() and widget._message_queue.empty())
