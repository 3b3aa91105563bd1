"""The worker pool when things end or go wrong: cancelled, drained, closed, killed, or never sent."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tui.runtime.invoker.interpreters import Interpreter, Interpreters
from tui.runtime.invoker.jobs import Executable

from .conftest import MakeBench
from .running import PID, SLEEP, Bench, action, all_ended, node, python, until


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
        broken = msgspec.structs.replace(good, limits=None)  # type: ignore[arg-type]
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
