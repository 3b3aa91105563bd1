"""The filter of the activation list: words that all have to be found, and fields.

`demo status:error action:report !timeout` keeps what has `demo` somewhere, failed, is an action with `report` in its
name, and has no `timeout` anywhere. Case is ignored. Nothing is discarded: only what is shown changes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tui.entities.activation import State

from ..render.entry import Entry
from ..render.feed_row import error_line

Test = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class ActivationFilter:
    """One filter; the empty one keeps everything."""

    text: str = ""
    tests: tuple[Test, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "ActivationFilter":
        """Every text is a filter: what is no known field is a word to look for."""
        return cls(text.strip(), tuple(map(_test, text.lower().split())))

    def matches(self, entry: Entry) -> bool:
        return all(test(entry) for test in self.tests)


def _test(word: str) -> Test:
    if word.startswith("!") and len(word) > 1:
        wanted = _test(word[1:])
        return lambda entry: not wanted(entry)
    field, colon, value = word.partition(":")
    if colon and value and field in _FIELDS:
        return _FIELDS[field](value)
    return lambda entry: word in _said(entry)


def _status(value: str) -> Test:
    """`error` and `failed` mean every way to fail; else the start of the state's word, blanks left out."""
    if value in ("error", "failed", "failure"):
        return lambda entry: entry.state.is_failure
    if value in ("ok", "success"):
        return lambda entry: entry.state is State.SUCCESS
    plain = value.replace("-", "").replace("_", "")
    return lambda entry: entry.state.value.replace(" ", "").startswith(plain)


def _action(value: str) -> Test:
    return lambda entry: not entry.is_trigger and value in entry.name.lower()


def _trigger(value: str) -> Test:
    return lambda entry: entry.is_trigger and value in entry.name.lower()


def _kind(value: str) -> Test:
    return lambda entry: (entry.kind or "").lower().startswith(value)


_FIELDS: dict[str, Callable[[str], Test]] = {
    "status": _status,
    "action": _action,
    "trigger": _trigger,
    "kind": _kind,
}


def _said(entry: Entry) -> str:
    """What a row says, for words to be found in."""
    error = error_line(entry.activation) if entry.activation is not None else ""
    return f"{entry.name} {entry.state.value} {entry.activation_id} {error}".lower()


FAILURES = ActivationFilter.parse("status:error")
