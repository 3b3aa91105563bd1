"""Where a session of the dashboard ended: kept in one small file, so that the next one goes on from there.

Nothing that could be a secret is kept: names of panels, columns and themes, filters, and lines of the command line.
Whatever cannot be read or written is as if nothing had been kept.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tui.entities.endpoint import Endpoint

from .kept_files import read_json, state_file, write_json

_LINES_KEPT: Final = 100
_ACCOUNTS_KEPT: Final = 50


class Sessions:
    """What was kept, by account."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or state_file("sessions.json")
        found = read_json(self._file)
        kept = found if isinstance(found, dict) else {}
        lines, accounts, theme = kept.get("lines"), kept.get("accounts"), kept.get("theme")
        self.lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        """Of the command line, newest first."""
        self.theme = theme if isinstance(theme, str) else None
        """The theme that was chosen last; `None`: none was."""
        self._accounts: dict[str, Any] = accounts if isinstance(accounts, dict) else {}

    def view_of(self, endpoint: Endpoint) -> Mapping[str, Any]:
        """What `keep_view` was given last for this account; empty where there is nothing."""
        view = self._accounts.get(_key(endpoint))
        return view if isinstance(view, dict) else {}

    def keep_view(self, endpoint: Endpoint, view: Mapping[str, Any]) -> None:
        """Remember how the screen stands for an account; a JSON object."""
        self._accounts.pop(_key(endpoint), None)
        self._accounts[_key(endpoint)] = dict(view)

    def note_line(self, line: str) -> None:
        """Remember a line of the command line; an equal one moves to the front."""
        self.lines[:] = [line, *(other for other in self.lines if other != line)][:_LINES_KEPT]

    def save(self) -> None:
        """Write everything, in one step."""
        accounts = dict(list(self._accounts.items())[-_ACCOUNTS_KEPT:])
        write_json(self._file, {"lines": self.lines, "theme": self.theme, "accounts": accounts})


def _key(endpoint: Endpoint) -> str:
    return f"{endpoint.account} {endpoint.namespace}"
