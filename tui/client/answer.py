"""What came back: status, headers, and a body that may be OpenWhisk's, or anybody's."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from msgspec import Struct

from tui.client.errors import UnexpectedAnswer
from tui.entities.json import Json, JsonObject

T = TypeVar("T")
PAGE_HINT: Final = (
    "A page for people came instead of data: a login page of this network may stand in between (open any page in a "
    "browser), or the address is another program's."
)


class Answer(Struct, frozen=True):
    """A parsed answer."""

    asked: str
    """`GET /api/v1/…`"""
    status: int
    headers: Mapping[str, str]
    body: Json
    """`None` where the answer is empty or no JSON."""

    def read(self, parse: Callable[[JsonObject], T]) -> T:
        """The body as a value of ours.

        Raises:
            UnexpectedAnswer: It is none.
        """
        if not isinstance(self.body, dict):
            raise self.unexpected()
        return self._parsed(parse, self.body)

    def read_list(self, parse: Callable[[JsonObject], T]) -> tuple[T, ...]:
        """As `read`, for a body that is an array of objects."""
        if not isinstance(self.body, list) or not all(isinstance(member, dict) for member in self.body):
            raise self.unexpected()
        return tuple(self._parsed(parse, member) for member in self.body)

    def unexpected(self) -> UnexpectedAnswer:
        came = "a page for people, perhaps a login of this network" if self.is_page else "nothing of OpenWhisk's"
        error = UnexpectedAnswer(f"There came {came}: {self.asked} (HTTP {self.status}).")
        error.status = self.status
        if self.is_page:
            error.hint = PAGE_HINT
        return error

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, such as networks with a login put in the way."""
        return self.headers.get("content-type", "").lower().startswith("text/html")

    def _parsed(self, parse: Callable[[JsonObject], T], body: JsonObject) -> T:
        try:
            return parse(body)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self.unexpected() from error
