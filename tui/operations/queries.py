"""JMESPath over results, and the queries that were asked before, kept across restarts."""

from pathlib import Path
from typing import Final

from tui.entities.json import Json
from tui.errors import UserError

from .kept_files import read_json, state_file, write_json

_KEPT: Final = 100


class BadQuery(UserError):
    """A query that is no JMESPath, or that does not fit the value."""

    title = "That query does not work"


def run_query(text: str, value: Json) -> Json:
    """What the query gives; `null` where nothing fits.

    Raises:
        BadQuery: Its message names the place.
    """
    import jmespath  # type: ignore[import-untyped]  # only who asks pays for the import
    from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

    try:
        return jmespath.search(text, value)
    except JMESPathError as error:
        raise BadQuery(_reason(error, text)) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise BadQuery(f"it does not fit this value: {error}") from error


def _reason(error: Exception, text: str) -> str:
    place: int | None = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    if place is None:
        return str(error).splitlines()[0]
    if place >= len(text.rstrip()) or place < 0:
        return "it ends too early"
    token = str(getattr(error, "token_value", ""))
    return f"column {place + 1}: {token or text[place]} does not fit here"


class QueryHistory:
    """Queries that were kept, the last one first."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or state_file("queries.json")
        self._queries: list[str] | None = None

    def all(self) -> tuple[str, ...]:
        if self._queries is None:
            self._queries = _read(self._file)
        return tuple(self._queries)

    def note(self, text: str) -> None:
        """Keep one; it moves to the front. A disk that cannot be written is no reason to refuse a query."""
        self._queries = [text, *(other for other in self.all() if other != text)][:_KEPT]
        write_json(self._file, self._queries)


def _read(file: Path) -> list[str]:
    kept = read_json(file)
    return [text for text in kept if isinstance(text, str)][:_KEPT] if isinstance(kept, list) else []
