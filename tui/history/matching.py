"""What one term of a filter asks of a text, and how a line of terms is taken apart."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

TOKEN: Final = re.compile(r"""!?(?:[\w-]+:)?(?:/(?:\\.|[^/\\])+/(?=\s|$)|"[^"]*"|\S+)""")
"""One term: a word, `field:word`, a regular expression between slashes or words between quotes, negated by `!`."""


def is_expression(pattern: str) -> bool:
    """Whether it is written as a regular expression."""
    return len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")


def is_plain(pattern: str) -> bool:
    """Whether it means a part of the text, as it stands."""
    return not is_expression(pattern) and not (len(pattern) > 1 and pattern.startswith("~"))


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], bool]:
    """What a term asks of a text: `/x/` a regular expression, `~x` letters in this order, else a part of it.

    Raises:
        re.error: The regular expression is none.
    """
    if is_expression(pattern):
        expression = re.compile(pattern[1:-1], re.IGNORECASE)
        return lambda text: expression.search(text) is not None
    if not is_plain(pattern):
        letters = pattern[1:].lower()
        return lambda text: has_in_order(text.lower(), letters)
    wanted = unquoted(pattern).lower()
    return lambda text: wanted in text.lower()


def unquoted(pattern: str) -> str:
    return pattern.strip('"')


def has_in_order(text: str, letters: str) -> bool:
    """Whether all of `letters` stand in `text` in this order, others between them."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def fits(pattern: str, text: str | None) -> bool:
    """As a function of SQL: whether a text is there and `matcher(pattern)` accepts it."""
    return text is not None and matcher(pattern)(text)
