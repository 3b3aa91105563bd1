"""Log lines: their form, their order, their limit, and that none is lost."""

import asyncio
import re

import pytest

from tui.entities.activation import LogLine
from tui.runtime.invoker.jobs import Executable

from .running import Bench, node, python

STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z *")
CUT = "Logs were truncated because the total bytes size exceeds the limit of 1048576 bytes."


def printing(lines: int, *, then: str = "") -> dict[str, Executable]:
    """Both languages print numbered lines as fast as they can, and then do what `then` names."""
    node_then = {"": "", "block": "for (;;) {}", "abort": "process.abort()"}[then]
    python_then = {"": "return {}", "block": "while True: pass", "abort": "import os; os.abort()"}[then]
    return {
        "node": node(
            f"function main() {{ for (let i = 0; i < {lines}; i++) console.log('line ' + i); {node_then} }}",
            timeout_ms=2000,
        ),
        "python": python(
            f"def main(args):\n    for i in range({lines}): print('line', i)\n    {python_then}", timeout_ms=2000
        ),
    }


@pytest.mark.parametrize(
    "executable",
    [
        node("function main() { console.log('one\\ntwo'); console.error('three'); process.stdout.write('four') }"),
        python(
            "import sys\ndef main(args):\n"
            "    print('one\\ntwo'); print('three', file=sys.stderr); print('four', end='')\n    return {}"
        ),
    ],
    ids=["node", "python"],
)
async def test_each_line_is_stamped_padded_and_says_its_stream(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert ran.printed == ["stdout: one", "stdout: two", "stderr: three", "stdout: four"]
    for line in ran.lines:
        assert STAMPED.fullmatch(line[:31])
        assert LogLine.parse(line).format() == line


@pytest.mark.parametrize(
    "executable",
    [
        node(
            "function main() { console.log('é😀\\t\\u001b[31m\"\\\\'); process.stdout.write(Buffer.from([0xff, 10])) }"
        ),
        python(
            "import sys\ndef main(args):\n"
            "    print('é😀\\t\\x1b[31m\"\\\\'); sys.stdout.buffer.write(b'\\xff\\n'); return {}"
        ),
    ],
    ids=["node", "python"],
)
async def test_any_text_survives_and_what_is_no_text_is_replaced(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert sorted(ran.stdout) == sorted(['é😀\t\x1b[31m"\\', "�"])


async def test_a_character_split_over_two_writes_is_put_together(bench: Bench) -> None:
    code = "function main() { for (const byte of Buffer.from('é\\n')) process.stdout.write(Buffer.from([byte])) }"

    ran = await bench.run(node(code))

    assert ran.stdout == ["é"]


@pytest.mark.parametrize(
    "executable",
    [
        node(
            "function main() { require('child_process').execSync('echo out; echo err >&2; printf end', "
            "{stdio: 'inherit'}); require('fs').writeSync(2, 'raw') }"
        ),
        python(
            "import os\ndef main(args):\n"
            "    os.system('echo out; echo err >&2; printf end')\n    os.write(2, b'raw')\n    return {}"
        ),
    ],
    ids=["node", "python"],
)
async def test_what_children_and_native_code_print_is_in_the_log(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert (ran.stdout, ran.stderr) == (["out", "end"], ["err", "raw"])


@pytest.mark.parametrize("language", ["node", "python"])
async def test_many_lines_keep_their_order(bench: Bench, language: str) -> None:
    ran = await bench.run(printing(10_000)[language])

    assert ran.stdout == [f"line {number}" for number in range(10_000)]


@pytest.mark.parametrize("language", ["node", "python"])
async def test_no_line_is_lost_when_a_run_that_blocks_is_killed_at_its_time_limit(bench: Bench, language: str) -> None:
    ran = await bench.run(printing(3_000, then="block")[language])

    assert ran.outcome.timed_out
    assert ran.stdout == [f"line {number}" for number in range(3_000)]


@pytest.mark.parametrize("language", ["node", "python"])
async def test_the_first_lines_survive_a_crash(bench: Bench, language: str) -> None:
    ran = await bench.run(printing(16, then="abort")[language])

    assert ran.stdout == [f"line {number}" for number in range(16)]


@pytest.mark.parametrize(
    "executable",
    [
        node("function main() { console.log('now'); return new Promise((done) => setTimeout(done, 3000)) }"),
        python("import time\ndef main(args):\n    print('now')\n    time.sleep(3)\n    return {}"),
    ],
    ids=["node", "python"],
)
async def test_lines_are_told_while_the_run_goes_on(bench: Bench, executable: Executable) -> None:
    running = bench.submit(executable)

    async with asyncio.timeout(2.5):
        await running.printed.wait()

    assert not running.finished.done()
    assert running.live_lines[0].endswith("stdout: now")
    assert bench.pool.cancel(running.job.activation_id)
    assert (await running.ended()).stdout == ["now"]


@pytest.mark.parametrize("language", ["node", "python"])
async def test_lines_of_a_run_that_blocks_are_told_as_well(bench: Bench, language: str) -> None:
    running = bench.submit(printing(200, then="block")[language])

    await running.started.wait()
    async with asyncio.timeout(1.8):
        while len(running.live_lines) < 200:
            running.printed.clear()
            await running.printed.wait()

    assert not running.finished.done()
    bench.pool.cancel(running.job.activation_id)


@pytest.mark.parametrize(
    "executable",
    [
        node("function main() { for (let i = 0; i < 30000; i++) console.log('x'.repeat(99)) }", logs_mb=1),
        python("def main(args):\n    for i in range(30000): print('x' * 99)\n    return {}", logs_mb=1),
        python(
            "import os\ndef main(args):\n    os.system('yes %s | head -30000')\n    return {}" % ("x" * 99), logs_mb=1
        ),
    ],
    ids=["node", "python", "a child process"],
)
async def test_output_past_the_limit_is_dropped_and_the_last_line_says_so(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert ran.status == 0
    assert ran.printed[-1] == f"stderr: {CUT}"
    assert len(ran.stdout) == 1024 * 1024 // 100


async def test_one_endless_line_is_dropped_as_a_whole(bench: Bench) -> None:
    code = "function main() { const part = 'x'.repeat(1e5); for (let i = 0; i < 100; i++) process.stdout.write(part) }"

    ran = await bench.run(node(code, logs_mb=1))

    assert ran.printed == [f"stderr: {CUT}"]


async def test_a_limit_of_zero_keeps_nothing(bench: Bench) -> None:
    for executable in (
        node("function main() { console.log('x'); throw 1 }", logs_mb=0),
        python("def main(args): print('x')", logs_mb=0),
    ):
        assert (await bench.run(executable)).lines == []


async def test_each_run_has_its_own_lines(bench: Bench) -> None:
    for executable in (
        node("let n = 0; console.log('load'); function main() { console.log(n++) }"),
        python("n = 0\nprint('load')\ndef main(args):\n    global n\n    print(n)\n    n += 1\n    return {}"),
    ):
        assert [(await bench.run(executable)).stdout for _ in range(3)] == [["load", "0"], ["1"], ["2"]]


async def test_a_forked_child_prints_into_the_log_and_does_not_answer_for_its_parent(bench: Bench) -> None:
    code = """
import multiprocessing, os
def work(n):
    print('work', n)
    return n * 2
def main(args):
    if os.fork() == 0:
        print('child')
        return {'child': True}
    os.wait()
    with multiprocessing.get_context('fork').Pool(2) as pool:
        return {'results': pool.map(work, [1, 2])}"""

    ran = await bench.run(python(code))

    assert ran.result == {"results": [2, 4]}
    assert sorted(ran.stdout) == ["child", "work 1", "work 2"]
