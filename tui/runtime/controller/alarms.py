"""The alarm feeds, `/whisk.system/alarms`: clients tell them by blocking calls which trigger the clock shall fire.

Source of parameters, answers and texts: the alarm package of Apache OpenWhisk.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from msgspec.structs import replace

from tui.entities.json import Json, JsonObject
from tui.entities.names import FullName

from ..faults import Fault
from ..jsonbytes import parse_json, to_json_bytes
from ..store import schedules
from ..store.database import Database
from ..store.schedules import Schedule
from .alarm_times import Sort, change_config, describe, find_next_ms, make_config, with_full_count
from .catalog import Catalog
from .identities import Identities
from .natives import NativeCall, NativeFailure, NativeFunction
from .scheduler import Scheduler
from .system import SYSTEM, NativeAction, NativePackage, taking

_SUCCESS: JsonObject = {"status": "success"}
_REFUSED = "Trigger authentication request failed."


class Alarms:
    """Keeps the schedules that the feeds are told."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        identities: Identities,
        scheduler: Scheduler,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._identities = identities
        self._scheduler = scheduler
        self._clock_ms = clock_ms
        self._events: dict[str, Callable[[Sort, FullName, JsonObject], Awaitable[JsonObject]]] = {
            "CREATE": self._create,
            "READ": self._read,
            "UPDATE": self._update,
            "DELETE": self._delete,
            "PAUSE": self._pause,
            "UNPAUSE": self._unpause,
        }

    def feed(self, sort: Sort) -> NativeFunction:
        """The action of one feed."""

        async def change(call: NativeCall) -> Json:
            arguments = call.arguments if isinstance(call.arguments, dict) else {}
            event = self._events.get(str(arguments.get("lifecycleEvent")).upper())
            if event is None:
                raise NativeFailure("unsupported lifecycleEvent")
            return await event(sort, self._find_trigger(arguments), arguments)

        return change

    async def _create(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        """In place of what may be left of an earlier trigger of that name."""
        self._check_exists(trigger)
        now_ms = self._clock_ms()
        await self._keep(str(trigger), sort, make_config(sort, arguments, now_ms), now_ms)
        return _SUCCESS

    async def _read(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        self._check_exists(trigger)
        schedule = await self._get(trigger)
        changed = datetime.fromtimestamp(schedule.changed_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
        status: JsonObject = {
            "active": schedule.active,
            "dateChanged": schedule.changed_ms,
            "dateChangedISO": changed,
        }
        if schedule.reason is not None:
            status["reason"] = {"kind": "AUTO", "message": schedule.reason}
        told = describe(parse_json(schedule.config))
        config = {"name": trigger.name, "namespace": trigger.namespace, **told}
        return {"config": config, "status": status}

    async def _update(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        self._check_exists(trigger)
        schedule = await self._get(trigger)
        now_ms, kept_sort = self._clock_ms(), Sort(schedule.sort)
        config = change_config(kept_sort, parse_json(schedule.config), arguments, now_ms)
        await self._keep(schedule.trigger_key, kept_sort, config, now_ms)
        return _SUCCESS

    async def _delete(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        """Also where there is nothing: some clients keep the trigger if this fails."""
        await self._database.write(partial(schedules.delete, trigger_key=str(trigger)))
        self._scheduler.wake()
        return _SUCCESS

    async def _pause(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        schedule = await self._get(trigger)
        await self._save(replace(schedule, active=False, reason=None, next_ms=None, changed_ms=self._clock_ms()))
        return _SUCCESS

    async def _unpause(self, sort: Sort, trigger: FullName, arguments: JsonObject) -> JsonObject:
        schedule = await self._get(trigger)
        config = parse_json(schedule.config)
        await self._keep(schedule.trigger_key, Sort(schedule.sort), config, self._clock_ms())
        return _SUCCESS

    async def _keep(self, trigger_key: str, sort: Sort, config: JsonObject, now_ms: int) -> None:
        config = with_full_count(config)
        next_ms = find_next_ms(sort, config, now_ms)
        await self._save(
            Schedule(
                trigger_key=trigger_key,
                sort=sort.value,
                config=to_json_bytes(config),
                active=next_ms is not None,
                changed_ms=now_ms,
                next_ms=next_ms,
            )
        )

    async def _save(self, schedule: Schedule) -> None:
        await self._database.write(partial(schedules.save, schedule=schedule))
        self._scheduler.wake()

    async def _get(self, trigger: FullName) -> Schedule:
        schedule = await self._database.write(partial(schedules.find, trigger_key=str(trigger)))
        if schedule is None:
            raise NativeFailure(f"could not find the trigger /{trigger} in the database")
        return schedule

    def _find_trigger(self, arguments: JsonObject) -> FullName:
        """The trigger that is meant, which has to be the key's own."""
        key, name = arguments.get("authKey"), arguments.get("triggerName")
        if not isinstance(key, str) or not key:
            raise NativeFailure("no authKey parameter was provided")
        if not isinstance(name, str) or not name:
            raise NativeFailure("no trigger name parameter was provided")
        identity = self._identities.find_by_key(key)
        try:
            trigger = FullName.parse(name if name.startswith("/") else f"/_/{name.removeprefix('_/')}")
        except ValueError:
            raise NativeFailure(f"the trigger name '{name}' is not valid") from None
        if identity is None or trigger.resolve(identity.namespace).namespace != identity.namespace:
            raise NativeFailure(_REFUSED)
        return trigger.resolve(identity.namespace)

    def _check_exists(self, trigger: FullName) -> None:
        try:
            self._catalog.get_trigger(trigger)
        except Fault:
            raise NativeFailure(_REFUSED) from None


def make_alarms(alarms: Alarms) -> NativePackage:
    """The package."""
    return NativePackage(
        SYSTEM,
        "alarms",
        "Alarms and periodic utility",
        {
            "alarm": NativeAction(
                alarms.feed(Sort.ALARM),
                "Fire trigger when alarm occurs",
                _feed("cron", "timezone?", "trigger_payload?", "startDate?", "stopDate?", "strict?"),
            ),
            "interval": NativeAction(
                alarms.feed(Sort.INTERVAL),
                "Fire trigger at specified interval",
                _feed("minutes", "trigger_payload?", "startDate?", "stopDate?"),
            ),
            "once": NativeAction(
                alarms.feed(Sort.ONCE),
                "Fire trigger once when alarm occurs",
                _feed("date", "trigger_payload?", "deleteAfterFire?"),
            ),
        },
    )


def _feed(*names: str) -> dict[str, Json]:
    return {**taking(*names), "feed": True}
