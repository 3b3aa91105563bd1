"""What is shown, as the bytes of a file: exactly what the platform sent, control characters and all."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from tui.entities.activation import LogLine
from tui.entities.json import Json, JsonObject


def json_bytes(value: Json) -> bytes:
    """Indented JSON; what UTF-8 cannot carry, such as half a surrogate pair, stays escaped."""
    try:
        return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(value, indent=2)}\n".encode()


def csv_bytes(items: Sequence[JsonObject]) -> bytes:
    """One row an object, one column for every key that any of them has; texts as they are, all else as JSON."""
    columns = list(dict.fromkeys(key for item in items for key in item))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    for item in items:
        writer.writerow([_cell(item[key]) if key in item else "" for key in columns])
    return written.getvalue().encode("utf-8", "surrogatepass")


def log_bytes(lines: Iterable[str], *, bare: bool = False) -> bytes:
    """Log lines as the platform keeps them, or `bare`: what was printed, without time and stream."""
    texts = (LogLine.parse(line).text if bare else line for line in lines)
    return "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")


def _cell(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
