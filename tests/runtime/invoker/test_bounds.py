"""Time and memory: what happens to an action that takes too much, and to what it started."""

import asyncio
import base64
import os
import struct
import time
import zlib
from pathlib import Path

import pytest

from tui.runtime.invoker.jobs import Executable

from .running import Bench, is_alive, node, python, until

OUT_OF_MEMORY = "The action exhausted its memory and was aborted."
NODE_KINDS = ["nodejs:20", "nodejs:24"]


def too_long(milliseconds: int) -> str:
    return f"The action exceeded its time limits of {milliseconds} milliseconds."


async def until_dead(*pids: int) -> None:
    await until(lambda: not any(map(is_alive, pids)))


@pytest.mark.parametrize(
    "executable",
    [
        pytest.param(node("function main() { for (;;) {} }", timeout_ms=200), id="Node.js that blocks"),
        pytest.param(node("function main() { return new Promise(() => {}) }", timeout_ms=200), id="Node.js that waits"),
        pytest.param(python("def main(args):\n    while True: pass", timeout_ms=200), id="Python that blocks"),
        pytest.param(
            python(
                "import signal, time\nfor s in (15, 2, 1): signal.signal(s, signal.SIG_IGN)\n"
                "def main(args): time.sleep(60)",
                timeout_ms=200,
            ),
            id="Python that ignores signals",
        ),
    ],
)
async def test_a_run_ends_at_its_time_limit(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert (ran.status, ran.error, ran.outcome.timed_out) == (2, too_long(200), True)
    init_ms = ran.outcome.init_ms or 0
    assert 198 <= ran.outcome.end_ms - ran.outcome.start_ms - init_ms < 700  # three rounded numbers
    assert ran.size is None


@pytest.mark.parametrize(
    "executable",
    [node("for (;;) {}", timeout_ms=200), python("while True: pass", timeout_ms=200)],
    ids=["node", "python"],
)
async def test_loading_ends_at_the_time_limit_too(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    assert (ran.status, ran.outcome.timed_out) == (2, True)
    assert ran.error == "The action exceeded its time limits of 200 milliseconds during initialization."
    assert ran.outcome.init_ms is not None
    assert ran.outcome.init_ms >= 198  # a rounded number


async def test_loading_and_running_each_get_the_whole_limit(bench: Bench) -> None:
    code = "import time\ntime.sleep(1.1)\ndef main(args):\n    time.sleep(1.1)\n    return {'done': True}"

    ran = await bench.run(python(code, timeout_ms=2000))

    assert ran.result == {"done": True}
    assert ran.outcome.end_ms - ran.outcome.start_ms >= 2200
    assert ran.outcome.init_ms is not None
    assert 1100 <= ran.outcome.init_ms < 2000


async def test_the_limit_counts_anew_for_every_run_of_a_warm_worker(bench: Bench) -> None:
    executable = python("import time\ndef main(args):\n    time.sleep(args['s'])\n    return {}", timeout_ms=1000)

    statuses = [(await bench.run(executable, {"s": seconds})).status for seconds in (0, 0.6, 0.6, 0, 3)]

    assert statuses == [0, 0, 0, 0, 2]


async def test_after_a_timeout_the_next_run_is_cold(bench: Bench) -> None:
    executable = node("function main(args) { while (args.block) {} return {} }", timeout_ms=300)
    await bench.run(executable, {"block": True})

    ran = await bench.run(executable)

    assert (ran.status, ran.outcome.init_ms is not None) == (0, True)


@pytest.mark.parametrize(
    "executable",
    [
        pytest.param(
            node(
                "const {spawn} = require('child_process');"
                "function main() {"
                "  const near = spawn('sleep', ['300'], {stdio: 'ignore'});"
                "  const far = spawn('sh', ['-c', 'sleep 300 & echo $! $$; wait'], {detached: true});"
                "  far.stdout.on('data', (pids) => console.log(near.pid + ' ' + String(pids).trim()));"
                "  return new Promise(() => {}) }",
                timeout_ms=1500,
            ),
            id="node",
        ),
        pytest.param(
            python(
                "import subprocess, time\n"
                "def main(args):\n"
                "    near = subprocess.Popen(['sleep', '300'])\n"
                "    far = subprocess.Popen(['sh', '-c', 'sleep 300 & echo $! $$; wait'],\n"
                "                           start_new_session=True, stdout=subprocess.PIPE, text=True)\n"
                "    print(near.pid, far.stdout.readline().strip())\n"
                "    time.sleep(300)",
                timeout_ms=1500,
            ),
            id="python",
        ),
    ],
)
async def test_children_and_detached_grandchildren_end_with_their_worker(bench: Bench, executable: Executable) -> None:
    running = bench.submit(executable)
    async with asyncio.timeout(10):
        await running.printed.wait()
    pids = [int(pid) for pid in running.live_lines[0].split("stdout: ")[1].split()]
    assert all(map(is_alive, pids))

    bench.pool.cancel(running.job.activation_id)

    await until_dead(*pids)
    await running.ended()


_OPEN_IN_CHILD = "ls -l /proc/self/fd"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not tell what a process has open")
@pytest.mark.parametrize(
    "executable",
    [
        node(
            "const { execSync } = require('child_process');"
            f" function main() {{ return {{ open: execSync('{_OPEN_IN_CHILD}').toString() }} }}"
        ),
        python(
            "import subprocess\ndef main(args):\n"
            f"    child = subprocess.run('{_OPEN_IN_CHILD}', shell=True, close_fds=False, stdout=subprocess.PIPE)\n"
            "    return {'open': child.stdout.decode()}"
        ),
    ],
)
async def test_children_of_an_action_cannot_write_frames(bench: Bench, executable: Executable) -> None:
    ran = await bench.run(executable)

    found = [line.split()[-3:] for line in ran.result["open"].splitlines()[1:]]
    assert len(found) >= 4, "its own three, and the folder that it looks into"
    assert not [number for number, _, target in found if target.startswith("pipe:") and int(number) > 2]


@pytest.mark.parametrize(
    "executable",
    [
        pytest.param(node("process.exit(3)"), id="exits while loading"),
        pytest.param(python("import os\ndef main(args): os.kill(os.getpid(), 11)"), id="dies by a signal"),
        pytest.param(
            node(
                "function main() { const fs = require('fs');"
                " const path = '/proc/self/fd/';"
                " const isOpen = (fd) => fd > 2 && fs.existsSync(path + fd);"
                " const isOurs = (fd) => isOpen(fd) && /^(socket|pipe)/.test(fs.readlinkSync(path + fd));"
                " fs.readdirSync(path).filter(isOurs).forEach((fd) => fs.closeSync(+fd));"
                " return new Promise(() => {}) }"
            ),
            id="closes every socket and pipe",
        ),
        pytest.param(
            python(
                "import os\ndef main(args):\n"
                "    for fd in os.listdir('/proc/self/fd'):\n"
                "        path = '/proc/self/fd/' + fd\n"
                "        is_socket = os.path.lexists(path) and os.readlink(path).startswith('socket:')\n"
                "        if is_socket: os.write(int(fd), b'x' * 999)\n"
                "    return {}"
            ),
            id="writes garbage into every socket",
        ),
    ],
)
async def test_a_worker_that_breaks_hurts_nobody_else(bench: Bench, executable: Executable) -> None:
    neighbour = bench.submit(node("function main() { return new Promise((done) => setTimeout(done, 300)) }"))

    ran = await bench.run(executable)

    assert ran.status == 2
    assert (await neighbour.ended()).status == 0


@pytest.mark.parametrize("kind", NODE_KINDS)
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("function main() { const a = []; for (;;) a.push(new Array(10000).fill(0.5)) }", id="heap"),
        pytest.param("function main() { const a = []; for (;;) a.push(Buffer.alloc(16 << 20, 1)) }", id="buffers"),
        pytest.param(
            "async function main() { const a = []; for (;;) { a.push(Buffer.alloc(16 << 20, 1)); await 0 } }",
            id="buffers, in a promise",
        ),
    ],
)
async def test_node_is_ended_at_its_memory_limit(bench: Bench, kind: str, code: str) -> None:
    ran = await bench.run(node(code, kind=kind, memory_mb=128, timeout_ms=20_000))

    assert (ran.status, ran.error) == (2, OUT_OF_MEMORY)


