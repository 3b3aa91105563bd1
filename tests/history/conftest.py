"""A history in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.history import Database, open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "whisktop" / "history" / "example.org~user.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = open_database(path)
    yield database
    database.close()
