"""Operations on the real runtime that the whole session shares."""

import itertools
import os
from collections.abc import AsyncIterator

import pytest

from tests.running import RunningRuntime
from tui.operations import Operations, open_operations

_numbers = itertools.count()


@pytest.fixture
async def operations(runtime: RunningRuntime) -> AsyncIterator[Operations]:
    async with open_operations(runtime.endpoint) as operations:
        yield operations


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"thing-{os.getpid()}-{next(_numbers)}"
