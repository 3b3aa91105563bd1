"""Source code in colours, for the lines that are looked at.

The lexer runs from the top only as far as the last line that was asked for, and keeps what it saw. Where that would
take too long (a line of a minified bundle, a jump far down a large file), the code is shown without colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tui.entities.kinds import family_of
from tui.entities.text import visible

from .line import Span

Spans = tuple[Span, ...]

MAX_LINE_CHARS = 5_000
MAX_COLOURED_LINES = 20_000
_LEXERS = {"nodejs": "javascript", "python": "python", "ruby": "ruby", "php": "php", "go": "go", "swift": "swift"}


class CodeLines:
    """The lines of one source text."""

    def __init__(self, text: str, *, kind: str) -> None:
        self.lines = visible(text.removesuffix("\n").replace("\r\n", "\n")).expandtabs(4).split("\n")
        self._coloured: list[Spans] = []
        plain = any(len(line) > MAX_LINE_CHARS for line in self.lines)
        self._tokens = None if plain else _token_lines("\n".join(self.lines), _LEXERS.get(family_of(kind)))

    def __len__(self) -> int:
        return len(self.lines)

    def spans(self, index: int) -> Spans:
        """Line `index`, from 0, as spans of text and role."""
        if index < MAX_COLOURED_LINES:
            while self._tokens is not None and len(self._coloured) <= index:
                line = next(self._tokens, None)
                if line is None:
                    self._tokens = None
                else:
                    self._coloured.append(line)
            if index < len(self._coloured):
                return self._coloured[index]
        return (Span(self.lines[index]),)


def _token_lines(text: str, lexer_name: str | None) -> Iterator[Spans] | None:
    return None if lexer_name is None else _lex(text, lexer_name)


def _lex(text: str, lexer_name: str) -> Iterator[Spans]:
    # Costs 65 ms: only where code is shown.
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

    lexer: Any = get_lexer_by_name(lexer_name)
    roles: dict[Any, str] = {}
    line: list[Span] = []
    for _, token, value in lexer.get_tokens_unprocessed(text):
        role = roles.get(token)
        if role is None:
            role = roles[token] = _role_of(token)
        first, *others = value.split("\n")
        if first:
            line.append(Span(first, role))
        for other in others:
            yield tuple(line)
            line = [Span(other, role)] if other else []
    yield tuple(line)


def _role_of(token: Any) -> str:
    from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, Punctuation, String  # type: ignore[import-untyped]

    if token in Comment:
        return "comment"
    if token in Keyword or token is Operator.Word:
        return "keyword"
    if token in Number:
        return "number"
    if token in String or token in Literal:
        return "string"
    if token in Name.Function or token in Name.Decorator or token in Name.Class:
        return "function"
    if token in Punctuation or token in Operator:
        return "muted"
    return "foreground"
