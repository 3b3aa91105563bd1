"""A real runtime in a process of its own, started the way a user starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tui.entities.endpoint import Endpoint, Secret, Wskprops

STOP_WITHIN_S = 20
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
"""The user's own: the npm module that actions find there is installed once, not for every test."""


@dataclass(frozen=True, slots=True)
class RunningRuntime:
    """`whisktop serve` on a port of its own, and how to reach it."""

    process: subprocess.Popen[str]
    data_dir: Path
    wskprops: Path
    url: str
    auth: str
    namespace: str

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(context="local", url=self.url, auth=Secret(self.auth), namespace=self.namespace)

    @property
    def environment(self) -> dict[str, str]:
        """For a command that shall talk to this runtime."""
        return isolated_environment(self.data_dir.parent) | {"WSK_CONFIG_FILE": str(self.wskprops)}


def isolated_environment(folder: Path) -> dict[str, str]:
    """The environment of this process, without the user's own settings and credentials.

    Python may keep compiled modules even where whoever runs the tests told it not to: users' machines do, and
    compiling the whole product at every start would take half of the time and of every start that is measured. A
    terminal tells its size by itself.
    """
    ours = ("WHISK", "WSK_", "AIO_", "__OW_", "PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return kept | {
        "HOME": str(folder),
        "XDG_CACHE_HOME": CACHE,
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "WHISKTOP_CONFIG": str(folder / "config.toml"),
    }


@contextmanager
def running_runtime(folder: Path, *options: str) -> Iterator[RunningRuntime]:
    """Serve from `folder` until the block ends; what the runtime says on stderr goes to `folder/serve.err`."""
    data_dir, wskprops = folder / "data", folder / "wskprops"
    command = [sys.executable, "-m", "tui", "serve", "--port", "0", "--data-dir", str(data_dir)]
    with (folder / "serve.err").open("a") as errors:
        process = subprocess.Popen(
            [*command, "--wskprops", str(wskprops), *options],
            env=isolated_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    stdout = process.stdout
    assert stdout is not None
    try:
        ready = stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise AssertionError(f"the runtime did not start: {(folder / 'serve.err').read_text()}")
        values = Wskprops.parse(wskprops.read_text()).values
        yield RunningRuntime(
            process=process,
            data_dir=data_dir,
            wskprops=wskprops,
            url=ready[1],
            auth=values["AUTH"],
            namespace=values["NAMESPACE"],
        )
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_WITHIN_S)
        stdout.close()
