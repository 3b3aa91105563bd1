"""Fixtures that every folder of tests shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
