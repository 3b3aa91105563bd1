"""Pools with real workers. One pool serves all tests that only ask what an action's answer becomes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from tui.runtime.invoker.interpreters import Interpreters, find_interpreters
from tui.runtime.invoker.pool import open_pool
from tui.runtime.invoker.settings import PoolSettings

from .running import Bench


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The event loop that the runtime uses."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def interpreters() -> Interpreters:
    return find_interpreters()


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where npm installs what actions may require; once for all tests."""
    return tmp_path_factory.mktemp("cache")


class MakeBench(Protocol):
    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[Bench]: ...


@pytest.fixture
def open_bench(interpreters: Interpreters, cache_dir: Path, tmp_path: Path) -> MakeBench:
    """A pool of its own for a test that counts workers, fills the pool or ends it."""
    return lambda **settings: _bench(settings.pop("interpreters", interpreters), cache_dir, tmp_path / "work", settings)


@pytest.fixture(scope="session")
async def bench(
    interpreters: Interpreters, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Bench]:
    async with _bench(interpreters, cache_dir, tmp_path_factory.mktemp("pool"), {}) as bench:
        yield bench


@asynccontextmanager
async def _bench(
    interpreters: Interpreters, cache_dir: Path, work_dir: Path, settings: dict[str, Any]
) -> AsyncIterator[Bench]:
    bench = Bench(interpreters, work_dir)
    options = {"cache_dir": cache_dir} | settings
    async with open_pool(
        PoolSettings(work_dir=work_dir, **options),
        interpreters,
        api_host=lambda: "http://127.0.0.1:3233",
        mark_started=bench.mark_started,
    ) as pool:
        bench.pool = pool
        yield bench