async def test_python_is_ended_at_its_memory_limit(bench: Bench) -> None:
    code = "def main(args):\n    held = []\n    while True: held.append(bytearray(16 << 20))"

    ran = await bench.run(python(code, memory_mb=128))

    assert (ran.status, ran.error) == (2, OUT_OF_MEMORY)


@pytest.mark.parametrize("kind", NODE_KINDS)
async def test_what_fits_into_the_limit_runs_threads_and_fetch_included(bench: Bench, kind: str) -> None:
    code = """
        const {Worker} = require('worker_threads');
        const thread = () => new Promise((done, failed) => {
          const source = 'require("worker_threads").parentPort.postMessage(1)';
          new Worker(source, {eval: true}).on('message', done).on('error', failed);
        });
        async function main() {
          const held = Array.from({length: 4}, () => Buffer.alloc(16 << 20, 1));
          const refused = await fetch('http://127.0.0.1:9/').then(() => 'answered', (error) => error.message);
          return {threads: await Promise.all([thread(), thread()]), refused, held: held.length};
        }"""

    ran = await bench.run(node(code, kind=kind, memory_mb=256, timeout_ms=20_000))

    assert ran.result == {"threads": [1, 1], "refused": "fetch failed", "held": 4}


async def test_a_python_action_may_use_most_of_its_limit(bench: Bench) -> None:
    ran = await bench.run(python("def main(args): return {'held': len(bytearray(100 << 20))}", memory_mb=128))

    assert ran.result == {"held": 100 << 20}


