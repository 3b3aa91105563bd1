"""Runs that nobody names but the run that started them, and the way up to what caused a run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.things import run
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.operations.causes import find_cause_id, find_root_id
from tui.operations.inferred import MAX_INFERRED, inferred_ids
from tui.operations.merged_logs import LoggedRun, merged
from tui.operations.trace import load_trace

STARTER = """\
def main(args):
    print('started ' + args['first'])
    return {'activationId': args['second'], 'checksum': 'd41d8cd98f00b204e9800998ecf8427e'}
"""
ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def test_ids_are_found_in_results_and_logs_but_not_inside_longer_texts() -> None:
    record = run(
        result={"deep": [{"id": ONE}], "digest": f"{ONE}{TWO}"}, logs=(f"2024 stdout: worker {TWO} {ONE}, begun",)
    )

    assert inferred_ids(record) == (ONE, TWO)


def test_a_run_does_not_mention_itself_nor_what_caused_it_and_a_flood_is_bounded() -> None:
    own = run(activation_id=ONE, cause=TWO, result=[ONE, TWO])
    flood = run(result=[f"{number:032x}" for number in range(1000)])

    assert inferred_ids(own) == ()
    assert len(inferred_ids(flood)) == MAX_INFERRED


async def test_mentioned_runs_are_children_that_are_marked_and_do_not_count(world: World) -> None:
    await world.action("inferred-worker", "def main(args):\n    return {'error': 'no'}\n")
    await world.action("inferred-starter", STARTER)
    first, second = await world.ran("inferred-worker"), await world.ran("inferred-worker")
    starter = await world.ran("inferred-starter", {"first": first.activation_id, "second": second.activation_id})

    root = await load_trace(world.operations, starter.activation_id, infer=True)
    certain = await load_trace(world.operations, starter.activation_id)

    assert [(child.activation_id, child.inferred) for child in root.children] == [
        (second.activation_id, True),
        (first.activation_id, True),
    ]
    assert not root.failed
    assert root.to_json()["children"][0]["inferred"] is True
    assert certain.children == ()
    assert "inferred" not in certain.to_json()


async def test_a_run_knows_the_firing_behind_it_and_a_step_its_sequence(world: World) -> None:
    await world.chain("behind")
    fired = await world.operations.triggers.fire("behind", {})
    assert fired is not None
    await world.operations.activations.wait(fired.activation_id, timeout_s=30)
    root = await load_trace(world.operations, fired.activation_id)
    run_id = root.children[0].activation_id
    assert run_id is not None
    await world.operations.activations.wait(run_id, timeout_s=30)

    assert await find_cause_id(world.operations.activations, run_id) == fired.activation_id
    assert await find_root_id(world.operations.activations, run_id) == fired.activation_id
    assert await find_cause_id(world.operations.activations, fired.activation_id) is None


async def test_what_was_seen_before_goes_before_a_search(world: World) -> None:
    await world.action("seen-before")
    record = await world.ran("seen-before")

    async def known(activation_id: str) -> str | None:
        return ONE if activation_id == record.activation_id else None

    assert await find_cause_id(world.operations.activations, record.activation_id, known=known) == ONE


def test_lines_of_several_runs_are_merged_by_time() -> None:
    one = LoggedRun(ONE, "one", ("2024-01-01T00:00:01.0Z stdout: a", "no time", "2024-01-01T00:00:03.0Z stdout: c"))
    two = LoggedRun(TWO, "two", ("2024-01-01T00:00:02.0Z stdout: b", "2024-01-01T00:00:03.0Z stdout: d"))

    assert [(each.run.name, each.line[-1]) for each in merged([one, two])] == [
        ("one", "a"),
        ("one", "e"),
        ("two", "b"),
        ("one", "c"),
        ("two", "d"),
    ]
