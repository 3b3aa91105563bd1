"""Who runs where and when: warm workers, stem cells, the queue, marks, cancelling and the end."""

import asyncio
import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.runtime.invoker.interpreters import Interpreter, Interpreters
from tui.runtime.invoker.jobs import Executable
from tui.runtime.invoker.pool import PoolSettings

from .conftest import MakeBench
from .running import Bench, Ran, Running, action, node, python, until

PID = "import os\ndef main(args): return {'pid': os.getpid()}"
SLEEP = "import os, time\ndef main(args):\n    time.sleep(args.get('s', 60))\n    return {'pid': os.getpid()}"


async def all_ended(*runs: Running) -> list[Ran]:
    return [await run.ended() for run in runs]


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

        ran = await bench.run(
            python("import os\ndef main(args): return {'folder': os.path.basename(os.environ['HOME'])}")
        )

        assert ran.result["folder"] in folders


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


@pytest.mark.parametrize("state", ["running", "queued", "waiting for its mark"])
async def test_a_job_can_be_cancelled_wherever_it_is(open_bench: MakeBench, state: str) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = python(SLEEP)
        first = bench.submit(executable)
        await first.started.wait()
        if state == "running":
            run = first
        elif state == "queued":
            run = bench.submit(executable)
        else:
            bench.held_marks = []
            run = bench.submit(executable, marked=False)
            bench.pool.cancel(first.job.activation_id)
            await until(lambda: run.job.activation_id in bench.marks)

        assert bench.pool.cancel(run.job.activation_id)

        ran = await run.ended()
        assert (ran.status, ran.error) == (2, "The action was cancelled.")
        assert not bench.pool.cancel(run.job.activation_id)
        if state == "waiting for its mark":
            bench.held_marks = None
            assert (await bench.run(executable, {"s": 0})).status == 0


