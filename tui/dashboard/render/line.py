"""One line of text as spans with roles, and the step from there to what Textual draws.

Text is cleaned first, then measured in cells, then cut. Whoever makes a `Line` may put text from outside into it as it
came: `to_segments` makes it harmless.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from tui.entities.text import visible_line

from .palette import Palette, RowState

Align = Literal["left", "right"]
_WORD = re.compile(r"\s*\S+\s*|\s+")
FILL = -1
"""As a width: whatever the other spans leave of the line."""


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    role: str = "foreground"
    width: int | None = None
    """In cells: shorter text is padded, longer text is cut. `None`: as long as it is; `FILL`: the rest of the line."""
    align: Align = "left"


Line = Sequence[Span]


def clean(text: str) -> str:
    """`text` harmless, on one line, with tabs as spaces."""
    return visible_line(text.expandtabs(4) if "\t" in text else text)


def width_of(text: str) -> int:
    """In cells, after cleaning."""
    return cell_len(clean(text))


def cut_end(text: str, width: int, more: str = "…") -> str:
    """`text` in at most `width` cells, its end given up for `more`."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + more


def cut_middle(text: str, width: int, more: str = "…") -> str:
    """`text` in at most `width` cells, its middle given up: both ends tell names apart."""
    if cell_len(text) <= width:
        return text
    if width < 4:
        return cut_end(text, width, more)
    tail = (width - 1) // 2
    end = text[-tail:]
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - 1 - cell_len(end)) + more + end


def cut_name(name: str, width: int, more: str = "…") -> tuple[str, str]:
    """`package/name` in at most `width` cells, as the part up to the slash and the rest.

    The package gives way first (`i…/resize-image`), then the middle of the name.
    """
    name = clean(name)
    package, slash, bare = name.rpartition("/")
    if not slash:
        return "", cut_middle(name, width, more)
    if cell_len(name) <= width:
        return package + slash, bare
    room = width - cell_len(bare) - 1
    if room >= 2:
        return cut_end(package, room, more) + slash, bare
    return package[:1] + more + slash, cut_middle(bare, max(4, width - 3), more)


def cell(spans: Iterable[Span], width: int, *, align: Align = "left", more: str = "…") -> tuple[Span, ...]:
    """Several pieces as one column of `width` cells: padded, or cut at the end."""
    pieces: list[Span] = []
    room = width
    for span in spans:
        text = _fitted(span, 0, more)
        needed = cell_len(text)
        if needed > room:
            if room > 0:
                pieces.append(Span(cut_end(text, room, more), span.role))
            room = 0
            break
        if needed:
            pieces.append(Span(text, span.role))
        room -= needed
    if room > 0:
        pad = Span(" " * room)
        pieces = [pad, *pieces] if align == "right" else [*pieces, pad]
    return tuple(pieces)


def name_cell(name: str, width: int, *, role: str = "name", more: str = "…") -> tuple[Span, ...]:
    """A name as a column: its package muted, the rest in `role`."""
    package, bare = cut_name(name, width, more)
    return cell((Span(package, "muted"), Span(bare, role)), width, more=more)


def gap(width: int) -> Span:
    """Blank cells."""
    return Span(" " * width)


def natural_width(line: Line) -> int:
    """Of the whole line, in cells; a filling span counts as its text."""
    return sum(span.width if span.width is not None and span.width >= 0 else width_of(span.text) for span in line)


def to_segments(
    line: Line, width: int | None, palette: Palette, row: RowState = RowState.PLAIN, more: str = "…"
) -> list[Segment]:
    """The line as segments of exactly `width` cells; `None` leaves it as long as it is."""
    fill = 0
    if width is not None:
        fixed = sum(
            0 if span.width == FILL else span.width if span.width is not None else width_of(span.text) for span in line
        )
        fill = max(0, width - fixed)
    segments: list[Segment] = []
    used = 0
    for number, span in enumerate(line, 1):
        text = _fitted(span, fill, more)
        size = cell_len(text)
        if width is not None and used + size >= width:
            if used + size == width and any(other.text.strip() for other in line[number:]):
                text += " "  # what follows has no room: that has to be seen
            text = cut_end(text, width - used, more)
            size = cell_len(text)
        if text:
            segments.append(Segment(text, palette.style(span.role, row)))
            used += size
        if width is not None and used >= width:
            return segments
    if width is not None and used < width:
        segments.append(Segment(" " * (width - used), palette.style("foreground", row)))
    return segments


def to_strip(line: Line, width: int, palette: Palette, row: RowState = RowState.PLAIN, more: str = "…") -> Strip:
    """The line as what Textual draws: exactly `width` cells."""
    return Strip(to_segments(line, width, palette, row, more), width)


def plain_text(line: Line) -> str:
    """What a reader copies: the text alone, columns kept, blanks at the end dropped."""
    return "".join(_fitted(span, width_of(span.text), "…") for span in line).rstrip()


def wrap(line: Line, width: int, *, indent: int = 0) -> list[Line]:
    """The line in pieces of at most `width` cells; all but the first begin after `indent` blank cells."""
    rows: list[list[Span]] = [[]]
    room = max(1, width)
    for span in line:
        text = _fitted(span, 0, "…")
        while text:
            head = _head(text, room)
            if not head and rows[-1]:
                rows.append([gap(indent)] if indent else [])
                room = max(1, width - indent)
                continue
            head = head or text[0]
            rows[-1].append(Span(head, span.role))
            room -= cell_len(head)
            text = text[len(head) :]
            if text and room <= 0:
                rows.append([gap(indent)] if indent else [])
                room = max(1, width - indent)
    return [tuple(row) for row in rows]


def wrap_words(line: Line, width: int, *, indent: int = 0) -> list[Line]:
    """The line broken between words; what is longer than a row by itself is broken anywhere."""
    rows: list[list[Span]] = [[]]
    used = 0
    for span in line:
        for word in _WORD.findall(span.text):
            if used and used + width_of(word.rstrip()) > width:
                rows.append([gap(indent)] if indent else [])
                used, word = indent, word.lstrip()
            if used + width_of(word) > width:
                word = word.rstrip()  # blanks at the end of a row need no room
            rows[-1].append(Span(word, span.role))
            used += width_of(word)
    return [piece for row in rows for piece in wrap(row, width, indent=indent)]


def broken(line: Line, width: int) -> list[Line]:
    """The line in rows broken between words, the later ones as far in as the first."""
    if natural_width(line) <= width:
        return [line]
    text = "".join(span.text for span in line)
    return wrap_words(line, width, indent=min(len(text) - len(text.lstrip()), width // 2))


def _head(text: str, room: int) -> str:
    """As many characters from the start as fit into `room` cells."""
    if text.isascii():
        return text[:room]
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return text[:index]
    return text


def _fitted(span: Span, fill: int, more: str) -> str:
    text = clean(span.text)
    width = fill if span.width == FILL else span.width
    if width is None:
        return text
    size = cell_len(text)
    if size > width:
        return cut_end(text, width, more)
    pad = " " * (width - size)
    return pad + text if span.align == "right" else text + pad
