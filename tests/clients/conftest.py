"""Where the clients come from: npm puts each into the user's cache, once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import CACHE, RunningRuntime
from tui.runtime.invoker.action_modules import ActionModules
from tui.runtime.invoker.installing import InstallFailed
from tui.runtime.invoker.interpreters import Interpreters, find_interpreters

from .aio_plugin import Aio, installed_plugin, running_plugin


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


@pytest.fixture(scope="session")
def aio_plugin(interpreters: Interpreters) -> Path:
    nodes = [one for one in interpreters.found if one.family == "nodejs"]
    try:
        return installed_plugin(Path(CACHE) / "whisktop", nodes)
    except InstallFailed as error:
        pytest.skip(f"@adobe/aio-cli-plugin-runtime cannot be installed: {error}")


@pytest.fixture(scope="module")
def aio(
    aio_plugin: Path, interpreters: Interpreters, runtime: RunningRuntime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aio]:
    node = next(one for one in interpreters.found if one.family == "nodejs")
    with running_plugin(aio_plugin, node, runtime, tmp_path_factory.mktemp("aio")) as aio:
        yield aio
