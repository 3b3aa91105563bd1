"""JSON as OpenWhisk's platforms write it, so that client and runtime cannot agree on a wrong name of a field."""

import json
from pathlib import Path

from tui.entities.json import Json

FOLDER = Path(__file__).parents[1] / "data" / "wire"


def recorded(name: str) -> Json:
    return json.loads((FOLDER / f"{name}.json").read_text())
