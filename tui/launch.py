"""Finds the local runtime of a data folder, starts it where there is none, and ends it.

Two things tell that a runtime lives: `endpoint.json` says where it answers, and the answer carries the same random
instance. A file left behind by a crash, a stranger on its port, or a process with its old number are all found out
that way; no process number is believed. Starters take turns by a lock of their own, so that many at once start one.

The child lives in a session of its own and is nobody's child any more: a shell starts it and ends. Its stdout is a
pipe until it said `ready`, so its death is noticed at once; its stderr is `runtime.log` in the data folder.
"""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from msgspec import Struct

from . import __version__
from .config import RuntimeSettings, config_path
from .contexts import LOCAL
from .entities.endpoint import Endpoint, Secret
from .entities.json import JsonObject
from .errors import UserError

START_WITHIN_S = 30.0
_ANSWER_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.05
_LOG_MAX_BYTES = 5_000_000
_LOG_LINES_SHOWN = 5
_DETACH = '"$@" & echo "$!"'
"""Run by `sh`: starts its arguments in the background, tells their process number, and ends."""

Progress = Callable[[str], None]


class NotStarted(UserError):
    """The local runtime could not be started."""

    title = "The local runtime did not start"
    exit_code: ClassVar[int] = 3


class NotStopped(UserError):
    """The local runtime is there and does not end."""

    title = "The local runtime did not end"
    exit_code: ClassVar[int] = 3


class _Found(Struct, frozen=True):
    """A runtime that proved to be the one its file tells of."""

    endpoint: Endpoint
    pid: int
    version: str


async def find(settings: RuntimeSettings) -> Endpoint | None:
    """The runtime that serves this data folder now; `None` if none does."""
    found = await _find(settings.data_dir)
    return found.endpoint if found else None


def is_held(settings: RuntimeSettings) -> bool:
    """Whether a living process holds the data folder, be it ready or not."""
    return _is_served(settings.data_dir)


def find_deploy_token(settings: RuntimeSettings) -> Secret | None:
    """What the local runtime takes as a Bearer token on the deploy service's path; `None` before its first start."""
    try:
        token = (settings.data_dir / "deploy-token").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return Secret(token) if token else None


async def find_or_start(settings: RuntimeSettings, progress: Progress) -> Endpoint:
    """The runtime that serves this data folder, started in the background if need be.

    Args:
        settings: Where and how.
        progress: Is told in a sentence what takes time or deserves to be known.

    Raises:
        NotStarted: It ended before it was ready, or was not ready in time; the message holds its last words.
    """
    found = await _find(settings.data_dir)
    if found is None:
        async with _turn_to_start(settings) as found_meanwhile:
            found = found_meanwhile or await _start(settings, progress)
    if found.version != __version__:
        progress(
            f"The local runtime is whisktop {found.version}, and this is {__version__}: "
            "end it with `whisktop stop` when nothing runs, and the next command starts this version."
        )
    return found.endpoint


async def stop(settings: RuntimeSettings) -> bool:
    """End the runtime as SIGTERM does and wait until it is gone; `False` if none was running.

    Raises:
        NotStopped: It holds the data folder but does not answer, or does not end.
    """
    deadline = time.monotonic() + START_WITHIN_S
    while (found := await _find(settings.data_dir)) is None:
        if not _is_served(settings.data_dir):
            return False
        if time.monotonic() > deadline:
            raise NotStopped(f"A runtime holds {settings.data_dir} but does not answer.", hint=_see_log(settings))
        await asyncio.sleep(_LOOK_EVERY_S)  # it is starting or ending
    if _is_served(settings.data_dir):
        with suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + settings.drain_s + START_WITHIN_S
    while _is_served(settings.data_dir):
        if time.monotonic() > deadline:
            raise NotStopped(f"The runtime at {found.endpoint.url} was asked to end and still runs.")
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


