"""Two platforms: the session's runtime, and a second one with a data folder of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.running import RunningRuntime, running_runtime
from tui.operations import Operations, open_operations


@pytest.fixture(scope="package")
def other_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    """Where things are promoted and deployed to."""
    with running_runtime(tmp_path_factory.mktemp("other")) as running:
        yield running


@pytest.fixture
async def target(other_runtime: RunningRuntime) -> AsyncIterator[Operations]:
    async with open_operations(other_runtime.endpoint) as operations:
        yield operations


@pytest.fixture(autouse=True)
def private_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Ways back are kept in the user's data folder: here it is the test's."""
    monkeypatch.setenv("XDG_DATA_HOME", f"{tmp_path}/share")
