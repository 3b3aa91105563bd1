"""What is kept of a crash: the way the program took, without values of variables and without keys."""

import base64
import os
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from tui import __version__
from tui.entities.endpoint import Secret
from tui.entities.text import visible


def log_folder() -> Path:
    """Where the dashboard's own log and its crash files are."""
    return platformdirs.user_log_path("whisktop", appauthor=False)


def write_crash_file(error: BaseException, secrets: Iterable[Secret], folder: Path | None = None) -> Path:
    """Write the traceback of `error` to a file of its own (0600) and give its path."""
    folder = folder or log_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    text = "".join(traceback.format_exception(error))
    for secret in secrets:
        text = without(text, secret.reveal())
    head = f"whisktop {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as out:
        out.write(head + visible(text))
    return file


def without(text: str, key: str) -> str:
    """`text` with the key, its halves, and its form in a Basic header blotted out."""
    parts = [key, base64.b64encode(key.encode()).decode(), *key.split(":")]
    for part in sorted(filter(None, parts), key=len, reverse=True):
        text = text.replace(part, "…")
    return text
