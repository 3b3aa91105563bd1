"""Activations: found, read, waited for, and their logs followed while they run."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar

from tui.client import Client
from tui.client.errors import ApiError, NotFound
from tui.client.live import LogsSoFar, finished_activation
from tui.entities.activation import Activation, is_activation_id
from tui.entities.json import Json
from tui.entities.limits import DEFAULT_LIST_SIZE
from tui.entities.live import EventName, LiveEvent, RunningActivation
from tui.errors import UsageError, UserError

from .live_turns import GrowingPause, Patience, live_turns
from .pages import AS_MANY_AS_POSSIBLE, SMALLEST_PAGE

_PREFIX_PAGES = 10
_HEX = frozenset("0123456789abcdef")


class WaitTimeout(UserError):
    """The time the user gave ran out before the run ended."""

    title = "Still running"
    hint = "It goes on; wait again, or for longer."
    exit_code: ClassVar[int] = 124


class ActivationOperations:
    """The records of the connected namespace, and its runs that have none yet."""

    def __init__(self, client: Client, *, live: bool) -> None:
        self._client = client
        self._live = live

    async def get(self, activation_id: str) -> Activation:
        """
        Raises:
            NotFound: No record: the run goes on, or there never was one; the message says which, where that is known.
        """
        try:
            return await self._client.activations.get(activation_id)
        except NotFound as error:
            raise await self._explained(activation_id, error) from error

    async def find(self, prefix: str) -> Activation:
        """The record of the one activation whose id begins with `prefix`.

        Raises:
            UsageError: Several do, or it is no part of an id.
            NotFound: None of the recent ones does.
        """
        return await self.get(await self.find_id(prefix))

    async def find_id(self, prefix: str) -> str:
        """As `find`, for the id alone, of runs without a record too. A whole id is given back without asking."""
        wanted = prefix.strip().lower()
        if is_activation_id(wanted):
            return wanted
        if not wanted or not _HEX.issuperset(wanted) or len(wanted) > 32:
            raise UsageError(f"{prefix} is no activation id.", hint="Ids have 32 hexadecimal digits; the first few do.")
        matches = {
            running.activation_id for running in await self.running() if running.activation_id.startswith(wanted)
        }
        matches.update(await self._recorded_ids(wanted))
        if not matches:
            raise NotFound(f"No recent activation has an id that begins with {wanted}.")
        if len(matches) > 1:
            shown = ", ".join(sorted(matches)[:3])
            raise UsageError(
                f"{wanted} could be any of {len(matches)} activations: {shown} …", hint="Give more digits."
            )
        return matches.pop()

    async def list(
        self,
        limit: int = DEFAULT_LIST_SIZE,
        name: str | None = None,
        since_ms: int | None = None,
        upto_ms: int | None = None,
        docs: bool = False,
    ) -> tuple[Activation, ...]:
        """One page, newest first, by start time; with `docs` whole records. Bounds are on the platform's clock."""
        return await self._client.activations.list(
            limit=limit, name=name, since_ms=since_ms, upto_ms=upto_ms, docs=docs
        )

    async def logs(self, activation_id: str) -> tuple[str, ...]:
        """The lines as the platform keeps them: an action's output, a sequence's ids, a trigger's outcomes."""
        try:
            return await self._client.activations.logs(activation_id)
        except NotFound as error:
            raise await self._explained(activation_id, error) from error

    async def result(self, activation_id: str) -> Json:
        try:
            return await self._client.activations.result(activation_id)
        except NotFound as error:
            raise await self._explained(activation_id, error) from error

    async def running(self) -> tuple[RunningActivation, ...]:
        """Accepted runs without a record; `()` where the platform does not tell."""
        return await self._client.live.running() if self._live else ()

    async def wait(self, activation_id: str, *, timeout_s: float | None = None) -> Activation:
        """The record, as soon as there is one. (Of a trigger its own; `follow_trace` waits for the runs behind it.)

        Raises:
            NotFound: The platform is sure that there is no such run: only the local runtime ever is.
            WaitTimeout: `timeout_s` passed.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await (self._wait_live(activation_id) if self._live else self._wait_polling(activation_id))
        except TimeoutError as error:
            raise WaitTimeout(f"Activation {activation_id} has not ended within {timeout_s:g} s.") from error

    async def cancel(self, activation_id: str) -> tuple[str, ...]:
        """End a run, or all that a firing set off; the ids of the runs that were ended.

        Raises:
            UsageError: The platform cannot: only the local runtime can.
            Conflict: It has ended already.
            NotFound: There is no such run.
        """
        if not self._live:
            raise UsageError("This platform cannot cancel a run.", hint="Its time limit ends it.")
        return await self._client.live.cancel(activation_id)

    async def follow_logs(self, activation_id: str) -> AsyncGenerator[tuple[str, ...], None]:
        """Batches of log lines until the run ends, each line once.

        Where the platform tells them live, those printed so far come first, the others as they are printed.
        Elsewhere all of them come with the record.
        """
        if not self._live:
            yield (await self._wait_polling(activation_id)).logs
            return
        shown: Counter[str] = Counter()
        async with aclosing(self._live_logs(activation_id)) as batches:
            async for lines in batches:
                if isinstance(lines, Activation):
                    yield _not_shown(lines.logs, shown)
                    return
                shown.update(lines)
                yield lines

    async def lines_so_far(self, activation_id: str) -> tuple[str, ...] | None:
        """What a run without a record has printed so far; `None` where that is not told, or where it has ended."""
        so_far = await self._so_far(activation_id) if self._live else None
        return None if so_far is None else so_far.lines

    async def _live_logs(self, activation_id: str) -> AsyncGenerator[tuple[str, ...] | Activation, None]:
        """Lines, those of before first, and in the end the record. After a gap lines come again that were missed."""
        so_far: LogsSoFar | None = None
        seen = 0
        async with aclosing(live_turns(self._client)) as turns:
            async for events in turns:
                if events is None:
                    record = await self._look(activation_id)
                    if record is None:
                        so_far = await self._so_far(activation_id)
                        record = await self._look(activation_id) if so_far is None else None
                    if record is not None:
                        yield record
                    elif so_far is not None:
                        missed = so_far.lines[seen:]
                        seen = len(so_far.lines)
                        if missed:
                            yield missed
                    continue
                for event in _about(activation_id, events):
                    if event.name is EventName.LOG and not (so_far and so_far.includes(event)):
                        lines = tuple(event.data["logs"])
                        seen += len(lines)
                        yield lines
                    elif event.name is EventName.FINISHED:
                        yield finished_activation(event)

    async def _so_far(self, activation_id: str) -> LogsSoFar | None:
        """`None` if it is not under way any more."""
        try:
            return await self._client.live.logs(activation_id)
        except NotFound:
            return None

    async def _wait_live(self, activation_id: str) -> Activation:
        async with aclosing(live_turns(self._client)) as turns:
            async for events in turns:
                if events is None:
                    record = await self._look(activation_id)
                    if record is not None:
                        return record
                    continue
                for event in _about(activation_id, events):
                    if event.name is EventName.FINISHED:
                        return finished_activation(event)
        raise AssertionError("events have no end")

    async def _look(self, activation_id: str) -> Activation | None:
        """The record; `None` while it runs.

        Raises:
            NotFound: It neither runs nor has a record.
        """
        try:
            return await self._client.activations.get(activation_id)
        except NotFound:
            if any(running.activation_id == activation_id for running in await self._client.live.running()):
                return None
        return await self._client.activations.get(activation_id)  # it ended between the two questions, or never was

    async def _wait_polling(self, activation_id: str) -> Activation:
        pause, patience = GrowingPause(), Patience()
        while True:
            try:
                return await self._client.activations.get(activation_id)
            except NotFound:
                patience.restore()
                await pause.wait()
            except ApiError as error:
                await patience.wait_after(error)

    async def _explained(self, activation_id: str, error: NotFound) -> NotFound:
        if not self._live:
            hint = "It may still be running: records are kept when a run ends. `whisktop wait` waits for it."
            return NotFound(f"Activation {activation_id} has no record.", hint=hint)
        if any(running.activation_id == activation_id for running in await self._client.live.running()):
            return NotFound(
                f"Activation {activation_id} is still running: its record comes when it ends.",
                hint="`whisktop wait` waits for it, `whisktop logs -f` shows what it prints.",
            )
        return error

    async def _recorded_ids(self, prefix: str) -> set[str]:
        """Ids of recent records that begin with `prefix`, looking back until one was found, some pages at most."""
        matches: set[str] = set()
        upto_ms: int | None = None
        for _ in range(_PREFIX_PAGES):
            page = await self._client.activations.list(limit=AS_MANY_AS_POSSIBLE, upto_ms=upto_ms)
            matches.update(one.activation_id for one in page if one.activation_id.startswith(prefix))
            if matches or len(page) < SMALLEST_PAGE or page[-1].start_ms == upto_ms:
                break
            upto_ms = page[-1].start_ms
        return matches


def _about(activation_id: str, events: list[LiveEvent]) -> list[LiveEvent]:
    return [event for event in events if event.data.get("activationId") == activation_id]


def _not_shown(lines: tuple[str, ...], shown: Counter[str]) -> tuple[str, ...]:
    left = shown.copy()
    rest = []
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
        else:
            rest.append(line)
    return tuple(rest)
