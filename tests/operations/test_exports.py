"""What is saved is what the platform sent, byte by byte."""

import csv
import io
import json

from tui.operations.exports import csv_bytes, json_bytes, log_bytes

HOSTILE = "\x1b[2J\x9b\u202e☃\ud800"


def test_json_is_read_back_as_the_same_value() -> None:
    for value in ({"a": ["☃", None, 1.5]}, "text", [HOSTILE], {}):
        assert json.loads(json_bytes(value)) == value


def test_a_table_has_every_key_of_every_row() -> None:
    items = [{"id": 1, "said": 'a "b", c\nd'}, {"id": 2, "late": True, "tags": ["x"]}]

    rows = list(csv.reader(io.StringIO(csv_bytes(items).decode())))

    assert rows == [["id", "said", "late", "tags"], ["1", 'a "b", c\nd', "", ""], ["2", "", "true", '["x"]']]


def test_a_log_keeps_its_bytes_with_times_or_bare() -> None:
    line = f"2024-07-02T10:03:00.111222333Z stdout: {HOSTILE}\t end "

    assert log_bytes([line, "no time"]).decode("utf-8", "surrogatepass") == f"{line}\nno time\n"
    assert log_bytes([line], bare=True).decode("utf-8", "surrogatepass") == f"{HOSTILE}\t end \n"
