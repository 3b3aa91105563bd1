"""A JSON value as foldable lines: which lines are shown, what each says, and where a search finds something.

Lines are numbered as in the pretty-printed text, so a folded object leaves a gap in the numbers. Nothing is built
for what is folded: a result of a megabyte costs one count of its lines and the rows that are open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from msgspec import Struct, field

from tui.entities.json import Json
from tui.entities.text import visible_line

OPEN_WHOLE_LINES = 200
"""A value of at most this many lines starts with everything open."""
FIRST_CHILDREN = 200
"""How many children of one array or object are shown at first; the rest is one line, which opens."""
MORE_CHILDREN = 2000
MAX_SCALAR_CHARS = 4000
"""Of one string on one line; the raw view has all of it."""

Path = tuple[str | int, ...]


class Shape(Enum):
    """What a row is to its node."""

    SCALAR = auto()
    OPEN = auto()
    FOLDED = auto()
    MORE = auto()
    """Children that are not shown yet."""
    CLOSE = auto()


class Node(Struct, eq=False):
    """One value inside the document."""

    key: str | int | None
    """Its key or index in its parent; `None` for the root."""
    value: Json
    depth: int
    line: int
    """From 1, in the pretty-printed text."""
    parent: Node | None = None
    is_last: bool = True
    """No comma follows it."""
    is_open: bool = False
    shown: int = FIRST_CHILDREN
    """At most so many of its children have rows."""
    keys: Sequence[str | int] | None = None
    children: list[Node] = field(default_factory=list)
    """Those made so far, from the first."""
    line_count: int = 1

    @property
    def is_container(self) -> bool:
        return isinstance(self.value, (dict, list)) and len(self.value) > 0

    @property
    def path(self) -> Path:
        keys: list[str | int] = []
        node: Node = self
        while node.parent is not None:
            assert node.key is not None
            keys.append(node.key)
            node = node.parent
        return tuple(reversed(keys))


class Row(Struct, frozen=True, eq=False):
    """One line that is shown."""

    node: Node
    shape: Shape

    @property
    def line(self) -> int:
        """Its number in the pretty-printed text; of `MORE`, the first line it stands for."""
        node = self.node
        if self.shape is Shape.CLOSE:
            return node.line + node.line_count - 1
        if self.shape is Shape.MORE:
            last = _children(node)[-1]
            return last.line + last.line_count
        return node.line


class JsonTree:
    """The rows of one document. Folding changes `rows` in place."""

    def __init__(self, value: Json) -> None:
        self.value = value
        self.root = Node(key=None, value=value, depth=0, line=1)
        self.root.line_count = _count_root(self.root)
        self.root.is_open = self.root.is_container
        if self.line_count <= OPEN_WHOLE_LINES:
            _open_below(self.root)
        elif isinstance(value, dict):
            for child in _children(self.root):
                child.is_open = child.is_container
        self.rows: list[Row] = list(_rows_of(self.root))

    @property
    def line_count(self) -> int:
        """Of the whole document, pretty-printed."""
        return self.root.line_count

    @property
    def folded_count(self) -> int:
        """How many rows stand for more than they show."""
        return sum(row.shape is Shape.FOLDED for row in self.rows)

    def toggle(self, index: int) -> int:
        """Fold or open what row `index` belongs to; the row on which the cursor belongs afterwards."""
        row = self.rows[index]
        node = row.node
        if row.shape is Shape.MORE:
            node.shown += MORE_CHILDREN
            self._rebuild(node)
            return index
        if row.shape is Shape.SCALAR:
            if node.parent is None:
                return index
            node = node.parent
        start = self._start_of(node, index)
        if node.is_open:
            self.rows[start : self._end_of(node, start) + 1] = [Row(node, Shape.FOLDED)]
            node.is_open = False
        else:
            node.is_open = True
            self.rows[start : start + 1] = list(_rows_of(node))
        return start

    def open_all(self) -> None:
        _open_below(self.root)
        self._rebuild(self.root)

    def fold_all(self) -> None:
        """Fold everything below the root."""
        for node in _made_below(self.root):
            node.is_open = False
        self.root.is_open = self.root.is_container
        self._rebuild(self.root)

    def reveal(self, line: int) -> int:
        """Open whatever hides line `line` of the pretty-printed text; the index of its row."""
        node = self.root
        while node.line != line and node.line + node.line_count - 1 != line:
            node.is_open = True
            node = _child_at(node, line)
        self._rebuild(self.root)
        return next(
            index
            for index, row in enumerate(self.rows)
            if row.node is node and row.shape is not Shape.MORE and (row.line == line or row.shape is Shape.FOLDED)
        )

    def index_of(self, node: Node) -> int:
        """Where the row of `node` is, or of the nearest node around it that has one."""
        shown = {id(row.node): index for index, row in reversed(list(enumerate(self.rows)))}
        while id(node) not in shown and node.parent is not None:
            node = node.parent
        return shown.get(id(node), 0)

    def _rebuild(self, node: Node) -> None:
        if node is self.root:
            self.rows[:] = _rows_of(self.root)
            return
        start = next(index for index, row in enumerate(self.rows) if row.node is node)
        self.rows[start : self._end_of(node, start) + 1] = list(_rows_of(node))

    def _start_of(self, node: Node, near: int) -> int:
        while self.rows[near].node is not node or self.rows[near].shape not in (Shape.OPEN, Shape.FOLDED):
            near -= 1
        return near

    def _end_of(self, node: Node, start: int) -> int:
        while self.rows[start].node is not node or self.rows[start].shape is not Shape.CLOSE:
            start += 1
        return start


def count_lines(value: Json) -> int:
    """How many lines `json.dumps(value, indent=2)` has."""
    total, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and item:
            total += 2
            waiting.extend(item.values())
        elif isinstance(item, list) and item:
            total += 2
            waiting.extend(item)
        else:
            total += 1
    return total


def find_lines(lines: Sequence[str], text: str) -> list[int]:
    """The numbers, from 1, of the lines that contain `text`, case ignored."""
    if not text:
        return []
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    return [number for number, line in enumerate(lines, 1) if pattern.search(line)]


def path_text(path: Path) -> str:
    """`items[1].score`, in the form that JMESPath reads; `""` for the root."""
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        else:
            name = key if key.isidentifier() else json.dumps(key, ensure_ascii=False)
            parts.append(f".{name}" if parts else name)
    return visible_line("".join(parts))


def type_name(value: Json) -> str:
    """What JSON calls it."""
    match value:
        case bool():
            return "true or false"
        case None:
            return "null"
        case str():
            return "text" if len(value) < 100 else f"text, {len(value):,} characters"
        case int() | float():
            return "number"
        case dict():
            return f"object, {_counted(len(value), 'key')}"
        case _:
            return f"array, {_counted(len(value), 'item')}"


def scalar_text(value: Json) -> str:
    """A value that has no children, as JSON writes it, safe to show."""
    if isinstance(value, str) and len(value) > MAX_SCALAR_CHARS:
        value = value[:MAX_SCALAR_CHARS] + "…"
    return visible_line(json.dumps(value, ensure_ascii=False))


def summary(value: Json) -> str:
    """What stands for a folded object or array: `{ id, score }`, `{ 8 keys }`, `[ 4 items ]`."""
    if isinstance(value, list):
        return f"[ {_counted(len(value), 'item')} ]"
    keys = ", ".join(map(str, value))
    if len(value) <= 4 and len(keys) <= 40:
        return visible_line(f"{{ {keys} }}")
    return f"{{ {_counted(len(value), 'key')} }}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _children(node: Node) -> list[Node]:
    """The children that are shown; they are made when they are first asked for."""
    if node.keys is None:
        node.keys = list(node.value) if isinstance(node.value, dict) else range(len(node.value))
    children = node.children
    line = children[-1].line + children[-1].line_count if children else node.line + 1
    for position in range(len(children), min(node.shown, len(node.keys))):
        key = node.keys[position]
        child = Node(key=key, value=node.value[key], depth=node.depth + 1, line=line, parent=node)
        child.is_last = position == len(node.keys) - 1
        child.line_count = count_lines(child.value)
        line += child.line_count
        children.append(child)
    return children[: node.shown]


def _count_root(root: Node) -> int:
    if not root.is_container or len(root.value) > root.shown:
        return count_lines(root.value)
    return 2 + sum(child.line_count for child in _children(root))  # its children have counted theirs already


def _child_at(node: Node, line: int) -> Node:
    while True:
        for child in _children(node):
            if child.line <= line < child.line + child.line_count:
                return child
        node.shown += MORE_CHILDREN


def _open_below(root: Node) -> None:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_container:
            node.is_open = True
            waiting.extend(_children(node))


def _made_below(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def _rows_of(root: Node) -> Iterator[Row]:
    waiting: list[Row | Node] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Row):
            yield item
        elif not item.is_container:
            yield Row(item, Shape.SCALAR)
        elif not item.is_open:
            yield Row(item, Shape.FOLDED)
        else:
            yield Row(item, Shape.OPEN)
            waiting.append(Row(item, Shape.CLOSE))
            if len(item.value) > item.shown:
                waiting.append(Row(item, Shape.MORE))
            waiting.extend(reversed(_children(item)))
