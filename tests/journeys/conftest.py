"""A runtime of its own for every journey, and the two files that a user would have written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningRuntime, running_runtime

ACTIONS = Path(__file__).parent / "actions"
WORKER_FILE = ACTIONS / "my-worker.js"
WEB_FILE = ACTIONS / "test.js"


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dashboard keeps for its next start is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def fresh_runtime(tmp_path: Path) -> Iterator[RunningRuntime]:
    with running_runtime(tmp_path) as running:
        yield running
