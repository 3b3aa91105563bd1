"""An action's limit of instances: how many workers it may have, however many of its runs wait."""

from typing import Any

from msgspec.structs import replace

from tui.entities.limits import Limits
from tui.runtime.invoker.jobs import Executable

from .conftest import MakeBench
from .running import python

SLEEP = "import os, time\ndef main(args):\n    time.sleep(0.3)\n    return {'pid': os.getpid()}"


def limited(instances: int, **options: Any) -> Executable:
    return python(SLEEP, limits=Limits(instances=instances), **options)


async def test_an_action_gets_no_more_workers_than_its_limit_of_instances(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        runs = [bench.submit(executable) for executable in [limited(2)] * 5]
        free = bench.submit(python(SLEEP, action_name="/guest/other"))

        pids = {(await run.ended()).result["pid"] for run in runs}

        assert len(pids) == 2
        assert (await free.ended()).status == 0


async def test_a_new_version_takes_over_the_instances_of_the_old_one(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        old = limited(1)
        new = replace(old, key="new", version="0.0.4")
        first, second = bench.submit(old), bench.submit(new)

        before, after = await first.ended(), await second.ended()

        assert before.result["pid"] != after.result["pid"]
        assert after.outcome.start_ms >= before.outcome.end_ms
        assert bench.pool.state().idle + bench.pool.state().busy == 1
        assert (await bench.run(new)).result == after.result


async def test_a_limit_of_no_instances_is_none(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        assert (await bench.run(limited(0))).status == 0
