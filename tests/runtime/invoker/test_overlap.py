"""Runs that overlap in one worker, as the limit `concurrency` of a Node.js action allows."""

import asyncio
import itertools
import os
import signal

import pytest

from tui.entities.limits import Limits
from tui.runtime.invoker.jobs import Executable

from .conftest import MakeBench
from .running import Bench, Ran, Running, node, python, until

LOST = "The action did not produce a valid response and exited unexpectedly."
KINDS = ["nodejs:20", "nodejs:24"]
TOGETHER = """
let waiting = []
function main(args) {
  console.log('begin ' + args.name)
  return new Promise((resolve) => {
    waiting.push(() => { console.log('end ' + args.name); resolve({name: args.name, pid: process.pid}) })
    if (waiting.length === args.together) waiting.splice(0).forEach((go) => setTimeout(go))
  })
}"""
"""Ends only when so many runs have begun."""


def shared(code: str, concurrency: int = 8, **options: object) -> Executable:
    limits = Limits(concurrency=concurrency, **options)  # type: ignore[arg-type]
    return node(code, limits=limits)


async def all_ended(runs: list[Running]) -> list[Ran]:
    return [await run.ended() for run in runs]


@pytest.mark.parametrize("kind", KINDS)
async def test_as_many_runs_as_the_limit_says_overlap_in_one_worker(bench: Bench, kind: str) -> None:
    executable = node(TOGETHER, kind=kind, limits=Limits(concurrency=20))

    runs = [bench.submit(executable, {"name": str(number), "together": 20}) for number in range(20)]

    ended = await all_ended(runs)
    assert [ran.result["name"] for ran in ended] == [str(number) for number in range(20)]
    assert len({ran.result["pid"] for ran in ended}) == 1
    assert [ran.outcome.init_ms is None for ran in ended] == [False] + [True] * 19


async def test_more_runs_than_the_limit_get_another_worker_or_wait(open_bench: MakeBench) -> None:
    code = """
        let running = 0
        async function main() {
          const overlap = ++running
          await new Promise((go) => setTimeout(go, 100))
          running--
          return {overlap, pid: process.pid}
        }"""
    async with open_bench(workers_max=2) as bench:
        executable = shared(code, concurrency=3)

        runs = [bench.submit(executable) for _ in range(15)]

        ended = await all_ended(runs)
        assert {ran.status for ran in ended} == {0}
        assert max(ran.result["overlap"] for ran in ended) == 3
        assert len({ran.result["pid"] for ran in ended}) == 2


async def test_without_the_limit_runs_never_share_a_worker_at_the_same_time(bench: Bench) -> None:
    code = """
        let running = 0
        async function main() {
          const overlap = ++running
          await new Promise((go) => setTimeout(go, 50))
          running--
          return {overlap}
        }"""
    executable = node(code)

    ended = await all_ended([bench.submit(executable) for _ in range(6)])

    assert {ran.result["overlap"] for ran in ended} == {1}


async def test_python_runs_one_at_a_time_whatever_the_limit_says(bench: Bench) -> None:
    code = "import os, time\ndef main(args):\n    time.sleep(0.05)\n    return {'pid': os.getpid()}"
    executable = python(code, limits=Limits(concurrency=8))

    ended = await all_ended([bench.submit(executable) for _ in range(12)])

    runs = sorted((ran.result["pid"], ran.outcome.start_ms, ran.outcome.end_ms) for ran in ended)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in itertools.pairwise(runs))


@pytest.mark.parametrize("kind", KINDS)
async def test_every_run_has_the_lines_that_it_printed_itself(bench: Bench, kind: str) -> None:
    code = """
        const {setTimeout: pause} = require('timers/promises')
        async function main({name}) {
          for (let step = 0; step < 40; step++) {
            console.log(name + ' ' + step); await pause(step % 3)
            process.stderr.write(name + ' unfinished')
            await null
            process.stderr.write('\\n')
          }
          process.stdout.write(name + ' last, without an end')
        }"""
    executable = node(code, kind=kind, limits=Limits(concurrency=10))

    runs = {name: bench.submit(executable, {"name": name}) for name in "abcdefgh"}

    for name, run in runs.items():
        ran = await run.ended()
        assert ran.stdout == [*(f"{name} {step}" for step in range(40)), f"{name} last, without an end"]
        assert ran.stderr == [f"{name} unfinished"] * 40
        assert set(run.live_lines) <= set(ran.lines)


async def test_lines_of_no_run_go_to_the_only_one_there_is_or_else_to_the_next_that_ends(bench: Bench) -> None:
    code = """
        const {EventEmitter} = require('events'), {AsyncResource} = require('async_hooks')
        const outside = new AsyncResource('outside')
        const waiting = []
        function main(args) {
          return new Promise((resolve) => {
            waiting.push(resolve)
            if (waiting.length < args.together) return
            outside.runInAsyncScope(() => console.log('from outside'))
            const [first, ...rest] = waiting.splice(0)
            setTimeout(() => first({})); setTimeout(() => rest.forEach((go) => go({})), 50)
          })
        }"""
    executable = shared(code)

    alone = await bench.run(executable, {"together": 1})
    together = await all_ended([bench.submit(executable, {"together": 3}) for _ in range(3)])

    assert alone.stdout == ["from outside"]
    assert [ran.stdout for ran in together] == [["from outside"], [], []]


