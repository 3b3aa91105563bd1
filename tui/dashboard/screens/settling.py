"""Logs of runs that have just ended, on platforms that collect lines beside the record: read until they are whole."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.activation import Activation

from ..jobs import Jobs
from .now import now_ms
from .run import Run

if TYPE_CHECKING:
    from tui.operations import Operations


class _Log(Struct, frozen=True):
    """What is known of one log beside its record."""

    lines: tuple[str, ...]
    arriving: bool = True
    sent_to: str | None = None


class Settling(Jobs):
    """For screens that show runs."""

    operations: Operations

    def __init__(self) -> None:
        super().__init__()
        self._logs: dict[str, _Log] = {}

    def log_settled(self) -> None:
        """More is known of a log: show it."""
        raise NotImplementedError

    def with_log(self, run: Run) -> Run:
        """The run with the lines that came after its record."""
        log = self._logs.get(run.activation_id or "")
        if log is None or run.activation is None:
            return run
        return replace(run, logs=log.lines, is_arriving=log.arriving, logs_sent_to=log.sent_to)

    def settle(self, run: Run) -> None:
        """Read the log of a run that has just ended until it is whole; once for each."""
        from tui.operations.settling_logs import may_still_arrive

        record = run.activation
        if record is None or run.kind != "action" or self.operations.platform.live:
            return
        if record.activation_id in self._logs:
            return
        arriving = may_still_arrive(record, now_ms(self.app))
        if arriving or not record.logs:
            self._logs[record.activation_id] = _Log(tuple(run.logs), arriving)
            self.start_job(
                partial(self._read, record, arriving), failed=lambda _: None, group=f"settle {record.activation_id}"
            )

    async def _read(self, record: Activation, arriving: bool) -> None:
        from tui.operations.settling_logs import settle_logs

        key = record.activation_id
        if arriving:
            read = partial(self.operations.activations.logs, key)
            async with aclosing(settle_logs(read, record, now_ms=self.operations.now_ms)) as readings:
                async for lines in readings:
                    self._note(key, _Log(lines))
        log = self._logs[key]
        sent_to = None if log.lines else (await self.operations.capabilities()).log_forwarding
        self._note(key, replace(log, arriving=False, sent_to=sent_to))

    def _note(self, activation_id: str, log: _Log) -> None:
        self._logs[activation_id] = log
        if self.is_attached and self.app.is_running:
            self.log_settled()
