"""Payloads with a name, to begin from again: kept in one small file, for every trigger and action."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.errors import UsageError

from .kept_files import read_json, state_file, write_json

_MOST: Final = 200
_LONGEST_NAME: Final = 60
_LONGEST_TEXT: Final = 100_000


class Templates:
    """Texts by name, in the order of their names."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or state_file("templates.json")

    def all(self) -> Mapping[str, str]:
        kept = read_json(self._file)
        found = kept.items() if isinstance(kept, dict) else ()
        texts = {name: text for name, text in found if isinstance(text, str)}
        return dict(sorted(texts.items(), key=lambda pair: pair[0].casefold()))

    def keep(self, name: str, text: str) -> None:
        """Keep a text, in place of the one of this name.

        Raises:
            UsageError: There is no name, it is too long, or there is no room; nothing was kept.
        """
        name = name.strip()
        if not name:
            raise UsageError("A template needs a name.", hint="Type it, then press ctrl+s.")
        if len(name) > _LONGEST_NAME:
            raise UsageError(f"The name of a template has {_LONGEST_NAME} characters at most.")
        if len(text) > _LONGEST_TEXT:
            raise UsageError("The payload is too long for a template: @FILE may stand for it.")
        texts = {**self.all(), name: text}
        if len(texts) > _MOST:
            raise UsageError(f"{_MOST} templates are kept at most: delete one first.")
        write_json(self._file, texts)

    def forget(self, name: str) -> None:
        write_json(self._file, {other: text for other, text in self.all().items() if other != name})
