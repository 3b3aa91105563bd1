"""Sentences for names that are taken, missing or unusable."""

from collections.abc import Iterator
from contextlib import contextmanager

from tui.client.errors import Conflict

_ELSEWHERE = "not in this collection"


@contextmanager
def explaining_conflicts(kind: str, name: str) -> Iterator[None]:
    """Say of a 409 what it means for `kind` (`action`, `trigger`, …) and `name`."""
    try:
        yield
    except Conflict as error:
        if _ELSEWHERE in error.message:
            message = f"The name {name} is taken: actions, triggers, rules and packages share one set of names."
            raise Conflict(message, hint="Choose another name.") from error
        if "already exists" in error.message:
            hint = "Choose another name, or update it." if kind == "action" else "Choose another name."
            raise Conflict(f"There is {_article(kind)} {kind} {name} already.", hint=hint) from error
        raise


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
