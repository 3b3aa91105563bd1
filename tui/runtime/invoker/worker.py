"""One worker: a warm process that belongs to one action version and runs one activation at a time.

It is started without code (then it is a stem cell), gets the code with its first job, and ends after a developer error
or a timeout. Everything happens in callbacks on the event loop; there is no task per worker or per job.
"""

import asyncio
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from enum import Enum, auto
from pathlib import Path
from typing import Final, Protocol

from . import bounding, outcomes, protocol
from .interpreters import Interpreter
from .jobs import Executable, Job, Outcome
from .outcomes import Verdict
from .protocol import BadFrame, Frame, FrameReader
from .raw_output import RawOutput
from .run_log import RunLog
from .sandbox import Sandbox

logger = logging.getLogger(__name__)

HOSTS: Final = Path(__file__).parent / "hosts"
_SITE_PACKAGES: Final = list(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))
"""What is installed beside this program is there for Python actions, too."""
_RECEIVE_BYTES = 256 * 1024
_START_TIMEOUT_S = 60.0
_CLOSED_GRACE_S = 0.25
"""A worker that closed its descriptor has this long to end by itself, so that the reason can be told."""
_OUT_OF_MEMORY_SIGNS = re.compile(rb"out of memory|bad_alloc|allocation fail|cannot allocate memory", re.IGNORECASE)


class State(Enum):
    STARTING = auto()
    STEM = auto()
    """Ready, without code."""
    INITIALISING = auto()
    RUNNING = auto()
    IDLE = auto()
    ENDING = auto()
    """Killed or gone; only its reaping is awaited."""
    GONE = auto()


class WorkerOwner(Protocol):
    """Who started it, and decides what it does next."""

    def worker_ready(self, worker: "Worker") -> None: ...

    def worker_finished(self, worker: "Worker", job: Job, outcome: Outcome) -> None:
        """The worker is idle, or ending if it cannot be used again."""

    def worker_broken(self, worker: "Worker") -> None:
        """Free as it was, it cannot take a job any more; `worker_gone` follows."""

    def worker_gone(self, worker: "Worker", *, before_ready: bool) -> None:
        """The process is reaped."""

    def end_descendants(self, worker: "Worker") -> None:
        """End the processes that left its group."""

    def init_request(self, job: Job, deadline_ms: int) -> bytes: ...