async def test_the_end_of_the_pool_ends_what_runs_and_says_why(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = python(SLEEP)
        running = bench.submit(executable)
        accepted_as_started = bench.submit(executable)
        queued = bench.submit(executable, marked=False)
        await running.started.wait()

    for run in (running, accepted_as_started):
        ran = await run.ended()
        assert (ran.status, ran.error) == (3, "The runtime stopped before the action ended.")
    assert not queued.finished.done()


async def test_draining_lets_what_runs_end_and_starts_nothing_more(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = python(SLEEP)
        running, queued = bench.submit(executable, {"s": 0.3}), bench.submit(executable, marked=False)
        await running.started.wait()

        await bench.pool.drain(5)

        assert (await running.ended()).status == 0
        assert not queued.started.is_set()
        assert not bench.pool.would_start(executable)


async def test_draining_does_not_wait_for_ever(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        running = bench.submit(python(SLEEP))
        await running.started.wait()

        async with asyncio.timeout(2):
            await bench.pool.drain(0.1)

    assert (await running.ended()).status == 3


async def test_when_the_pool_is_closed_no_process_and_no_folder_is_left(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        pids = [(await bench.run(executable)).result["pid"] for executable in (python(PID), python(PID))]
        (bench.work_dir / "stray").mkdir()

    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert list(bench.work_dir.iterdir()) == []


async def test_what_an_earlier_pool_left_behind_is_removed(open_bench: MakeBench, tmp_path: Path) -> None:
    left_behind = tmp_path / "work" / "worker-of-old" / "action"
    left_behind.mkdir(parents=True)

    async with open_bench():
        assert not left_behind.exists()


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        pytest.param("ruby:3", (), id="no interpreter"),
        pytest.param(
            "python:3.11", (Interpreter("python:3.11", "python", "3.11.0", "/nowhere/python"),), id="not there"
        ),
        pytest.param(
            "python:3.11", (Interpreter("python:3.11", "python", "3.11.0", "/bin/false"),), id="no interpreter at all"
        ),
    ],
)
async def test_where_no_worker_can_start_the_run_is_an_internal_error(
    open_bench: MakeBench, kind: str, found: tuple[Interpreter, ...]
) -> None:
    async with open_bench(interpreters=Interpreters(found)) as bench:
        ran = await bench.run(action("def main(args): return {}", kind=kind))

    assert (ran.status, ran.error) == (3, "Failed to provision resources to run the action.")


async def test_many_actions_at_once_all_end(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=4) as bench:
        executables: list[Executable] = [python(PID) for _ in range(4)] + [
            node("const main = () => ({})") for _ in range(4)
        ]
        runs = [bench.submit(executable, marked=False) for _ in range(10) for executable in executables]

        assert {ran.status for ran in await all_ended(*runs)} == {0}
        assert bench.pool.state().queued == 0


def assert_quiet(bench: Bench) -> None:
    state = bench.pool.state()
    assert (state.busy, state.starting, state.queued) == (0, 0, 0)


async def test_counts_are_right_after_every_kind_of_end(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=3) as bench:
        for code in (PID, "raise SystemExit", "def main(args): pass", "import os\ndef main(args): os._exit(1)", SLEEP):
            await bench.run(python(code, timeout_ms=300))
        await until(lambda: bench.pool.state().starting == 0)

        assert_quiet(bench)
        assert bench.pool.state().idle == 1


LONE = "a\ud800b"


@pytest.mark.parametrize(
    ("executable", "result"),
    [
        pytest.param(node(f"const main = () => ({{size: '{LONE}'.length}})"), {"size": 3}, id="in a Node.js text"),
        pytest.param(
            node("const main = () => ({seen: process.env.A})", init_environment={"A": LONE, LONE: "x"}),
            {"seen": "a?b"},
            id="in an init parameter, Node.js",
        ),
        pytest.param(
            python("import os\ndef main(args): return {'seen': os.environ['A']}", init_environment={"A": LONE}),
            {"seen": "a?b"},
            id="in an init parameter, Python",
        ),
    ],
)
async def test_half_a_character_pair_reaches_the_action(bench: Bench, executable: Executable, result: object) -> None:
    ran = await bench.run(executable)

    assert (ran.status, ran.result) == (0, result)


async def test_half_a_character_pair_in_the_arguments_comes_in_and_goes_out(bench: Bench) -> None:
    in_node = await bench.run(node("const main = (args) => args"), {"text": LONE})
    in_python = await bench.run(python("def main(args): return {'size': len(args['text'])}"), {"text": LONE})

    assert (in_node.result, in_python.result) == ({"text": LONE}, {"size": 3})


async def test_half_a_character_pair_in_a_python_text_is_an_error_of_that_text(bench: Bench) -> None:
    ran = await bench.run(python(f"def main(args): return {{'text': '{LONE}'}}"))

    assert ran.error == "The action failed to generate or locate a binary. See logs for details."


async def test_a_job_that_cannot_be_put_into_words_is_an_internal_error_and_the_worker_goes_on(
    open_bench: MakeBench,
) -> None:
    async with open_bench(workers_max=1) as bench:
        good = python(PID)
        broken = dataclasses.replace(good, limits=None)  # type: ignore[arg-type]
        pid = (await bench.run(good)).result["pid"]

        runs = [bench.submit(executable) for executable in (broken, good, broken, good)]

        ended = await all_ended(*runs)
        assert [ran.status for ran in ended] == [3, 0, 3, 0]
        assert ended[0].error == "Failed to provision resources to run the action."
        assert ended[3].result["pid"] == pid


async def test_a_job_whose_code_cannot_be_sent_is_an_internal_error(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        ran = await bench.run(python(PID, main=object()))

        assert (ran.status, ran.error) == (3, "Failed to provision resources to run the action.")
        assert (await bench.run(python(PID))).status == 0


async def test_a_job_that_cannot_be_marked_is_an_internal_error(
    open_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("the disk is full")

    async with open_bench() as bench:
        executable = python(PID)
        await bench.run(executable)
        monkeypatch.setattr(bench.pool._handover, "_mark_started", refuse)

        runs = [bench.submit(executable, marked=False) for _ in range(3)]

        assert {ran.status for ran in await all_ended(*runs)} == {3}


@pytest.mark.parametrize("make", [lambda: python(PID), lambda: node("const main = () => ({pid: process.pid})")])
async def test_a_job_written_to_a_worker_that_has_just_died_goes_to_another(
    open_bench: MakeBench, make: Callable[[], Executable]
) -> None:
    async with open_bench() as bench:
        executable = make()
        for _ in range(20):
            pid = (await bench.run(executable)).result["pid"]
            os.kill(pid, signal.SIGKILL)  # the pool has not been told when the job comes

            ran = await bench.run(executable)

            assert (ran.status, ran.outcome.init_ms is not None) == (0, True)
            assert ran.result["pid"] != pid


async def test_a_job_that_the_worker_has_read_is_not_run_again(open_bench: MakeBench, tmp_path: Path) -> None:
    code = f"""
import os
def main(args):
    open({str(tmp_path / "begun")!r}, 'a').write('x')
    os.kill(os.getpid(), 9)"""
    async with open_bench() as bench:
        ran = await bench.run(python(code))

        assert ran.error == "command exited"
        assert (tmp_path / "begun").read_text() == "x"


async def test_a_stopped_worker_that_is_killed_before_it_reads_its_job_gives_it_back(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = python(PID)
        pid = (await bench.run(executable)).result["pid"]
        os.kill(pid, signal.SIGSTOP)
        run = bench.submit(executable)
        await run.started.wait()

        os.kill(pid, signal.SIGKILL)

        assert (await run.ended()).result["pid"] != pid
