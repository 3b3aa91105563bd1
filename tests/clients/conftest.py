"""Where the clients come from: npm puts each into the user's cache, once."""

import asyncio
from pathlib import Path

import pytest

from tests.running import _CACHE as CACHE
from tui.runtime.invoker.action_modules import ActionModules
from tui.runtime.invoker.interpreters import Interpreters, find_interpreters


@pytest.fixture(scope="session")
def interpreters() -> Interpreters:
    return find_interpreters()


@pytest.fixture(scope="session")
def npm_client(interpreters: Interpreters) -> Path:
    """A `node_modules` with the stock client `openwhisk`: the one that the runtime keeps for actions."""
    modules = ActionModules(Path(CACHE) / "whisktop", interpreters)
    asyncio.run(modules.prepare())
    if not modules.ready:
        pytest.skip(str(modules.trouble))
    return modules.folder
