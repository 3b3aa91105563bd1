"""The base of every widget of one line that draws itself from its width and state."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import Line, to_strip
from ..render.palette import Palette, palette_of
from .painting import is_in_view


class DrawnLine(Widget):
    """One line. Say `redraw` after its state changed: nothing is laid out again."""

    DEFAULT_CSS = "DrawnLine { height: 1; width: 1fr; }"
    ALLOW_SELECT = False

    _palette: Palette | None = None

    def line(self, width: int) -> Line:
        """What to show in `width` cells."""
        raise NotImplementedError

    @property
    def palette(self) -> Palette:
        if self._palette is None:
            self._palette = palette_of(self.app)
        return self._palette

    @property
    def glyphs(self) -> Glyphs:
        return glyphs_of(self)

    def redraw(self) -> None:
        if not self.is_attached or is_in_view(self):
            self.refresh()
        else:
            self._set_dirty()  # for when it comes up

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y > 0 or width <= 0:
            return Strip.blank(width, base_style(self))
        strip = to_strip(self.line(width), width, self.palette, more=self.glyphs.more)
        return Strip(list(Segment.apply_style(strip, base_style(self))), width)


def base_style(widget: Widget) -> Style:
    """The background that lies behind what a widget of lines draws."""
    base, background = widget.background_colors
    return Style(bgcolor=(base + background).rich_color)