async def _find(data_dir: Path) -> _Found | None:
    try:
        body = json.loads((data_dir / "endpoint.json").read_text(encoding="utf-8"))
        told = _Found(
            Endpoint(
                context=LOCAL,
                url=body["url"],
                auth=Secret(body["auth"]),
                namespace=body["namespace"],
                provenance=f"the local runtime in {data_dir}",
            ),
            pid=int(body["pid"]),
            version=str(body["version"]),
        )
        instance = body["instance"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    answered = await asyncio.to_thread(_ask, told.endpoint.url)
    return told if answered.get("instance") == instance else None


def _ask(url: str) -> JsonObject:
    """What the server at `url` says about itself as a whisktop runtime; `{}` if it is none or does not answer."""
    import http.client  # with all that belongs to mail, 10 ms that no first paint needs to wait for

    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        body = json.loads(connection.getresponse().read(1_000_000))
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    finally:
        connection.close()
    about = body.get("whisktop") if isinstance(body, dict) else None
    return about if isinstance(about, dict) else {}


def _is_served(data_dir: Path) -> bool:
    """Whether a living process holds the folder's lock."""
    try:
        descriptor = os.open(data_dir / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@asynccontextmanager
async def _turn_to_start(settings: RuntimeSettings) -> AsyncIterator[_Found | None]:
    """Hold the starters' lock, unless another starter's runtime shows up first: then it is given."""
    data_dir = settings.data_dir
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotStarted(f"The data folder {data_dir} cannot be used: {error.strerror or error}.") from error
    try:
        deadline = time.monotonic() + 2 * START_WITHIN_S
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise NotStarted(f"Somebody else has been starting a runtime in {data_dir} for a minute.")
            await asyncio.sleep(_LOOK_EVERY_S)
        yield await _find(data_dir)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _start(settings: RuntimeSettings, progress: Progress) -> _Found:
    progress(f"Starting the local runtime in {settings.data_dir} …")
    log = _Log(settings.data_dir / "runtime.log")
    child = await asyncio.to_thread(_Child.spawn, settings, log)
    try:
        async with asyncio.timeout(START_WITHIN_S):
            await child.said_ready_or_ended()
            while (found := await _find(settings.data_dir)) is None:
                child.look()
                # Somebody's `whisktop serve` may have been quicker: then ours has ended, and theirs is starting.
                if child.ended and not _is_served(settings.data_dir):
                    raise NotStarted(_last_words(log, settings), hint=_see_log(settings))
                await asyncio.sleep(_LOOK_EVERY_S)
            return found
    except TimeoutError:
        child.terminate()
        message = f"It was not ready after {START_WITHIN_S:.0f} s. {_last_words(log, settings)}"
        raise NotStarted(message, hint=_see_log(settings)) from None
    finally:
        child.let_go()


def _last_words(log: "_Log", settings: RuntimeSettings) -> str:
    return log.last_lines() or f"The runtime in {settings.data_dir} ended without a word."


def _see_log(settings: RuntimeSettings) -> str:
    return f"See {settings.data_dir / 'runtime.log'}."


class _Log:
    """The file that takes the child's stderr, and where this child's part of it begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and path.stat().st_size > _LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        self._begins = path.stat().st_size if path.exists() else 0

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def last_lines(self) -> str:
        with self.path.open("rb") as file:
            file.seek(self._begins)
            text = file.read(_LOG_MAX_BYTES).decode("utf-8", "replace")
        return "\n".join(text.strip().splitlines()[-_LOG_LINES_SHOWN:])


class _Child:
    """The runtime that we started, as long as we wait for it."""

    def __init__(self, stdout: int) -> None:
        self.ended = False
        self._stdout = stdout
        self._said = b""

    @classmethod
    def spawn(cls, settings: RuntimeSettings, log: _Log) -> "_Child":
        """Start it. Blocks for the few milliseconds that the shell lives."""
        reading, writing = os.pipe()
        try:
            errors = log.open()
            try:
                subprocess.run(
                    ["/bin/sh", "-c", _DETACH, "sh", *_command(settings)],
                    stdin=subprocess.DEVNULL,
                    stdout=writing,
                    stderr=errors,
                    env=_environment(),
                    cwd=settings.data_dir,
                    start_new_session=True,
                    check=True,
                )
            finally:
                os.close(errors)
        except (OSError, subprocess.CalledProcessError) as error:
            os.close(reading)
            raise NotStarted(f"No process could be started: {error}.") from error
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        return cls(reading)

    async def said_ready_or_ended(self) -> None:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._stdout, readable.set)
        try:
            while not self.ended and b"ready " not in self._said:
                await readable.wait()
                readable.clear()
                self.look()
        finally:
            loop.remove_reader(self._stdout)

    def look(self) -> None:
        """Take what it said; at the end of its stdout it has ended."""
        with suppress(BlockingIOError):
            said = os.read(self._stdout, 4096)
            self.ended = not said
            self._said += said

    def terminate(self) -> None:
        """End one that does not become ready. The pipe is still open, so the number is still its own."""
        pid = self._said.partition(b"\n")[0]
        if not self.ended and pid.isdigit():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)

    def let_go(self) -> None:
        os.close(self._stdout)


def _command(settings: RuntimeSettings) -> list[str]:
    return [
        sys.executable,
        # Without -P a module in the folder that it starts in could stand in for one of ours.
        *("-P", "-m", "tui", "serve", "--any-port"),
        *("--data-dir", str(settings.data_dir)),
        *("--host", settings.host),
        *("--port", str(settings.port)),
        *("--namespace", settings.namespace),
        *("--idle-exit", str(settings.idle_exit_s)),
    ]


def _environment() -> dict[str, str]:
    """Ours without other platforms' keys, which a process that lives for hours has no business with."""
    foreign = ("WHISK_", "WSK_", "AIO_", "__OW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"WHISKTOP_CONFIG": str(config_path())}
