"""Who runs where and when: warm workers, stem cells, the queue, and marks."""

import asyncio
import os
import signal
from pathlib import Path

from tui.runtime.invoker.settings import PoolSettings

from .conftest import MakeBench
from .running import PID, SLEEP, all_ended, node, python, until

NODE_FOLDER = "const main = () => ({ folder: require('path').basename(process.env.HOME) })"
PYTHON_FOLDER = "import os\ndef main(args): return {'folder': os.path.basename(os.environ['HOME'])}"
"""Both tell the worker's folder."""


async def test_runs_of_one_action_share_a_warm_worker_and_others_get_their_own(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        one, other = python(PID), python(PID)

        pids = [(await bench.run(executable)).result["pid"] for executable in (one, other, one, other)]

        assert pids[:2] == pids[2:]
        assert pids[0] != pids[1]


async def test_runs_at_the_same_time_get_workers_of_their_own(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(SLEEP)

        runs = await all_ended(*[bench.submit(executable, {"s": 0.5}) for _ in range(6)])

        assert len({ran.result["pid"] for ran in runs}) == 6


async def test_a_burst_of_short_runs_is_served_by_few_workers(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(PID)
        await bench.run(executable)

        runs = await all_ended(*[bench.submit(executable) for _ in range(300)])

        assert len({ran.result["pid"] for ran in runs}) <= 2 * max(4, 2 * (os.cpu_count() or 1))
        assert {ran.status for ran in runs} == {0}


async def test_a_started_action_leaves_a_stem_cell_for_the_next_of_its_kind(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        await bench.run(python(PID))
        await until(lambda: bench.pool.state().stems == 1 and bench.pool.state().starting == 0)
        folders = {path.name for path in bench.work_dir.iterdir()}

        ran = await bench.run(python(PYTHON_FOLDER))

        assert ran.result["folder"] in folders


async def test_the_first_action_gets_the_worker_that_was_started_before_it_came(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        bench.pool.start_first()
        folders = [path.name for path in bench.work_dir.glob("worker-*")]
        is_node = bench.interpreters.found[0].family == "nodejs"

        ran = await bench.run(node(NODE_FOLDER) if is_node else python(PYTHON_FOLDER))

        assert [ran.result["folder"]] == folders


async def test_idle_workers_and_stem_cells_end_after_a_while(open_bench: MakeBench) -> None:
    async with open_bench(idle_worker_s=0.6) as bench:
        pids = {(await bench.run(executable)).result["pid"] for executable in (python(PID), python(PID))}
        await until(lambda: bench.pool.state().stems == 1)

        await until(
            lambda: bench.pool.state() == bench.pool.state().__class__(0, 0, 0, 0, 0, bench.pool.state().workers_max)
        )

        await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
        await until(lambda: not [path for path in bench.work_dir.iterdir() if path.name.startswith("worker-")])


async def test_a_full_pool_lets_jobs_wait_and_tells_so(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=2) as bench:
        executable = python(SLEEP)
        runs = [bench.submit(executable, {"s": 0.3}) for _ in range(5)]

        await runs[0].started.wait()
        assert not bench.pool.would_start(executable)
        assert not bench.pool.would_start(python(PID))

        ended = await all_ended(*runs)

        assert len({ran.result["pid"] for ran in ended}) == 2
        waits_ms = [ran.outcome.wait_ms for ran in ended]
        assert min(waits_ms[2:]) >= 300 > max(waits_ms[:2]) - min(waits_ms[:2])
        assert bench.pool.would_start(executable)


async def test_a_full_pool_ends_an_idle_worker_for_another_action(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        statuses = [(await bench.run(executable)).status for executable in (python(PID), node("const main = () => {}"))]

        assert statuses == [0, 0]
        assert bench.pool.state().idle == 1


async def test_an_action_with_a_long_queue_does_not_starve_another(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=2) as bench:
        greedy = python(SLEEP)
        queue = [bench.submit(greedy, {"s": 0.1}) for _ in range(60)]
        await queue[0].started.wait()

        await bench.run(python(PID))

        left = [run for run in queue if not run.finished.done()]
        assert len(left) > 10
        for run in left:
            bench.pool.cancel(run.job.activation_id)


def test_the_pool_never_has_fewer_than_sixteen_places_by_itself(tmp_path: Path) -> None:
    from tui.runtime.invoker.fleet import cap_by_memory

    assert [cap_by_memory(megabytes) for megabytes in (0, 100, 64 * 100, 10**9)] == [16, 16, 100, 512]
    assert PoolSettings(work_dir=tmp_path, cache_dir=tmp_path).workers_max is None


async def test_sixteen_long_runs_on_a_small_machine_run_side_by_side(open_bench: MakeBench) -> None:
    async with open_bench(memory_max_mb=1) as bench:
        runs = [bench.submit(python(SLEEP)) for _ in range(17)]

        await asyncio.gather(*(run.started.wait() for run in runs[:16]))

        assert not runs[16].started.is_set()
        assert bench.pool.state().busy == 16


async def test_twenty_sleeping_runs_delay_no_quick_one(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=32) as bench:
        executable = python(SLEEP)
        sleeping = [bench.submit(executable) for _ in range(20)]
        for run in sleeping:
            await run.started.wait()

        of_the_same, of_another = await all_ended(bench.submit(executable, {"s": 0}), bench.submit(python(PID)))

        assert (of_the_same.status, of_another.status) == (0, 0)
        assert not any(run.finished.done() for run in sleeping)


async def test_an_unmarked_job_reaches_no_worker_before_its_mark(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(PID)
        await bench.run(executable)
        bench.held_marks = []

        run = bench.submit(executable, marked=False)
        await asyncio.sleep(0.2)
        assert (bench.marks, run.started.is_set()) == ([run.job.activation_id], False)

        bench.held_marks[0]()
        assert (await run.ended()).status == 0


async def test_a_job_whose_worker_dies_before_its_mark_gets_another_one(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(PID)
        pid = (await bench.run(executable)).result["pid"]
        bench.held_marks = []
        run = bench.submit(executable, marked=False)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not Path(f"/proc/{pid}").exists())

        bench.held_marks[0]()

        ran = await run.ended()
        assert (ran.status, len(bench.marks)) == (0, 1)
        assert ran.result["pid"] != pid


async def test_a_worker_that_dies_while_idle_costs_nobody_a_run(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(PID)
        pid = (await bench.run(executable)).result["pid"]
        os.kill(pid, signal.SIGKILL)
        await until(lambda: bench.pool.state().idle == 0)

        assert (await bench.run(executable)).result["pid"] != pid


async def test_an_idle_worker_that_closes_its_connection_is_given_no_job(open_bench: MakeBench) -> None:
    code = """
        const fs = require('fs'), path = '/proc/self/fd/';
        const isOurs = (fd) => fd > 2 && fs.existsSync(path + fd) && /^(socket|pipe)/.test(fs.readlinkSync(path + fd));
        const closeAll = () => fs.readdirSync(path).filter(isOurs).forEach((fd) => fs.closeSync(+fd));
        function main() { setTimeout(closeAll, 60); return {pid: process.pid} }"""
    async with open_bench() as bench:
        executable = node(code)
        pid = (await bench.run(executable)).result["pid"]
        await until(lambda: bench.pool.state().idle == 0)

        ran = await bench.run(executable)

        assert ran.status == 0
        assert ran.result["pid"] != pid


async def test_queued_jobs_are_marked_once_each_and_in_order(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = python(PID)
        runs = [bench.submit(executable, marked=False) for _ in range(50)]

        await all_ended(*runs)

        assert bench.marks == [run.job.activation_id for run in runs]


async def test_long_runs_mark_nothing_ahead(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = python(SLEEP)
        runs = [bench.submit(executable, {"s": 0.2}, marked=False) for _ in range(3)]

        await runs[0].ended()

        assert len(bench.marks) <= 2
        await all_ended(*runs)