class Worker:
    """One process, its socket and its pipes."""

    def __init__(
        self, owner: WorkerOwner, interpreter: Interpreter, memory_mb: int, folder: Path, sandbox: Sandbox | None = None
    ) -> None:
        self.owner = owner
        self._sandbox = sandbox
        self.interpreter = interpreter
        self.memory_mb = memory_mb
        self.folder = folder
        """Its name is in the environment of everything the worker starts, which is how strays are found."""
        self.state = State.STARTING
        self.executable: Executable | None = None
        self.job: Job | None = None
        self.idle_since = 0.0
        self.told_idle = False
        self.was_ready = False
        self.serving_since = 0.0
        """Loop time of its first job."""
        self._loop = asyncio.get_running_loop()
        self._log = RunLog(1)
        self._outgoing = bytearray()
        self._started_s = 0.0
        self._init_ms: int | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._memory_kills = bounding.count_memory_kills()
        self._decided = False
        """Whether it is settled how the job ends, whatever the worker still says."""
        self._dead = False
        self._start()

    @property
    def is_free(self) -> bool:
        return self.state in (State.STEM, State.IDLE)

    # ---- start and end of the process ----

    def _start(self) -> None:
        """Raises OSError if the process cannot be started."""
        action_folder, temporary = self.folder / "action", self.folder / "tmp"
        action_folder.mkdir(parents=True)
        temporary.mkdir()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.process = subprocess.Popen(
                    self._command(theirs.fileno()),
                    cwd=action_folder,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        self._socket: socket.socket | None = ours
        token = secrets.token_hex(8)
        self._reader = FrameReader(token)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._output = RawOutput(
            self.process.stdout.fileno(), self.process.stderr.fileno(), add=self._add_lines, room=self._room
        )
        self._loop.add_reader(ours.fileno(), self._readable)
        self._stop_watching = bounding.when_ended(self.process, self._ended)
        self._set_deadline(_START_TIMEOUT_S)
        self._send(protocol.hello_request(token))

    def _command(self, descriptor: int) -> list[str]:
        if self.interpreter.family == "nodejs":
            options, host = [f"--max-old-space-size={self.memory_mb}"], HOSTS / "node_host.js"
        else:
            options, host = ["-I", "-S", "-X", "utf8"], HOSTS / "python_host.py"
        command = [self.interpreter.path, *options, str(host), str(descriptor)]
        if self.interpreter.path == sys.executable:
            command += _SITE_PACKAGES
        if self._sandbox is None:
            return command
        return self._sandbox.wrap(command, self.interpreter, self.folder)

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's shell but the search path and the time zone; never a proxy."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
        }
        if zone := os.environ.get("TZ"):
            environment["TZ"] = zone
        return environment

    def kill(self) -> None:
        """End the process, its group and its strays; `worker_gone` follows when it is reaped."""
        if self.state in (State.ENDING, State.GONE):
            return
        self.state = State.ENDING
        self._kill_group()
        self.owner.end_descendants(self)
        self._close()

    def _break_off(self) -> None:
        self.owner.worker_broken(self)
        self.kill()

    def end_job(self, verdict: Verdict) -> None:
        """End the running job as `verdict` says, and the worker with it; what it has printed is kept."""
        self._kill_group()
        self._decided = True
        self._receive_rest()
        if self.job is not None:
            self._finish(verdict)
        self.kill()

    def _kill_group(self) -> None:
        if self.process.returncode is None:
            bounding.kill_group(self.process.pid)

    def _ended(self, code: int) -> None:
        """The process is reaped."""
        unexpected = self.state is not State.ENDING
        before_ready = self.state is State.STARTING
        if unexpected:
            self._dead = True
            if before_ready:
                logger.error("%s ended before it was ready: %s", self.interpreter.path, self._last_words())
            self._receive_rest()
            if self.job is not None:
                self._finish(self._exit_verdict(code))
            self.owner.end_descendants(self)
        self.state = State.GONE
        self._close()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        self.owner.worker_gone(self, before_ready=before_ready)

    def _last_words(self) -> str:
        self._output.collect()
        return self._output.tail.decode("utf-8", "replace").strip() or "it said nothing"

    def _exit_verdict(self, code: int) -> Verdict:
        """Asked only if the host could say nothing itself."""
        by_signal = code < 0 or code >= 128
        killed = code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        killed_for_memory = killed and bounding.count_memory_kills() > self._memory_kills
        if killed_for_memory or (by_signal and _OUT_OF_MEMORY_SIGNS.search(self._output.tail)):
            return outcomes.failed(outcomes.OUT_OF_MEMORY)
        return outcomes.exited(self.interpreter.family, in_init=self.state is State.INITIALISING)

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            if self._outgoing:
                self._loop.remove_writer(self._socket.fileno())
                self._outgoing.clear()
            self._socket.close()
            self._socket = None
        self._output.close()

    # ---- jobs ----

    def take(self, job: Job) -> None:
        """Run `job`; the worker is a stem cell or idle."""
        now = time.time()
        self.job = job
        self._started_s = now
        self.told_idle = False
        if self.executable is None:
            self._begin_init(job, now)
        else:
            self._init_ms = None
            self._begin_run(job, now)
        job.listener.job_started(job, int(now * 1000))

    def _begin_init(self, job: Job, now: float) -> None:
        self.state = State.INITIALISING
        self.serving_since = self._loop.time()
        self.executable = job.executable
        self._log = RunLog(job.executable.limits.logs_mb)
        bounding.limit_memory(self.process.pid, self.memory_mb)
        timeout_ms = job.executable.limits.timeout_ms
        self._set_deadline(timeout_ms / 1000)
        self._send(self.owner.init_request(job, int(now * 1000) + timeout_ms))

    def _begin_run(self, job: Job, now: float) -> None:
        self.state = State.RUNNING
        timeout_ms = job.executable.limits.timeout_ms
        self._set_deadline(timeout_ms / 1000)
        self._send(protocol.run_request(job, deadline_ms=int(now * 1000) + timeout_ms))

    def _finish(self, verdict: Verdict) -> None:
        """The job has ended; what it printed is complete."""
        job = self.job
        assert job is not None
        now = time.time()
        self._output.collect()
        in_init = self.state is State.INITIALISING
        start_ms = int(self._started_s * 1000)
        end_ms = max(start_ms, int(now * 1000))
        failed = verdict.status_code >= outcomes.DEVELOPER_ERROR
        last_line = outcomes.LOGS_MAY_BE_MISSING if verdict.status_code == outcomes.DEVELOPER_ERROR else None
        outcome = Outcome(
            status_code=verdict.status_code,
            result=verdict.result,
            size_bytes=verdict.size_bytes,
            logs=self._log.close(last_line),
            start_ms=start_ms,
            end_ms=end_ms,
            init_ms=end_ms - start_ms if in_init else self._init_ms,
            wait_ms=max(0, start_ms - int(job.accepted_ms)),
            timed_out=verdict.timed_out,
        )
        self.job = None
        if failed or self._dead:
            self.kill()
        else:
            self.state = State.IDLE
            self.idle_since = self._loop.time()
            self._log = RunLog(job.executable.limits.logs_mb)
        self.owner.worker_finished(self, job, outcome)

    # ---- the time limit ----

    def _set_deadline(self, seconds: float) -> None:
        """One timer serves many runs: it is moved only when it would fire too late."""
        self._deadline = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._deadline_passed)

    def _deadline_passed(self) -> None:
        self._timer = None
        if self.state is State.STARTING:
            logger.warning("worker %d did not start within %d s", self.process.pid, _START_TIMEOUT_S)
            self._kill_group()
        elif self.job is not None:
            left = self._deadline - self._loop.time()
            if left > 0:
                self._timer = self._loop.call_at(self._deadline, self._deadline_passed)
            else:
                self.end_job(self._timed_out(self.job))

    def _timed_out(self, job: Job) -> Verdict:
        return outcomes.timed_out(job.executable.limits.timeout_ms, in_init=self.state is State.INITIALISING)

    # ---- the socket ----

    def tell_idle(self) -> None:
        """Let a host that is waiting in a blocking read look after the timers that the action left behind."""
        self.told_idle = True
        if self.interpreter.family == "nodejs":
            self._send(protocol.IDLE_REQUEST)

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            return
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is gone, and its end will be noticed
        if sent < len(data):
            self._outgoing += memoryview(data)[sent:]
            self._loop.add_writer(self._socket.fileno(), self._writable)

    def _writable(self) -> None:
        assert self._socket is not None
        try:
            sent = self._socket.send(self._outgoing)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._outgoing)
        del self._outgoing[:sent]
        if not self._outgoing:
            self._loop.remove_writer(self._socket.fileno())

    def _readable(self) -> None:
        data = self._receive()
        if data is None:
            return
        if data:
            self._feed(data)
        else:
            self._closed()

    def _receive(self) -> bytes | None:
        """What has arrived; empty at the end, `None` if there is nothing now."""
        if self._socket is None:
            return None
        try:
            return self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _receive_rest(self) -> None:
        """What the worker sent before it ended."""
        while data := self._receive():
            if not self._feed(data):
                break

    def _closed(self) -> None:
        """The worker closed its descriptor: it is ending, or else it will have to."""
        assert self._socket is not None
        if self.is_free:
            self._break_off()
            return
        self._loop.remove_reader(self._socket.fileno())
        self._loop.call_later(_CLOSED_GRACE_S, self._kill_group)

    def _feed(self, data: bytes) -> bool:
        """Gives back whether the worker can still be listened to."""
        try:
            frames = self._reader.feed(data)
        except BadFrame:
            logger.warning("worker %d wrote into its descriptor what is no frame", self.process.pid)
            self._distrust()
            return False
        return all(self._socket is not None and self._handle(frame) for frame in frames)

    def _handle(self, frame: Frame) -> bool:
        kind, job = frame.kind, self.job
        if kind == protocol.READY and self.state is State.STARTING:
            self.state, self.was_ready = State.STEM, True
            self.owner.worker_ready(self)
        elif job is None:
            return True  # lines of a run that is over
        elif kind == protocol.LOG:
            self._log.add(frame.logs, frame.log_bytes)
            if frame.logs:
                job.listener.job_logged(job, b"[%b]" % frame.logs)
        elif self._decided:
            self._log.add(frame.logs, frame.log_bytes)
        elif self._loop.time() >= self._deadline:
            self._log.add(frame.logs, frame.log_bytes)
            self._finish(self._timed_out(job))
        elif kind == protocol.INIT and self.state is State.INITIALISING and frame.verdict == protocol.OK:
            now = time.time()
            self._init_ms = max(0, int(now * 1000) - int(self._started_s * 1000))
            self._begin_run(job, now)
        elif kind == (protocol.INIT if self.state is State.INITIALISING else protocol.END):
            self._log.add(frame.logs, frame.log_bytes)
            self._finish(outcomes.from_frame(frame, self.interpreter.family))
        else:
            self._distrust()
            return False
        return True

    def _distrust(self) -> None:
        if self.is_free:
            self._break_off()
        elif self.job is None:
            self.kill()
        else:
            verdict = outcomes.exited("nodejs", in_init=self.state is State.INITIALISING)
            self._finish(verdict)

    # ---- raw output ----

    def _room(self) -> int:
        return 0 if self._log.is_full else self._log.limit_bytes

    def _add_lines(self, stream: str, lines: list[bytes]) -> None:
        chunk = self._log.add_output(stream, lines, time.time())
        if chunk and self.job is not None:
            self.job.listener.job_logged(self.job, b"[%b]" % chunk)

    def stop_watching(self) -> None:
        """Give up on a process that cannot be reaped."""
        self._stop_watching()
