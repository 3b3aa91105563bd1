"""Runs that are given to a worker before the one that it is at has ended: nobody may notice, but by the clock."""

import asyncio
import os
import socket
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tui.runtime.invoker.jobs import Executable
from tui.runtime.invoker.protocol import BLOCK_BYTES
from tui.runtime.invoker.wire import Wire

from .conftest import MakeBench
from .running import PATIENCE_S, Bench, Running, node, python, until

LANGUAGES = pytest.mark.parametrize("language", ["nodejs", "python"])


def obeying(language: str, path: Path) -> Executable:
    """Writes down `id`, then does what `do` says."""
    if language == "nodejs":
        return node(f"""
            const fs = require('fs');
            function main(args) {{
                fs.appendFileSync({str(path)!r}, `${{args.id}}\\n`);
                if (args.do === 'die') process.kill(process.pid, 'SIGKILL');
                if (args.do === 'throw') throw new Error('as told');
                if (args.do === 'print') fs[args.by](1, `${{args.id}}\\n`);
                if (args.do === 'sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
                return {{ id: args.id, more: args.more ? args.more.length : 0 }};
            }}""")
    return python(f"""
import os, signal, time
def main(args):
    with open({str(path)!r}, 'a') as file:
        file.write(f"{{args['id']}}\\n")
    do = args.get('do')
    if do == 'die':
        os.kill(os.getpid(), signal.SIGKILL)
    if do == 'throw':
        raise SystemExit(1)
    if do == 'print':
        getattr(os, args['by'])(1, f"{{args['id']}}\\n".encode())
    if do == 'sleep':
        time.sleep(1.5)
    return {{'id': args['id'], 'more': len(args.get('more', ''))}}""")


async def warmed(bench: Bench, language: str, path: Path) -> Executable:
    """An action of whose runs the pool knows by now how short they are, so that it gives them ahead."""
    executable = obeying(language, path)
    await bench.run(executable, {"id": "warm"})
    lane = bench.pool._fleet.lanes[executable.key]
    async with asyncio.timeout(PATIENCE_S):
        while not lane.ahead_max():
            await asyncio.gather(*(bench.run(executable, {"id": "warm"}) for _ in range(20)))
    path.write_text("")
    return executable


def submit_all(bench: Bench, executable: Executable, arguments: list[dict[str, Any]]) -> list[Running]:
    return [bench.submit(executable, {"id": number, **each}) for number, each in enumerate(arguments)]


@LANGUAGES
@pytest.mark.parametrize("fault", ["die", "throw"])
async def test_a_run_that_ends_its_worker_costs_no_other_one(
    open_bench: MakeBench, tmp_path: Path, language: str, fault: str
) -> None:
    async with open_bench(workers_max=2) as bench:
        executable = await warmed(bench, language, tmp_path / "begun")
        wanted: list[dict[str, Any]] = [{"do": fault} if number % 16 == 9 else {} for number in range(64)]

        ran = [await running.ended() for running in submit_all(bench, executable, wanted)]

    begun = Counter((tmp_path / "begun").read_text().split())
    assert begun == Counter(map(str, range(64)))
    assert [one.status for one in ran] == [2 if each else 0 for each in wanted]
    assert all(one.result["id"] == number for number, one in enumerate(ran) if not wanted[number])


@LANGUAGES
async def test_nothing_waits_for_a_run_that_turns_out_to_be_long(
    open_bench: MakeBench, tmp_path: Path, language: str
) -> None:
    async with open_bench(workers_max=4) as bench:
        executable = await warmed(bench, language, tmp_path / "begun")
        wanted: list[dict[str, Any]] = [{"do": "sleep"} if number == 7 else {} for number in range(48)]
        began = time.monotonic()

        running = submit_all(bench, executable, wanted)
        short = [await one.ended() for number, one in enumerate(running) if number != 7]
        assert not running[7].finished.done(), f"the short ones took {time.monotonic() - began:.1f} s"
        long = await running[7].ended()

    assert {one.status for one in [*short, long]} == {0}
    assert Counter((tmp_path / "begun").read_text().split()) == Counter(map(str, range(48)))


