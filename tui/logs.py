"""Where the program's own log goes: to stderr for `serve`, to a file for the dashboard, whose terminal is the picture.

Modules log through `logging.getLogger(__name__)`; one of these functions sets up the handler, once, at start.
"""

import logging
import os
from pathlib import Path

from .entities.text import visible

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_MAX_BYTES = 2_000_000
_TALKATIVE = ("httpx", "httpcore", "asyncio", "uvicorn.access")


class _SafeFormatter(logging.Formatter):
    """A message may hold text from outside, and a log is read on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def log_to_stderr(level: int = logging.INFO) -> None:
    """For programs whose stderr is theirs."""
    _use(logging.StreamHandler(), level)


def log_to_file(path: Path, level: int = logging.INFO) -> None:
    """For programs that draw on the terminal. The file is 0600, its folder 0700; it is renewed at 2 MB."""
    from logging.handlers import RotatingFileHandler  # brings pickle and more, which a server does without

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    _use(RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8", errors="replace"), level)


def _use(handler: logging.Handler, level: int) -> None:
    handler.setFormatter(_SafeFormatter(_FORMAT))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
