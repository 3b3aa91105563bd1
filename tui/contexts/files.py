"""Reads other programs' files, and only reads them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LARGEST_BYTES = 1_000_000
_TRUSTED = (0,)
"""Whose files are believed beside our own: root could write ours as well."""
_LINE = re.compile(
    r"""^\s*(?:export\s+)?([\w.-]+)\s*(?:=|:\s)\s*
        ("(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|[^\#\r\n]*)""",
    re.MULTILINE | re.VERBOSE,
)


class Unusable(Exception):
    """A file is there and cannot be used; the text says why, without the file's name."""


def read_text(path: Path) -> str | None:
    """The text of somebody else's file; `None` where there is none.

    Raises:
        Unusable: It cannot be read, is too large, or belongs to another user: whoever can write where we look upwards
            from the working folder must not choose our platform.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid not in (*_TRUSTED, os.geteuid()):
                raise Unusable("it belongs to another user, so it is not used")
            content = file.read(_LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST_BYTES:
        raise Unusable("it is too large for a file of settings")
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def dotenv_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a `.env`, in order, repeats included."""
    for match in _LINE.finditer(text):
        name, value = match[1], match[2].strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'`":
            is_double, value = value[0] == '"', value[1:-1]
            if is_double:
                value = value.replace("\\n", "\n").replace("\\r", "\r").replace('\\"', '"')
        yield name, value


def member(tree: Any, *path: str) -> tuple[str, list[Any]]:
    """Values at a path of an object, names compared without regard to case, and the path as it is written there.

    Several spellings of one name give several values, the last one being the one that counts.
    """
    found, written = [tree], []
    for name in path:
        steps = [(key, value) for each in found if isinstance(each, dict) for key, value in each.items()]
        matching = [(key, value) for key, value in steps if str(key).lower() == name]
        if not matching:
            return ".".join(path), []
        written.append(str(matching[-1][0]))
        found = [value for _, value in matching]
    return ".".join(written), found
