"""A small runtime to be killed: opens a pool, starts work that leaves its group, and prints the ids of all processes.

`python -m tests.runtime.invoker.driver FOLDER`
"""

import asyncio
import signal
import sys
from pathlib import Path

from tui.runtime.invoker.interpreters import find_interpreters

from .conftest import _bench
from .running import node, python

NODE = """
    const {spawn} = require('child_process');
    function main() {
      const far = spawn('sh', ['-c', 'sleep 300 & echo $! $$; wait'], {detached: true});
      far.stdout.on('data', (pids) => console.log(process.pid + ' ' + String(pids).trim()));
      return new Promise(() => {});
    }"""
PYTHON = """
import os, subprocess
def main(args):
    far = subprocess.Popen(['sh', '-c', 'sleep 300 & echo $! $$; wait'], start_new_session=True,
                           stdout=subprocess.PIPE, text=True)
    print(os.getpid(), far.stdout.readline().strip())
    while True: pass"""


async def main(folder: Path) -> None:
    async with _bench(find_interpreters(), folder / "cache", folder / "work", {}) as bench:
        runs = [bench.submit(executable) for executable in (node(NODE), python(PYTHON))]
        pids = []
        for run in runs:
            await run.printed.wait()
            pids += run.live_lines[0].split("stdout: ")[1].split()
        print(bench.pool.warden_pid, *pids, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background ignores it
    asyncio.run(main(Path(sys.argv[1])))
