"""A namespace with everything in it goes elsewhere and comes back: compared record by record through both APIs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.operations.deployment.snapshot import fill, snapshot
from tests.running import RunningRuntime, running_runtime
from tui.client import open_client
from tui.operations import Operations, open_operations
from tui.operations.deployment.carrying_out import Outcome, Result, carry_out
from tui.operations.deployment.deploying import plan_manifest
from tui.operations.deployment.export import export
from tui.operations.deployment.plan import Plan, Verdict, make_plan, only_there
from tui.operations.deployment.selection import blueprint_of
from tui.operations.deployment.undo import note_left, plan_undo, save_undo
from tui.operations.platform import load_platform

pytestmark = pytest.mark.xdist_group("deployment")


FIFTY = 50


@pytest.fixture(scope="module")
def full_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    with running_runtime(tmp_path_factory.mktemp("full")) as running:
        yield running


@pytest.fixture
async def source(full_runtime: RunningRuntime) -> AsyncIterator[Operations]:
    """A platform with 50 entities."""
    async with open_operations(full_runtime.endpoint) as operations:
        if not await operations.actions.list():
            assert await fill(operations) == FIFTY
        yield operations


class CutOff(httpx.AsyncBaseTransport):
    """A network that breaks at a certain write, and stays broken."""

    def __init__(self, writes: int) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._left = writes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= request.method == "PUT"
        if self._left < 0:
            raise httpx.ConnectError("the network is down", request=request)
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


@asynccontextmanager
async def cut_off(runtime: RunningRuntime, *, writes: int) -> AsyncIterator[Operations]:
    """The platform over a network that bears only so many writes."""
    async with open_client(replace(runtime.endpoint), transport=CutOff(writes)) as client:
        yield Operations(client, await load_platform(client))


async def done(target: Operations, plan: Plan) -> list[Outcome]:
    return [outcome async for outcome in carry_out(target, plan)]


async def test_a_namespace_survives_a_broken_network_on_its_way_and_can_be_taken_back(
    source: Operations, target: Operations, other_runtime: RunningRuntime
) -> None:
    before = await snapshot(target)
    blueprint = await blueprint_of(source)
    plan = await make_plan(target, blueprint)
    assert not plan.conflicts, [step.reason for step in plan.conflicts]
    undo = save_undo(target.endpoint, plan)

    async with cut_off(other_runtime, writes=20) as broken:
        first = await done(broken, plan)
    results = [outcome.result for outcome in first]
    assert results.count(Result.DONE) == 20
    assert results.count(Result.FAILED) == 1
    assert results[21:] == [Result.SKIPPED] * (len(results) - 21)

    rest = await make_plan(target, blueprint)
    assert rest.count(Verdict.UNCHANGED) == 20
    assert {outcome.result for outcome in await done(target, rest)} == {Result.DONE, Result.UNCHANGED}
    here, there = await snapshot(source), await snapshot(target)
    assert {name: record for name, record in there.items() if name in here} == here
    others = {f"{key.noun}s/{key.name}".lower() for key in await only_there(target, blueprint)}
    assert others == {name.lower() for name in before if not name.startswith("feeds/")}

    await note_left(target, plan, undo)
    back = await plan_undo(target, undo)
    assert {outcome.result for outcome in await done(target, back)} == {Result.DONE}
    assert await snapshot(target) == before


async def test_an_exported_namespace_is_the_same_where_it_is_deployed(
    source: Operations, target: Operations, tmp_path: Path
) -> None:
    exported = export(await blueprint_of(source), tmp_path / "out", secrets=True, overwrite=False)
    files = [file for file in (tmp_path / "out").rglob("*") if file.suffix in (".yml", ".js", ".py")]
    readable = "\n".join(file.read_text() for file in files)
    assert "s3cret" not in readable
    assert "711" not in readable
    assert (tmp_path / "out" / ".env").stat().st_mode & 0o777 == 0o600
    assert exported.variables

    unchanged = await plan_manifest(source, tmp_path / "out", {})
    assert {step.verdict for step in unchanged.steps} == {Verdict.UNCHANGED}

    outcomes = await done(target, await plan_manifest(target, tmp_path / "out", {}))
    assert {outcome.result for outcome in outcomes} == {Result.DONE}
    here, there = await snapshot(source), await snapshot(target)
    assert {name: record for name, record in there.items() if name in here} == here
