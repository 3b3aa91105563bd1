"""A watched file: each save redeploys its action and runs it again; broken code leaves the good one deployed."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import UsageError
from tui.operations.watching import SourcePaths, Watch, saves, stamp_of

SAYS = "def main(args):\n    return {{'said': '{word}', 'given': args.get('given')}}\n"
WAITS = """\
import os, time
def main(args):
    while not os.path.exists({gate!r}):
        time.sleep(0.02)
    return {{}}
"""
SOON_S = 30.0


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


class Told:
    """What a watch told, and a way to wait for more."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def __call__(self, _: Watch) -> None:
        self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(SOON_S):
            while not condition():
                await self._news.wait()
                self._news.clear()


@asynccontextmanager
async def watching(world: World, watch: Watch) -> AsyncIterator[Told]:
    told = Told()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch.run(world.operations, told))
        yield told
        task.cancel()


def result(watch: Watch) -> object:
    assert watch.after is not None
    assert watch.after.response is not None
    return watch.after.response.result


async def test_a_save_is_deployed_and_run_with_the_payload(world: World) -> None:
    await world.action("watching-saved", SAYS.format(word="old"), timeout_ms=123_000)
    path = world.folder / "watching-saved.py"
    watch = Watch(action="watching-saved", path=path, payload=lambda: {"given": 5})

    async with watching(world, watch) as told:
        (world.folder / "neighbour.py").write_text("")
        path.write_text(SAYS.format(word="new"))
        await told.until(lambda: watch.after)
        assert result(watch) == {"said": "new", "given": 5}
        assert (watch.version, watch.saves) == ("0.0.2", 1)

        first = watch.after
        replaced = path.with_suffix(".tmp")
        replaced.write_text(SAYS.format(word="newer"))
        replaced.replace(path)  # as editors save
        await told.until(lambda: watch.after is not first)
        assert result(watch) == {"said": "newer", "given": 5}
        assert watch.before is first

    stored = await world.operations.actions.get("watching-saved")
    assert stored.limits.timeout_ms == 123_000


async def test_broken_code_is_not_sent_and_the_next_good_save_is(world: World) -> None:
    await world.action("watching-broken", SAYS.format(word="good"))
    path = world.folder / "watching-broken.py"
    watch = Watch(action="watching-broken", path=path, payload=dict)

    async with watching(world, watch) as told:
        path.write_text("def main(args:\n")
        await told.until(lambda: watch.trouble)
        assert "line 1" in str(watch.trouble)
        assert (await world.ran("watching-broken")).response.result == {"said": "good", "given": None}  # type: ignore[union-attr]

        path.write_text(SAYS.format(word="mended"))
        await told.until(lambda: watch.after)
        assert watch.trouble is None
        assert result(watch) == {"said": "mended", "given": None}


async def test_a_file_deep_in_a_folder_counts(world: World) -> None:
    folder = world.folder / "app"
    (folder / "lib").mkdir(parents=True)
    (folder / "__main__.py").write_text("from lib.word import WORD\ndef main(args):\n    return {'word': WORD}\n")
    await world.action("watching-folder")
    watch = Watch(action="watching-folder", path=folder, payload=dict)

    async with watching(world, watch) as told, asyncio.timeout(SOON_S):
        while watch.after is None:  # a folder tells of what is saved once it is being watched
            (folder / "lib" / "word.py").write_text("WORD = 'new'\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await told.until(lambda: watch.after)

    assert result(watch) == {"word": "new"}


async def test_a_save_while_it_runs_is_not_kept_waiting(world: World) -> None:
    gate = world.folder / "never"
    await world.action("watching-slow")
    path = world.folder / "watching-slow.py"
    watch = Watch(action="watching-slow", path=path, payload=dict)

    async with watching(world, watch) as told:
        path.write_text(WAITS.format(gate=str(gate)))
        await told.until(lambda: watch.running_id)
        slow_id = watch.running_id
        path.write_text(SAYS.format(word="quick"))
        await told.until(lambda: watch.after)
        gate.touch()

    assert result(watch) == {"said": "quick", "given": None}
    assert slow_id is not None
    assert (await world.operations.activations.wait(slow_id, timeout_s=20)).state.value == "success"


async def saved_after(beats: AsyncGenerator[None, None], change: Callable[[], object]) -> None:
    """The change leads to a beat once what was told before is over."""
    beat = asyncio.ensure_future(anext(beats))
    while (await asyncio.wait([beat], timeout=2))[0]:
        beat = asyncio.ensure_future(anext(beats))
    change()
    async with asyncio.timeout(SOON_S):
        await beat


async def test_a_folder_that_was_replaced_is_watched_on(tmp_path: Path) -> None:
    folder, other = tmp_path / "app", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "worker.py").touch()
    async with aclosing(saves(folder, stamp_of(folder))) as beats:
        await saved_after(beats, lambda: (folder / "worker.py").touch())
        shutil.rmtree(folder)
        other.rename(folder)
        await saved_after(beats, lambda: (folder / "worker.py").write_text("again"))


async def test_a_link_that_leads_elsewhere_counts_as_a_save(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "worker.py").write_text(version)
    link = tmp_path / "current.py"
    link.symlink_to(tmp_path / "1" / "worker.py")

    def repoint() -> None:
        link.unlink()
        link.symlink_to(tmp_path / "2" / "worker.py")

    async with aclosing(saves(link, stamp_of(link))) as beats:
        await saved_after(beats, repoint)
        await saved_after(beats, lambda: (tmp_path / "2" / "worker.py").write_text("saved"))


async def test_what_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be watched"):
        await anext(saves(tmp_path / "gone" / "worker.py"))


def test_the_file_of_an_action_is_known_after_a_restart_as_long_as_it_is_there(tmp_path: Path) -> None:
    here = Endpoint(context="local", url="http://127.0.0.1:1", auth=Secret("me:secret"), namespace="guest")
    source = tmp_path / "worker.py"
    source.touch()
    SourcePaths(tmp_path / "sources.json").note(here, "demo/worker", source)

    again = SourcePaths(tmp_path / "sources.json")

    assert again.find(here, "demo/worker") == source.resolve()
    assert again.find(here, "worker") is None
    source.unlink()
    assert again.find(here, "demo/worker") is None
