"""Connecting: whose key, which platform, what it can do."""

import pytest
from msgspec.structs import replace

from tests.running import RunningRuntime
from tui import __version__
from tui.client.errors import Unauthorized, Unreachable
from tui.entities.endpoint import Secret
from tui.entities.limits import LimitBounds
from tui.errors import ReadOnly
from tui.operations import open_operations


async def test_the_namespace_is_asked_for(runtime: RunningRuntime) -> None:
    async with open_operations(replace(runtime.endpoint, namespace="_")) as operations:
        assert operations.endpoint.namespace == runtime.namespace
        assert (await operations.actions.list()) is not None


async def test_the_local_runtime_says_what_it_can_do(runtime: RunningRuntime) -> None:
    async with open_operations(runtime.endpoint) as operations:
        platform = operations.platform

    assert (platform.live, platform.version) == (True, __version__)
    assert platform.bounds == LimitBounds()
    assert platform.limits.invocations_per_minute is None
    assert any(kind.startswith("python:3.") for kind in platform.kinds)


async def test_a_wrong_key_is_not_accepted(runtime: RunningRuntime) -> None:
    with pytest.raises(Unauthorized) as caught:
        async with open_operations(replace(runtime.endpoint, auth=Secret("nobody:nothing"))):
            pass

    assert caught.value.exit_code == 4


async def test_nobody_at_the_address_is_told_with_the_address() -> None:
    from tui.entities.endpoint import Endpoint

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9") as caught:
        async with open_operations(Endpoint(context="x", url="http://127.0.0.1:9", auth=Secret("a:b"))):
            pass

    assert "whisktop" in caught.value.hint


async def test_a_read_only_context_reads_and_writes_nothing(runtime: RunningRuntime, name: str) -> None:
    async with open_operations(replace(runtime.endpoint, read_only=True)) as operations:
        with pytest.raises(ReadOnly):
            await operations.triggers.create(name)

        assert name not in {trigger.name for trigger in await operations.triggers.list()}
