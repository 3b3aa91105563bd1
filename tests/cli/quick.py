"""Starts commands as processes of their own without their paying for Python's start and all imports each time.

A helper process imports everything once and forks itself for each command: same code, own process, own streams, real
exit code, in a tenth of the time. Run as a program it is that helper; it ends when its pipe is closed.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple


class Ended(NamedTuple):
    code: int
    stdout: bytes
    stderr: bytes


class Starter:
    """The helper, seen from the tests."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def run(self, words: Sequence[str], *, env: dict[str, str], given: bytes | None) -> Ended:
        files = [self._folder / name for name in ("stdin", "stdout", "stderr")]
        files[0].write_bytes(given or b"")
        request = {"words": list(words), "env": env, "files": [str(file) for file in files]}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ended(code, files[1].read_bytes(), files[2].read_bytes())


@contextmanager
def starter() -> Iterator[Starter]:
    command = [sys.executable, "-m", "tests.cli.quick"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        yield Starter(process, Path(folder))
        assert process.stdin is not None
        process.stdin.close()


def _serve(requests: int, replies: int) -> None:
    with open(requests, encoding="utf-8") as stream:
        for line in stream:
            child = os.fork()
            if not child:
                _run(json.loads(line))
            _, status = os.waitpid(child, 0)
            os.write(replies, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _run(request: dict[str, Any]) -> None:
    """In the child: become the command."""
    from tui.cli import main

    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor, (file, flag) in enumerate(zip(request["files"], flags, strict=True)):
        os.dup2(os.open(file, flag, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    code = 70
    try:
        code = main(request["words"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import tui.cli
    import tui.operations
    import tui.operations.connect
    import tui.operations.trace  # noqa: F401

    # Requests and replies move out of the way of the commands' own standard streams.
    incoming, outgoing = os.dup(0), os.dup(1)
    _serve(incoming, outgoing)
