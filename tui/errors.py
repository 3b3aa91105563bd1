"""Errors whose text is meant for the user.

Everything the program raises on purpose derives from `UserError`: the command line prints it and picks the exit
code, the dashboard shows it in the footer line. Any other exception is a bug and is allowed to crash loudly.
"""

from typing import ClassVar


class UserError(Exception):
    """Something the user can understand and act upon.

    The message says what happened to which thing, the title sums it up, and the hint says what to do next.
    """

    title: ClassVar[str] = "That did not work"
    hint: str = ""
    exit_code: ClassVar[int] = 2
    """What a command ends with: see "Exit codes" in the README."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint


class UsageError(UserError):
    """Input that cannot be used: a missing file, a payload that is not JSON, a bad name or number."""

    title = "That cannot be used"


class ConfigError(UserError):
    """A setting that cannot be read; the message names file, line and key."""

    title = "The configuration cannot be read"


class ReadOnly(UserError):
    """A write was asked of a context that is locked."""

    title = "This context is read-only"
    hint = "Leave out --read-only, or set read_only = false for this context in config.toml."
