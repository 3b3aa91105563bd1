"""The filter of a list of things: terms that all have to hold.

`work kind:python !web:yes ~mwk /^demo/` keeps what says `work` somewhere, whose kind says `python`, that is no web
action, whose letters include m, w, k in this order, and that fits the regular expression. A field takes each of them as
well: `name:/^my-/`. Case is ignored. Every text is a filter: what is no known field is a word to look for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from tui.history.matching import TOKEN, matcher

Item = TypeVar("Item")
Said = Callable[[Item], str]


class ListFilter(Struct, Generic[Item], frozen=True):
    """One filter; the empty one keeps everything."""

    text: str = ""
    tests: tuple[Callable[[Item], bool], ...] = ()
    trouble: str | None = None
    """What is wrong with it: a regular expression that is none."""

    def matches(self, item: Item) -> bool:
        return all(test(item) for test in self.tests)


def parse_filter(text: str, fields: Mapping[str, Said[Item]]) -> ListFilter[Item]:
    """
    Args:
        fields: What an item says, by the name of the field; all of it together is what words are looked for in.
    """

    def everything(item: Item) -> str:
        return " ".join(said(item) for said in fields.values())

    tests: list[Callable[[Item], bool]] = []
    trouble = None
    for token in TOKEN.findall(text):
        try:
            tests.append(_test(token, fields, everything))
        except re.error as error:
            trouble = f"{token} is no regular expression: {error}"
    return ListFilter(text.strip(), tuple(tests), trouble)


def _test(token: str, fields: Mapping[str, Said[Item]], everything: Said[Item]) -> Callable[[Item], bool]:
    if token.startswith("!") and len(token) > 1:
        wanted = _test(token[1:], fields, everything)
        return lambda item: not wanted(item)
    name, colon, value = token.partition(":")
    said = fields.get(name.lower()) if colon and value else None
    fits = matcher(token if said is None else value)
    if said is None:
        return lambda item: fits(everything(item))
    return lambda item: fits(said(item))
