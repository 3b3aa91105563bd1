"""Payloads: JSON that a person typed, and where exactly it went wrong.

`json.loads` names the spot in terms of its grammar; here the same spot gets a sentence that says what to type.
"""

import json
from collections.abc import Iterable
from json import JSONDecodeError
from pathlib import Path

from tui.entities.json import Json, JsonObject
from tui.entities.text import visible_line
from tui.errors import UsageError

_SHOWN = 24
_WORDS = {
    "True": "true",
    "False": "false",
    "None": "null",
    "undefined": "null",
    "NaN": "null",
    "Infinity": "null",
    "-Infinity": "null",
}
_CURLY_QUOTES = "“”„‟«»‘’"


class PayloadError(UsageError):
    """A payload that is no JSON object."""

    title = "That payload is not JSON"

    def __init__(self, sentence: str, *, line: int = 1, column: int = 1, source: str = "") -> None:
        where = f"{source}, line" if source else "line"
        super().__init__(f"{where} {line}, column {column}: {sentence}")
        self.sentence = sentence
        self.line = line
        """Counted from 1."""
        self.column = column
        """In characters, counted from 1."""


def parse_payload(text: str) -> JsonObject:
    """The object that `text` holds; nothing at all is an empty one, `@FILE` is what FILE holds.

    Raises:
        PayloadError: No JSON, or JSON that is no object.
        UsageError: FILE cannot be read.
    """
    stripped = text.strip()
    if not stripped:
        return {}
    if stripped.startswith("@"):
        path = Path(stripped[1:]).expanduser()
        return _parse_object(read_text(path), source=str(path))
    return _parse_object(text)


def parse_value(text: str) -> Json:
    """Of `-p KEY VALUE`: JSON where it parses, the text itself otherwise."""
    try:
        return _loads(text)
    except (ValueError, RecursionError):
        return text


def payload_of_pairs(pairs: Iterable[tuple[str, str]]) -> JsonObject:
    """Of repeated `-p KEY VALUE`; the last of equal keys wins."""
    return {key: parse_value(value) for key, value in pairs}


def read_text(path: Path) -> str:
    """The text of a file that the user named.

    Raises:
        UsageError: It is missing, unreadable or no UTF-8; the message names it.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text: byte {error.start} is not UTF-8.") from error
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UsageError:
    """Why a file that the user named cannot be read."""
    if isinstance(error, FileNotFoundError):
        return UsageError(f"There is no file {path}.", hint="Check the path; it counts from the working folder.")
    return UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.")


def _parse_object(text: str, *, source: str = "") -> JsonObject:
    try:
        value = _loads(text)
    except JSONDecodeError as error:
        sentence, at = _explain(error)
        line, column = _position(text, at)
        raise PayloadError(sentence, line=line, column=column, source=source) from error
    except RecursionError as error:
        raise PayloadError("nested too deeply", source=source) from error
    except ValueError as error:
        raise PayloadError(str(error), source=source) from error
    if not isinstance(value, dict):
        line, column = _position(text, len(text) - len(text.lstrip()))
        sentence = f"a payload has to be an object, {{…}}, not {_type_name(value)}"
        raise PayloadError(sentence, line=line, column=column, source=source)
    return value


def _loads(text: str) -> Json:
    def refuse(word: str) -> None:
        raise JSONDecodeError("Expecting value", text, max(text.find(word), 0))

    return json.loads(text, parse_constant=refuse)


def _position(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _explain(error: JSONDecodeError) -> tuple[str, int]:
    """What to type, and where."""
    text, at, message = error.doc, error.pos, error.msg
    rest = text[at:].lstrip()
    at = len(text) - len(rest)
    before = text[:at].rstrip()
    if message.startswith(("Unterminated string", "Invalid control character")):
        return _explain_string(text, error.pos, message)
    if message.startswith("Invalid \\"):
        return f"{_shown(text[error.pos : error.pos + 2])} is no escape; a backslash itself is written \\\\", error.pos
    if message.startswith("Extra data"):
        return f"{_shown(rest)} after the end of the payload", at
    if message.startswith("Illegal trailing comma") or (before.endswith(",") and rest[:1] in ("}", "]")):
        comma = at if message.startswith("Illegal trailing comma") else len(before) - 1
        return "a comma too many: nothing follows it", comma
    if not rest:
        return f"it ends too early: expected {_closing(text)}", at
    if rest[0] == "'":
        return "texts and names take double quotes, not single ones", at
    if rest[0] in _CURLY_QUOTES:
        return 'texts and names take straight double quotes, "', at
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments", at
    return _explain_missing(message, before, rest), at


def _explain_missing(message: str, before: str, rest: str) -> str:
    if message.startswith("Expecting ','"):
        return f"expected a comma after {_shown_end(before)}"
    if message.startswith("Expecting ':'"):
        return f"expected a colon after {_shown_end(before)}"
    if message.startswith("Expecting property name"):
        return f"expected a name in double quotes, not {_shown(_word(rest) or rest[0])}"
    word = _word(rest)
    if word in _WORDS:
        return f"write {_WORDS[word]}, not {word}"
    return (
        f"expected a value, not {_shown(word)}: a text takes double quotes"
        if word
        else f"expected a value, not {rest[0]}"
    )


def _explain_string(text: str, at: int, message: str) -> tuple[str, int]:
    if message.startswith("Unterminated"):
        return f"the text {_shown(text[at:])} has no closing quote", at
    if text[at] != "\n":
        return "a control character inside a text: write it as an escape, such as \\t", at
    opening = text.rfind('"', 0, at)
    return f"the text {_shown(text[opening:at])} has no closing quote in its line", max(opening, 0)


def _closing(text: str) -> str:
    """Which bracket is still open at the end of `text`, as far as strings can be told apart there."""
    open_brackets: list[str] = []
    in_string = False
    skip = False
    for character in text:
        if skip:
            skip = False
        elif in_string:
            skip = character == "\\"
            in_string = character != '"'
        elif character == '"':
            in_string = True
        elif character in "{[":
            open_brackets.append("}" if character == "{" else "]")
        elif character in "}]" and open_brackets:
            open_brackets.pop()
    return open_brackets[-1] if open_brackets else "a value"


def _word(text: str) -> str:
    end = next((at for at, character in enumerate(text) if character in " \t\r\n,:{}[]\"'"), len(text))
    return text[:end]


def _shown(text: str) -> str:
    line = text.partition("\n")[0].rstrip()
    return visible_line(line if len(line) <= _SHOWN else line[:_SHOWN] + "…")


def _shown_end(before: str) -> str:
    """The last value of `before`: a string with its quotes, or the last word."""
    if before.endswith('"'):
        opening = before.rfind('"', 0, len(before) - 1)
        value = before[max(opening, 0) :]
    else:
        value = before[max(before.rfind(character) for character in " \t\n,:[{") + 1 :]
    return visible_line(value if len(value) <= _SHOWN else "…" + value[-_SHOWN:])


def _type_name(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), "that")
