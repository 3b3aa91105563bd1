"""One worker: a warm process that belongs to one action version and runs its activations.

It is started without code (then it is a stem cell), gets the code with its first job, and ends after a developer error
or a timeout. It runs one activation at a time, or as many as the action's `concurrency` allows where its language can.
"""

import asyncio
import logging
import math
import subprocess
import time
from pathlib import Path
from typing import Final

from . import outcomes, protocol
from .ahead import Ahead
from .interpreters import Interpreter
from .jobs import Executable, Job
from .outcomes import Verdict
from .owner import State, WorkerOwner
from .printed import Printed
from .process import WorkerProcess
from .protocol import Frame
from .runs import WorkerRun
from .sandbox import Enclosure

logger = logging.getLogger(__name__)

CANNOT_START: Final = (OSError, ValueError, subprocess.SubprocessError)
"""What the making of a worker may raise."""


class Undeliverable(Exception):
    """The job cannot be put into words that a worker would understand."""


_STEM, _RUNNING, _IDLE, _INITIALISING = State.STEM, State.RUNNING, State.IDLE, State.INITIALISING
_ENDED = (State.ENDING, State.GONE)


class Worker:
    """One process and what runs in it."""

    def __init__(
        self,
        owner: WorkerOwner,
        interpreter: Interpreter,
        memory_mb: int,
        folder: Path,
        sandbox: Enclosure | None = None,
    ) -> None:
        """Raises one of `CANNOT_START` if the process cannot be started."""
        self.owner = owner
        self.interpreter = interpreter
        self.memory_mb = memory_mb
        self.folder = folder
        """Its name is in the environment of everything the worker starts, which is how strays are found."""
        self.state = State.STARTING
        self.executable: Executable | None = None
        self.slots = 1
        """How many runs it takes at a time, once it has its code."""
        self.reserved = 0
        """Room that is kept for jobs on their way to it."""
        self.runs: dict[str, WorkerRun] = {}
        """By activation id, the one that started first coming first."""
        self.idle_since = 0.0
        self.told_idle = False
        self.was_ready = False
        self.serving_since = 0.0
        """Loop time of its first job."""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.printed = Printed(self.runs)
        self._exhausted = False
        """It takes no job any more and ends with its last run."""
        self._has_stopped = False
        """The host begins nothing more: the last run ended so, or it is gone."""
        self._reads_one_by_one = not interpreter.image
        self.process = WorkerProcess(self, self.printed, interpreter, memory_mb, folder, sandbox)
        self.ahead = Ahead(self.process)
        self._watch_deadline(self._loop.time() + interpreter.start_within_s)

    @property
    def is_free(self) -> bool:
        return self.state in (State.STEM, State.IDLE)

    @property
    def takes_no_more(self) -> bool:
        return self._exhausted or self.state in _ENDED

    @property
    def room(self) -> int:
        """How many jobs it could take now."""
        state = self.state
        if self._exhausted:
            return 0
        if state is _IDLE or state is _RUNNING:
            return self.slots - len(self.runs) - self.reserved
        return 1 - self.reserved if state is _STEM else 0

    @property
    def takes_ahead(self) -> bool:
        """Whether it can be given runs before the one that it is at has ended."""
        return self.state is _RUNNING and self.slots == 1 and self._reads_one_by_one and not self._exhausted

    def is_stalled(self, since: float) -> bool:
        """Whether the run that it is at began before `since`, by the clock that nobody sets."""
        return any(run.began_at < since for run in self.runs.values())

    # ---- its end ----

    def kill(self) -> None:
        """End the process, its group and its strays; `worker_gone` follows when it is reaped."""
        if self.state in (State.ENDING, State.GONE):
            return
        self.state = State.ENDING
        unbegun = self.ahead.clear() if self._has_stopped else self.ahead.withdraw()
        self.process.kill()
        self.owner.end_descendants(self)
        while job := self.ahead.next():  # the host has read it: it may have begun
            self._finish(self._begin(job, time.time(), time.monotonic()), self._exit_verdict())
        self._close()
        self.owner.jobs_unbegun(unbegun)

    def end_job(self, activation_id: str, verdict: Verdict) -> None:
        """End one job as `verdict` says, and with it the worker; other runs in it lose their connection.

        What they have printed is kept. If the job has ended by itself meanwhile, nothing happens.
        """
        unbegun = self._hear_what_has_ended(activation_id)
        if activation_id in self.runs:
            self._end({activation_id: verdict})
        self.owner.jobs_unbegun(unbegun)

    def end_all(self, verdict: Verdict) -> None:
        """End the worker, and all that runs in it as `verdict` says."""
        unbegun = self._hear_what_has_ended(*self.runs)
        self._end(dict.fromkeys(self.runs, verdict))
        self.owner.jobs_unbegun(unbegun)

    def _hear_what_has_ended(self, *activation_ids: str) -> list[Job]:
        """Before some are ended: others may have begun behind them. Gives back those that have not, taken back."""
        unbegun = self.ahead.withdraw()
        self._exhausted |= self.slots > 1  # nothing more for the room that others leave
        now = self._loop.time()
        for activation_id in activation_ids:
            run = self.runs[activation_id]
            if self.ahead:  # it has ended: the host has read the next one
                run.deadline = math.inf
            else:
                run.is_decided = not run.ends_now(now)
        self.process.receive_rest()
        return unbegun

    def _end(self, verdicts: dict[str, Verdict]) -> None:
        self.process.kill()
        for activation_id in verdicts:
            self.runs[activation_id].is_decided = True
        self.process.receive_rest()
        for activation_id, run in list(self.runs.items()):
            self._finish(run, verdicts.get(activation_id) or self._exit_verdict())
        self.kill()

    def process_ended(self, code: int) -> None:
        unexpected = self.state is not State.ENDING
        before_ready = self.state is State.STARTING
        unread: WorkerRun | None = None
        unbegun: list[Job] = []
        if unexpected:
            self._has_stopped = True
            if before_ready:
                logger.error("%s ended before it was ready: %s", self.interpreter.path, self.process.last_words())
            self.process.receive_rest()
            self.process.take_back(len(self.ahead))
            unbegun = self.ahead.clear()  # the host has not told the end of the run before
            unread = self._take_unread()
            for run in list(self.runs.values()):
                self._finish(run, self._exit_verdict(code))
            self.owner.end_descendants(self)
        self.state = State.GONE
        self._close()
        self.owner.worker_gone(self, before_ready=before_ready)
        if unread is not None:
            self.owner.job_unread(unread.job)
        self.owner.jobs_unbegun(unbegun)

    def _take_unread(self) -> WorkerRun | None:
        """Only the request sent last is known not to have been read."""
        if not (self.runs and self.process.has_unread()):
            return None
        activation_id = next(reversed(self.runs))
        return self.runs.pop(activation_id) if self.runs[activation_id].is_only_sent else None

    def _exit_verdict(self, code: int | None = None) -> Verdict:
        """Asked only if the host could say nothing itself."""
        if code is not None and self.process.ran_out_of_memory(code):
            return outcomes.failed(outcomes.OUT_OF_MEMORY)
        return outcomes.exited(self.interpreter.host_family, in_init=self.state is State.INITIALISING)

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.process.close()

    def descriptor_closed(self) -> bool:
        if self.is_free:
            self._break_off()
            return False
        return True

    def _break_off(self) -> None:
        self.owner.worker_broken(self)
        self.kill()

    # ---- jobs ----

    def take(self, job: Job) -> None:
        """Run `job`; the worker has room.

        Raises:
            Undeliverable: Nothing has happened.
        """
        now, began_at, executable = time.time(), time.monotonic(), job.executable
        is_cold = self.executable is None
        try:
            timeout_ms = executable.limits.timeout_ms
            deadline_ms = int(now * 1000) + timeout_ms
            if is_cold:
                request = self.owner.init_request(job, deadline_ms)
            else:
                request = protocol.run_request(job, deadline_ms=deadline_ms)
        except Exception as error:
            raise Undeliverable(f"activation {job.activation_id} cannot be handed to a worker") from error
        if is_cold:
            self._adopt(executable)
        else:
            self.state = State.RUNNING
        self.process.send(request)  # first of all: the worker is at it while the rest is noted
        self._begin(job, now, began_at)

    def _begin(self, job: Job, now: float, began_at: float) -> WorkerRun:
        """`now`: epoch seconds; `began_at`: the same by the clock that nobody sets."""
        deadline = self._loop.time() + job.executable.limits.timeout_ms / 1000
        run = WorkerRun(job, now, began_at, deadline)
        if self.printed.has_shared:
            run.log.add(*self.printed.take_shared())
        self.runs[job.activation_id] = run
        self.told_idle = False
        self._watch_deadline(deadline)
        job.listener.job_started(job, int(now * 1000))
        return run

    def _adopt(self, executable: Executable) -> None:
        self.state = State.INITIALISING
        self.serving_since = self._loop.time()
        self.executable = executable
        self.slots = self.interpreter.slots(executable.limits.concurrency)
        self.printed.limit(executable.limits.logs_mb)
        self.process.limit_memory(self.memory_mb)

    def _initialised(self, run: WorkerRun) -> None:
        """The code is loaded; the run itself has its full time."""
        now, timeout_ms = time.time(), run.job.executable.limits.timeout_ms
        request = protocol.run_request(run.job, deadline_ms=int(now * 1000) + timeout_ms)
        run.init_ms = int(run.lasted_ms())
        run.deadline = self._loop.time() + timeout_ms / 1000
        run.is_only_sent = False
        self.state = State.RUNNING
        self.process.send(request)
        if self.slots > 1:
            self.owner.worker_initialised(self)

    def dependencies_installed(self, error: str | None, output: str = "") -> None:
        """`error` says why they are not there, and `output` what the installer printed about it."""
        self.process.send(protocol.installed_request(error, output))

    def _finish(self, run: WorkerRun, verdict: Verdict) -> None:
        """The run has ended; what it printed is complete."""
        job = run.job
        if not self.ahead or self.printed.is_used:  # between runs given ahead nobody can tell whose output it is
            self.process.collect_output()
        if self.printed.has_shared and self.slots > 1:
            run.log.add(*self.printed.take_shared())
        lasted_ms = run.lasted_ms()
        outcome = run.close(verdict, int(lasted_ms), in_init=self.state is _INITIALISING)
        del self.runs[job.activation_id]
        is_healthy = verdict.status_code < outcomes.DEVELOPER_ERROR
        if self._has_stopped or not is_healthy:
            self._exhausted = True
        if not self.runs:
            if is_healthy and (following := self.ahead.next()):
                self._begin(following, time.time(), time.monotonic())
            elif self._exhausted:
                self.kill()
            else:
                self.state = _IDLE
                self.idle_since = self._loop.time()
        self.owner.worker_finished(self, job, outcome, lasted_ms - (outcome.init_ms or 0))

    # ---- the time limit ----

    def _watch_deadline(self, deadline: float) -> None:
        """One timer serves many runs: it is moved only when it would fire too late."""
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._deadline_passed)

    def _deadline_passed(self) -> None:
        self._timer = None
        if self.state is State.STARTING:
            within_s = self.interpreter.start_within_s
            logger.warning("worker %d did not start within %d s", self.process.pid, within_s)
            self.process.kill()
        elif self.runs:
            run = min(self.runs.values(), key=lambda one: one.deadline)
            if run.deadline > self._loop.time():
                self._watch_deadline(run.deadline)
            elif not self._has_passed_on(run):
                self.end_job(run.job.activation_id, self._timed_out(run.job))

    def _has_passed_on(self, run: WorkerRun) -> bool:
        """Let another worker have a run that this one has not read: what an earlier one left behind blocks it."""
        if self.slots > 1 or self.state is not _RUNNING or run.job.moves:
            return False
        unbegun = self.ahead.withdraw()
        unread = None if self.ahead else self._take_unread()
        if unread is not None:
            self.kill()
            self.owner.job_unread(unread.job)
        self.owner.jobs_unbegun(unbegun)
        return unread is not None

    def _timed_out(self, job: Job) -> Verdict:
        return outcomes.timed_out(job.executable.limits.timeout_ms, in_init=self.state is State.INITIALISING)

    # ---- what the process says ----

    def tell_idle(self) -> None:
        """Let a host that is waiting in a blocking read look after the timers that the action left behind."""
        self.told_idle = True
        if self.interpreter.is_bare_node:
            self._reads_one_by_one = False  # until it answers
            self.process.send(protocol.IDLE_REQUEST)

    def frame_received(self, frame: Frame) -> None:
        try:
            self._handle(frame)
        except Exception:
            logger.exception("worker %d: a frame could not be dealt with", self.process.pid)
            self.frames_broken()

    def _handle(self, frame: Frame) -> None:
        kind, _, run_id = frame.kind.partition(b":")
        run = self.runs.get(run_id.decode("latin-1")) if run_id else next(iter(self.runs.values()), None)
        if kind == protocol.END and self.state is _RUNNING and run is not None and run.ends_now(self._loop.time()):
            if frame.log_bytes:
                run.log.add(frame.logs, frame.log_bytes)
            if frame.verdict in protocol.HOST_STOPS:
                self._has_stopped = True
            self._finish(run, outcomes.from_frame(frame, self.interpreter.host_family))
        elif kind == protocol.READY and self.state is State.STARTING:
            self.state, self.was_ready = State.STEM, True
            self.owner.worker_ready(self)
        elif kind == protocol.IDLE:
            self._reads_one_by_one = frame.verdict == protocol.OK
        elif run is None:  # lines of no run that is known
            if self.slots > 1:
                self.printed.add_shared(frame.logs, frame.log_bytes)
        elif kind == protocol.LOG:
            run.is_only_sent = False
            run.log.add(frame.logs, frame.log_bytes)
            if frame.logs:
                run.job.listener.job_logged(run.job, b"[%b]" % frame.logs)
        elif run.is_decided:
            run.log.add(frame.logs, frame.log_bytes)
        elif self._loop.time() >= run.deadline:
            run.log.add(frame.logs, frame.log_bytes)
            self._end({run.job.activation_id: self._timed_out(run.job)})
        elif kind == protocol.INSTALL and self.state is State.INITIALISING:
            run.is_only_sent = False
            self.owner.install_dependencies(self, run.deadline - self._loop.time())
        elif kind == protocol.INIT and self.state is State.INITIALISING and frame.verdict == protocol.OK:
            self._initialised(run)
        elif kind == (protocol.INIT if self.state is State.INITIALISING else protocol.END):
            run.log.add(frame.logs, frame.log_bytes)
            self._finish(run, outcomes.from_frame(frame, self.interpreter.host_family))
        else:
            self.frames_broken()

    def frames_broken(self) -> None:
        if self.is_free:
            self._break_off()
        elif not self.runs:
            self.kill()
        else:
            verdict = outcomes.exited("nodejs", in_init=self.state is State.INITIALISING)
            for run in list(self.runs.values()):
                self._finish(run, verdict)
