"""Fires triggers when their time has come.

The next time of a schedule is written before, or together with, the firing, so that no time is served twice. A time
that passed while no runtime was there is let go, unless it was the only one that a schedule has.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from tui.entities.json import JsonObject
from tui.entities.names import FullName
from tui.entities.trigger import Trigger

from ..faults import Fault, NotFound, NotKept
from ..jsonbytes import parse_json, to_json_bytes
from ..store import schedules
from ..store.database import Database
from ..store.schedules import Schedule
from .alarm_times import Sort, find_next_ms, is_used_up, with_one_less
from .catalog import Catalog
from .editor import Editor
from .fire import Firer, Firing
from .identities import Identities

logger = logging.getLogger(__name__)

_LOOK_S = 30.0
"""At least this often the clock is looked at: it may have been set, or the machine may have slept."""
_RETRY_S = 1.0
_HEADERS = {"content-type": "application/json", "user-agent": "whisktop-alarms"}
"""What the actions are told of the request: there is none, and no key."""
_USED_UP = "Automatically disabled after reaching max triggers"
_LAST_FIRED = {
    Sort.ALARM: "Automatically disabled after firing last scheduled cron trigger",
    Sort.INTERVAL: "Automatically disabled after firing last scheduled interval trigger",
    Sort.ONCE: "Automatically disabled after firing once",
}


class Scheduler:
    """The clock that all schedules share."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        editor: Editor,
        identities: Identities,
        firer: Firer,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._editor = editor
        self._identities = identities
        self._firer = firer
        self._clock_ms = clock_ms
        self._changed = asyncio.Event()

    @property
    def is_live(self) -> bool:
        """Whether any trigger is still to be fired."""
        return self._database.look_up(schedules.find_next_ms) is not None

    def wake(self) -> None:
        """A schedule was written."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._let_missed_go()
        while True:
            try:
                await self._wait_and_fire()
            except* NotKept as refused:
                logger.warning("schedules wait for the database: %s", refused.exceptions[0])
                await asyncio.sleep(_RETRY_S)
            except* Exception:
                # Whatever it was, the clock goes on.
                logger.exception("schedules could not be served")
                await asyncio.sleep(_RETRY_S)

    async def _wait_and_fire(self) -> None:
        self._changed.clear()
        next_ms = self._database.look_up(schedules.find_next_ms)
        if next_ms is None:
            await self._changed.wait()
            return
        wait_s = (next_ms - self._clock_ms()) / 1000
        if wait_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, _LOOK_S)):
                    await self._changed.wait()
            return
        due = self._database.look_up(partial(schedules.due, now_ms=self._clock_ms()))
        async with asyncio.TaskGroup() as tasks:
            for schedule in due:
                tasks.create_task(self._serve(schedule), name=f"fire {schedule.trigger_key}")

    async def _let_missed_go(self) -> None:
        now_ms = self._clock_ms()
        missed = [each for each in self._database.look_up(partial(schedules.due, now_ms=now_ms)) if not _is_once(each)]
        for schedule in missed:
            await self._database.writer.call(partial(schedules.advance, old=schedule, new=_following(schedule, now_ms)))
        if missed:
            logger.info("%d schedules go on after a time without a runtime", len(missed))

    async def _serve(self, schedule: Schedule) -> None:
        """Fire one trigger whose time has come."""
        trigger = self._find_trigger(schedule)
        if trigger is None:
            await self._database.write(partial(schedules.delete, trigger_key=schedule.trigger_key))
            return
        config = parse_json(schedule.config)
        following = _following(_counted(schedule), self._clock_ms())
        # Not awaited before the firing, so that both are usually one commit; never the firing without it.
        advanced = self._database.writer.call(partial(schedules.advance, old=schedule, new=following))
        try:
            await self._fire(trigger, config["payload"])
        finally:
            await advanced
        if _is_once(schedule):
            await self._clean_up(trigger, config.get("deleteAfterFire"))

    async def _fire(self, trigger: Trigger, payload: JsonObject) -> None:
        identity = self._identities.find_by_namespace(trigger.full_name.namespace)
        if identity is None:
            logger.warning("%s is in a namespace that is not served", trigger.full_name)
            return
        firing = Firing(identity, payload, to_json_bytes(payload), _HEADERS, secrets.token_hex(16))
        try:
            activation_id = await self._firer.fire(trigger, firing)
        except Fault as fault:
            logger.warning("%s was not fired: %s", trigger.full_name, fault.message)
        else:
            logger.debug("%s was fired in activation %s", trigger.full_name, activation_id)

    async def _clean_up(self, trigger: Trigger, what: str | None) -> None:
        """Delete what a schedule without a further time was told to take with it."""
        if what == "rules":
            for rule in trigger.rules or {}:
                with suppress(NotFound):
                    await self._editor.delete_rule(FullName.parse(rule))
        if what in ("true", "rules"):
            with suppress(NotFound):
                await self._editor.delete_trigger(trigger.full_name)

    def _find_trigger(self, schedule: Schedule) -> Trigger | None:
        try:
            return self._catalog.get_trigger(FullName.parse(schedule.trigger_key))
        except Fault:
            return None


def _is_once(schedule: Schedule) -> bool:
    return schedule.sort == Sort.ONCE


def _counted(schedule: Schedule) -> Schedule:
    """The schedule with one firing less to come, where it is told how many there are."""
    config = parse_json(schedule.config)
    counted = with_one_less(config)
    return schedule if counted == config else replace(schedule, config=to_json_bytes(counted))


def _following(schedule: Schedule, now_ms: int) -> Schedule:
    """The schedule after its present time."""
    sort, config = Sort(schedule.sort), parse_json(schedule.config)
    if is_used_up(config):
        return replace(schedule, next_ms=None, active=False, changed_ms=now_ms, reason=_USED_UP)
    next_ms = find_next_ms(sort, config, max(now_ms, schedule.next_ms or 0))
    if next_ms is not None:
        return replace(schedule, next_ms=next_ms)
    reason = _LAST_FIRED[sort]
    return replace(schedule, next_ms=None, active=False, changed_ms=now_ms, reason=reason)