async def test_runs_that_end_at_once_go_to_one_worker_that_is_awake(open_bench: MakeBench) -> None:
    async with open_bench(workers_max=4) as bench:
        executable = node("""
            function main(args) {
                const answer = { pid: process.pid };
                return args.ms ? new Promise((done) => setTimeout(done, args.ms, answer)) : answer;
            }""")
        held = [bench.submit(executable, {"ms": 500}) for _ in range(4)]
        assert len({(await one.ended()).result["pid"] for one in held}) > 1, "there is only one to choose"
        lane = bench.pool._fleet.lanes[executable.key]
        lane.runs, lane.run_ms, lane.least_ms = 100, 0.1, 0.01

        running = [bench.submit(executable) for _ in range(8)]

        assert len({(await one.ended()).result["pid"] for one in running}) == 1


PRINTING = {
    "node": node("function main(args) { if (args.print) require('fs').writeSync(1, `${args.id}\\n`); return {}; }"),
    "node's child": node("""
        const {spawnSync} = require('child_process');
        function main(args) {
            if (args.print) spawnSync('echo', [args.id], {stdio: 'inherit'});
            return {};
        }"""),
    "python": python(
        "import os\ndef main(args):\n    if args.get('print'): os.write(1, b'%d\\n' % args['id'])\n    return {}"
    ),
    "python's child": python(
        "import os\ndef main(args):\n    args.get('print') and os.system(f\"echo {args['id']}\")\n    return {}"
    ),
}


@pytest.mark.parametrize("name", PRINTING)
async def test_what_a_run_prints_past_its_host_is_in_no_other_log(open_bench: MakeBench, name: str) -> None:
    """Even where many runs before it have printed nothing."""
    async with open_bench(workers_max=1) as bench:
        for _ in range(3):
            await asyncio.gather(*(bench.run(PRINTING[name]) for _ in range(20)))

        running = submit_all(bench, PRINTING[name], [{"print": number == 9} for number in range(20)])

        logs = [(await one.ended()).stdout for one in running]
    assert logs == [["9"] if number == 9 else [] for number in range(20)]


@LANGUAGES
async def test_each_log_holds_what_its_own_run_printed(open_bench: MakeBench, tmp_path: Path, language: str) -> None:
    """Also where its code does not tell that it prints past its host."""
    async with open_bench(workers_max=2) as bench:
        executable = obeying(language, tmp_path / "begun")
        by = "writeSync" if language == "nodejs" else "write"

        running = submit_all(bench, executable, [{"do": "print", "by": by}] * 60)

        assert [(await one.ended()).stdout for one in running] == [[str(number)] for number in range(60)]


@LANGUAGES
async def test_requests_of_every_length_arrive(open_bench: MakeBench, tmp_path: Path, language: str) -> None:
    lengths = [0, 1, *range(BLOCK_BYTES - 400, BLOCK_BYTES + 20, 7), 5 * BLOCK_BYTES, 70_000, 900_000, 0, 3]
    async with open_bench(workers_max=2) as bench:
        executable = await warmed(bench, language, tmp_path / "begun")

        running = submit_all(bench, executable, [{"more": "x" * length} for length in lengths])

        assert [(await one.ended()).result["more"] for one in running] == lengths


async def test_a_cancelled_run_that_was_given_ahead_does_not_begin(open_bench: MakeBench, tmp_path: Path) -> None:
    async with open_bench(workers_max=1) as bench:
        executable = await warmed(bench, "python", tmp_path / "begun")
        running = submit_all(bench, executable, [{}, {}, {"do": "sleep"}, {}, {}, {}, {}, {}])
        await running[2].started.wait()

        assert bench.pool.cancel(running[4].job.activation_id)
        cancelled = await running[4].ended()
        others = [await one.ended() for number, one in enumerate(running) if number != 4]

    assert (cancelled.status, cancelled.error) == (2, "The action was cancelled.")
    assert {one.status for one in others} == {0}
    assert (tmp_path / "begun").read_text().split() == list("0123567"), "those taken back with it keep their turn"


