"""Small JSON files in the user's state folder: read and written whole, and never worth an error."""

import json
import os
from pathlib import Path

import platformdirs

from tui.entities.json import Json


def state_file(name: str) -> Path:
    return platformdirs.user_state_path("whisktop", appauthor=False) / name


def read_json(file: Path) -> Json:
    """`None` where it is missing or no JSON."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def write_json(file: Path, value: Json) -> None:
    """In one step, readable by its owner alone; a disk that cannot be written leaves things as they were."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = file.with_suffix(f".{os.getpid()}")
        written.touch(mode=0o600)
        written.write_text(json.dumps(value))
        written.replace(file)
    except OSError:
        return
