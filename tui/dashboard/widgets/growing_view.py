"""The size of what is scrolled through, while rows keep coming.

Every new size makes Textual lay the whole screen out again. Rows that come while the end is far off change nothing but
the scroll bar, so for them once a second is enough.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.timer import Timer

_EVERY_S = 1.0


class GrowingView(ScrollView):
    """Call `set_rows_size`, and `catch_up` before scrolling to where the size has to be right."""

    _wanted_size: Size | None = None
    """Larger than the one that is set."""
    _size_timer: Timer | None = None

    def set_rows_size(self, size: Size) -> None:
        self._wanted_size = size
        if not self._may_wait(size):
            self.catch_up()
        elif self._size_timer is None:
            self._size_timer = self.set_timer(_EVERY_S, self.catch_up)

    def catch_up(self) -> None:
        """Let the size be what it is to be."""
        if self._size_timer is not None:
            self._size_timer.stop()
            self._size_timer = None
        size, self._wanted_size = self._wanted_size, None
        if size is None or size == self.virtual_size:
            return
        if self._moves_the_bar_alone(size):
            self.set_reactive(GrowingView.virtual_size, size)
            self._scroll_update(size)
            self.vertical_scrollbar.position = self.scroll_y
        else:
            self.virtual_size = size

    def _moves_the_bar_alone(self, size: Size) -> bool:
        """Whether there is a scroll bar before and after, so that nothing around has to be laid out."""
        now, height = self.virtual_size, self.container_size.height
        return size.width == now.width and 0 < height < min(size.height, now.height)

    @property
    def bar_waits(self) -> bool:
        """Whether the scroll bar will be set right together with the size."""
        return self._size_timer is not None

    def _may_wait(self, size: Size) -> bool:
        """Whether it only grows, and all that is in view will be far from the end also when it has moved down."""
        now, added = self.virtual_size, size.height - self.virtual_size.height
        far = self.scroll_offset.y + added + 2 * self.size.height < now.height
        return size.width == now.width and added > 0 and far
