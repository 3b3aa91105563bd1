"""Fixtures that every folder of tests shares."""

from collections.abc import Iterator

import pytest

from tests.running import RunningRuntime, running_runtime


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    """One real runtime for the whole session: tests name their own things and leave others' alone."""
    with running_runtime(tmp_path_factory.mktemp("runtime")) as running:
        yield running