async def test_no_line_is_lost_when_a_run_that_blocks_the_others_is_killed_at_its_time_limit(bench: Bench) -> None:
    code = """
        function main(args) {
          if (args.wait) return new Promise(() => {})
          for (let line = 0; line < 3000; line++) console.log('line ' + line)
          for (;;);
        }"""
    executable = shared(code, timeout_ms=2_000)
    await bench.submit(executable, {"wait": True}).started.wait()

    ran = await bench.run(executable)

    assert ran.stdout == [f"line {number}" for number in range(3000)]


async def test_the_log_limit_is_each_run_s_own(bench: Bench) -> None:
    executable = shared("async function main({n}) { console.log('x'.repeat(n)); console.log('after') }", logs_mb=1)

    large, small = await all_ended([bench.submit(executable, {"n": n}) for n in (2_000_000, 10)])

    assert large.stdout == []
    assert "exceeds the limit" in large.stderr[0]
    assert small.stdout == ["x" * 10, "after"]


async def test_the_time_limit_of_one_run_ends_the_worker_and_the_others_lose_their_connection(bench: Bench) -> None:
    executable = shared("const main = ({ms}) => new Promise((done) => setTimeout(done, ms, {}))", timeout_ms=600)
    await bench.run(executable, {"ms": 0})
    late = bench.submit(executable, {"ms": 60_000})
    await asyncio.sleep(0.3)
    others = [bench.submit(executable, {"ms": ms}) for ms in (50, 500, 500)]

    ran = await late.ended()
    ended = await all_ended(others)

    assert (ran.error, ran.outcome.timed_out) == ("The action exceeded its time limits of 600 milliseconds.", True)
    assert ended[0].status == 0
    assert [(one.status, one.error, one.outcome.timed_out) for one in ended[1:]] == [(2, LOST, False)] * 2
    assert (await bench.run(executable, {"ms": 0})).outcome.init_ms is not None


async def test_a_developer_error_ends_the_worker_after_the_other_runs(bench: Bench) -> None:
    code = """
        function main(args) {
          if (args.fail) throw new Error('boom')
          return new Promise((done) => setTimeout(done, 300, {pid: process.pid}))
        }"""
    executable = shared(code)
    pid = (await bench.run(executable)).result["pid"]
    other = bench.submit(executable)

    failed = await bench.run(executable, {"fail": True})
    next_one = bench.submit(executable)

    assert failed.error == "An error has occurred: Error: boom"
    assert (await other.ended()).result == {"pid": pid}
    assert (await next_one.ended()).result["pid"] != pid
    await until(lambda: not os.path.exists(f"/proc/{pid}"))  # noqa: PTH110


@pytest.mark.parametrize("how", ["process.exit(1)", "setTimeout(() => { throw new Error('late') })"])
async def test_a_run_that_ends_the_process_takes_the_others_with_it(bench: Bench, how: str) -> None:
    code = f"function main(args) {{ console.log(args.name); if (args.end) {how}; return new Promise(() => {{}}) }}"
    executable = shared(code)
    waiting = bench.submit(executable, {"name": "waits"})
    await waiting.printed.wait()

    ran = await bench.run(executable, {"name": "ends", "end": True})
    other = await waiting.ended()

    assert (ran.status, ran.error) == (other.status, other.error) == (2, LOST)
    assert (ran.stdout, other.stdout) == (["ends"], ["waits"])


async def test_one_of_several_runs_can_be_cancelled(bench: Bench) -> None:
    executable = shared("const main = () => new Promise(() => {})")
    first, second = [bench.submit(executable) for _ in range(2)]
    await second.started.wait()

    assert bench.pool.cancel(first.job.activation_id)

    assert ((await first.ended()).error, (await second.ended()).error) == ("The action was cancelled.", LOST)


async def test_jobs_that_wait_for_their_mark_count_as_room_that_is_taken(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = shared(TOGETHER, concurrency=2)
        runs = [bench.submit(executable, {"name": str(n), "together": 2}, marked=False) for n in range(8)]

        assert {ran.status for ran in await all_ended(runs)} == {0}
        assert sorted(bench.marks) == sorted(run.job.activation_id for run in runs)


async def test_the_end_of_the_pool_ends_all_of_them(open_bench: MakeBench) -> None:
    async with open_bench() as bench:
        executable = shared("const main = () => new Promise(() => {})")
        runs = [bench.submit(executable) for _ in range(3)]
        await runs[2].started.wait()

    assert {(ran.status, ran.error) for ran in await all_ended(runs)} == {
        (3, "The runtime stopped before the action ended.")
    }


async def test_a_worker_that_is_killed_takes_all_its_runs_with_it(bench: Bench) -> None:
    executable = shared("const main = () => { console.log(process.pid); return new Promise(() => {}) }")
    runs = [bench.submit(executable) for _ in range(3)]
    for run in runs:
        await run.printed.wait()

    os.kill(int(runs[0].live_lines[0].split("stdout: ")[1]), signal.SIGKILL)

    assert {(ran.status, ran.error) for ran in await all_ended(runs)} == {(2, LOST)}