@LANGUAGES
async def test_what_has_ended_when_it_is_cancelled_takes_nobody_with_it(
    open_bench: MakeBench, tmp_path: Path, language: str
) -> None:
    begun = tmp_path / "begun"
    async with open_bench(workers_max=1) as bench:
        executable = await warmed(bench, language, begun)
        running = submit_all(bench, executable, [{}] * 40)
        (worker,) = bench.pool._fleet.lane_of
        async with asyncio.timeout(PATIENCE_S):
            while not worker.ahead:  # noqa: ASYNC110
                await asyncio.sleep(0)
        worker.process.send(b"")  # with all that goes out soon
        current = next(iter(worker.runs))
        following = next(number for number, one in enumerate(running) if one.job.activation_id in worker.ahead)
        while str(following) not in begun.read_text().split():  # the runtime is busy, and hears nothing of it
            time.sleep(0.005)  # noqa: ASYNC251

        bench.pool.cancel(current)

        assert [(await one.ended()).status for one in running] == [0] * 40
    assert Counter(begun.read_text().split()) == Counter(map(str, range(40)))


async def test_a_run_that_its_worker_cannot_read_goes_to_another(open_bench: MakeBench, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    block = f"require('fs').writeFileSync({str(blocked)!r}, ''); for (;;) {{}}"
    executable = node(
        f"function main(args) {{ if (args.block) setTimeout(() => {{ {block} }}, 1); return {{}}; }}", timeout_ms=400
    )
    async with open_bench(workers_max=1) as bench:
        assert (await bench.run(executable, {"block": True})).status == 0
        await until(blocked.exists)

        assert (await bench.run(executable)).status == 0


@pytest.fixture
async def wire() -> Any:
    wire = Wire()
    wire.close_theirs()
    yield wire
    wire.close()


def block(text: bytes) -> bytes:
    return text.ljust(BLOCK_BYTES)


async def test_what_was_not_read_is_taken_back_from_the_end(wire: Wire) -> None:
    wire.send(b"a" * 3 * BLOCK_BYTES)
    for text in (b"b", b"c", b"d"):
        wire.send_soon(block(text))
    await asyncio.sleep(0)
    read = os.read(wire.theirs[0], BLOCK_BYTES)  # a host that is within a long request

    assert wire.take_back(2) == 2

    assert os.read(wire.theirs[0], 100_000) == b"a" * 2 * BLOCK_BYTES + block(b"b")
    assert read == b"a" * BLOCK_BYTES
    assert not wire.has_unread()


class Reading:
    """A host's end of the socket, which is read by the host whenever the runtime has read a piece there."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.read_between = b""

    def recv(self, size: int, flags: int) -> bytes:
        piece = self.end.recv(size, flags)
        with suppress(BlockingIOError):
            self.read_between += self.end.recv(BLOCK_BYTES, socket.MSG_DONTWAIT)
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self.end, name)


async def test_a_host_that_reads_while_runs_are_taken_back_gets_nothing_of_what_is_put_back(wire: Wire) -> None:
    large = b"a" * 150 * BLOCK_BYTES
    wire.send(large + block(b"b"))
    host = Reading(wire._their_requests)
    wire._their_requests = host  # type: ignore[assignment]

    assert wire.take_back(1) == 1

    assert not host.read_between
    assert os.read(wire.theirs[0], 1_000_000) == large


async def test_what_was_read_cannot_be_taken_back(wire: Wire) -> None:
    for text in (b"b", b"c"):
        wire.send_soon(block(text))
    await asyncio.sleep(0)
    os.read(wire.theirs[0], 2 * BLOCK_BYTES)

    assert wire.take_back(2) == 0


async def test_what_the_socket_had_no_room_for_is_taken_back_too(wire: Wire) -> None:
    wire.send(b"a" * 1024 * BLOCK_BYTES)
    wire.send(block(b"b"))
    wire.send_soon(block(b"c"))

    assert wire.take_back(2) == 2

    received = b""
    while wire.has_unread():
        received += os.read(wire.theirs[0], 1_000_000)
        await asyncio.sleep(0)
    assert received == b"a" * 1024 * BLOCK_BYTES


async def test_what_goes_out_soon_comes_after_what_went_before(wire: Wire) -> None:
    wire.send_soon(block(b"a"))
    wire.send(block(b"b"))
    await asyncio.sleep(0)

    assert os.read(wire.theirs[0], 100_000) == block(b"a") + block(b"b")
