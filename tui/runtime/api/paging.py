"""Which part of a list is asked for: `skip`, `limit`, `count`."""

from msgspec import Struct

from tui.entities.limits import DEFAULT_LIST_SIZE, MAX_LIST_SIZE

from .. import messages
from ..faults import Malformed
from .call import Call

_MAX_INTEGER = 2**31 - 1
_MAX_DIGITS = 18


class Page(Struct, frozen=True):
    skip: int
    limit: int
    count: bool
    """Only how many there are."""


def read_page(call: Call, collection: str) -> Page:
    """Raises `Malformed` for values out of range; the texts name the collection."""
    skip = _integer(call, "skip", collection, default=0)
    if skip < 0:
        raise Malformed(messages.malformed_query("skip", messages.negative(skip, collection)))
    limit = _integer(call, "limit", collection, default=DEFAULT_LIST_SIZE)
    if not 0 <= limit <= MAX_LIST_SIZE:
        raise Malformed(messages.malformed_query("limit", messages.not_in_range(limit, collection)))
    return Page(skip, limit or MAX_LIST_SIZE, call.query_flag("count"))


def _integer(call: Call, name: str, collection: str, *, default: int) -> int:
    text = call.query_text(name)
    if text is None:
        return default
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS and abs(int(text)) <= _MAX_INTEGER):
        raise Malformed(messages.malformed_query(name, messages.not_an_integer(text, collection)))
    return int(text)