def zeros_zipped(megabytes: int) -> str:
    """An archive with one file of zeros, made without making them: the same packed megabyte again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    data = block * megabytes + packer.flush(zlib.Z_FINISH)
    sizes = struct.pack("<4I", 0, len(data), megabytes << 20, 9)[:12]
    local = b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + struct.pack("<2H", 9, 0) + b"zeros.txt"
    entry = b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes + struct.pack("<5H2I", 9, 0, 0, 0, 0, 0, 0)
    entry += b"zeros.txt"
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    return base64.b64encode(local + data + entry + end).decode()


async def test_an_archive_that_grows_without_bound_is_refused(bench: Bench) -> None:
    code = zeros_zipped(700)

    in_node = await bench.run(node(code, binary=True, memory_mb=4096, timeout_ms=20_000))
    in_python = await bench.run(python(code, binary=True))

    assert in_node.error.endswith("There was an error uncompressing the action Zip archive.")
    assert in_python.stderr[0] == "The archive is too large when unpacked."


async def test_timers_left_behind_go_on_while_the_worker_is_idle(bench: Bench, tmp_path: Path) -> None:
    mark = tmp_path / "fired"
    code = "function main(args) { setTimeout(() => require('fs').writeFileSync(args.mark, ''), 150); return {} }"
    executable = node(code)
    await bench.run(executable, {"mark": str(mark)})

    await until(mark.exists)

    again = [await bench.run(executable, {"mark": str(mark)}) for _ in range(3)]
    assert [ran.status for ran in again] == [0, 0, 0]
    assert all(ran.outcome.init_ms is None for ran in again)


async def test_an_error_in_a_timer_left_behind_costs_the_next_run_nothing_but_warmth(bench: Bench) -> None:
    executable = node("function main() { setTimeout(() => { throw new Error('late') }, 50); return {} }")
    await bench.run(executable)
    await asyncio.sleep(0.4)

    ran = await bench.run(executable)

    assert (ran.status, ran.outcome.init_ms is not None) == (0, True)


async def test_times_are_the_platform_s(bench: Bench) -> None:
    executable = python("import time\ntime.sleep(0.2)\ndef main(args):\n    time.sleep(0.1)\n    return {}")
    before_ms = time.time() * 1000

    cold, warm = (await bench.run(executable)).outcome, (await bench.run(executable)).outcome

    assert cold.init_ms is not None
    assert cold.init_ms >= 200
    assert cold.end_ms - cold.start_ms >= 300
    assert cold.start_ms >= before_ms - 1
    assert abs(cold.start_ms - before_ms - cold.wait_ms) < 50
    assert warm.init_ms is None
    assert 100 <= warm.end_ms - warm.start_ms < 300


def test_this_process_is_not_bounded_itself() -> None:
    resource = pytest.importorskip("resource")

    assert resource.prlimit(os.getpid(), resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
