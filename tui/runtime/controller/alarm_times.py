"""What the alarm feeds are told, and the times that follow from it.

What was told is kept as it was told, checked, since `READ` answers with it. Times are epoch milliseconds; a schedule
without a time zone follows UTC, as it does on the platform.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tui.entities.json import Json, JsonObject

from .natives import NativeFailure

FIRST_AFTER_MS = 30_000
"""An interval that is told no start begins after this time, so that there is time to make a rule."""
_MINUTE_MS = 60_000
_CRON_FIELDS = (5, 6)
_WITHOUT_END = -1
_MAX, _LEFT = "maxTriggers", "triggersLeft"
"""Of an alarm: how often it fires in all, and how often still. Like the platform, `READ` does not tell."""
_DELETE_AFTER_FIRE = ("false", "true", "rules")


class Sort(StrEnum):
    """Which feed it is."""

    ALARM = "alarm"
    INTERVAL = "interval"
    ONCE = "once"


_PARAMETERS: Mapping[Sort, tuple[str, ...]] = {
    Sort.ALARM: ("cron", "timezone", "strict", "startDate", "stopDate"),
    Sort.INTERVAL: ("minutes", "startDate", "stopDate"),
    Sort.ONCE: ("date", "deleteAfterFire"),
}
_REQUIRED: Mapping[Sort, tuple[str, str]] = {
    Sort.ALARM: ("cron", "alarms trigger feed is missing the cron parameter"),
    Sort.INTERVAL: ("minutes", "interval trigger feed is missing the minutes parameter"),
    Sort.ONCE: ("date", "alarms once trigger feed is missing the date parameter"),
}


def make_config(sort: Sort, arguments: JsonObject, now_ms: int) -> JsonObject:
    """What a CREATE says. Raises `NativeFailure` with what is wrong with it."""
    required, text = _REQUIRED[sort]
    if not arguments.get(required):
        raise NativeFailure(text)
    given = _given(sort, arguments)
    config: JsonObject = {"payload": _read_payload(arguments.get("trigger_payload"))}
    config |= _checked(given, given, now_ms)
    _check_count(sort, arguments)
    if sort is Sort.ALARM and (count := _read_count(arguments.get(_MAX))) is not None:
        config[_MAX] = count
    if sort is Sort.INTERVAL and "startDate" not in config:
        config["startDate"] = now_ms + FIRST_AFTER_MS
    _check_stop(sort, config, now_ms)
    return config


def change_config(sort: Sort, config: JsonObject, arguments: JsonObject, now_ms: int) -> JsonObject:
    """What an UPDATE leaves: everything that it does not speak of stays."""
    given = _given(sort, arguments)
    changed = dict(config)
    if arguments.get("trigger_payload"):
        changed["payload"] = _read_payload(arguments["trigger_payload"])
    elif not given:
        raise NativeFailure("no updatable parameters were specified")
    changed |= _checked(given, config | given, now_ms)
    _check_stop(sort, changed, now_ms)
    return changed


def with_full_count(config: JsonObject) -> JsonObject:
    """As it is when the schedule begins, for the first time or again."""
    return config | {_LEFT: config[_MAX]} if _MAX in config else config


def with_one_less(config: JsonObject) -> JsonObject:
    """After a firing."""
    return config | {_LEFT: config[_LEFT] - 1} if _LEFT in config else config


def is_used_up(config: JsonObject) -> bool:
    """Whether it has fired as often as it was told to."""
    return bool(config.get(_LEFT, 1) <= 0)


def describe(config: JsonObject) -> JsonObject:
    """What `READ` tells of it."""
    return {"strict": False} | {key: value for key, value in config.items() if key not in (_MAX, _LEFT)}


def find_next_ms(sort: Sort, config: JsonObject, after_ms: int) -> int | None:
    """The first time later than `after_ms`; `None` if there is none."""
    if sort is Sort.ONCE:
        next_ms: int | None = _to_ms(config["date"], "date")
        return next_ms if next_ms is not None and next_ms > after_ms else None
    next_ms = _next_of_interval(config, after_ms) if sort is Sort.INTERVAL else _next_of_cron(config, after_ms)
    stop = config.get("stopDate")
    if next_ms is None or (stop is not None and next_ms > _to_ms(stop, "stopDate")):
        return None
    return next_ms


def _given(sort: Sort, arguments: JsonObject) -> JsonObject:
    return {key: arguments[key] for key in _PARAMETERS[sort] if arguments.get(key) not in (None, "")}


def _checked(given: JsonObject, all_of_it: JsonObject, now_ms: int) -> JsonObject:
    """`given`, if nothing is wrong with it."""
    checked = dict(given)
    if "minutes" in given:
        checked["minutes"] = _read_minutes(given["minutes"])
    if "deleteAfterFire" in given:
        checked["deleteAfterFire"] = _read_delete_after_fire(given["deleteAfterFire"])
    if "cron" in given or "timezone" in given:
        _zone(all_of_it)
        if _next_of_cron(all_of_it | {"startDate": None}, now_ms) is None:
            raise NativeFailure(f"cron pattern '{all_of_it['cron']}' is not valid")
    for name in ("date", "startDate", "stopDate"):
        if name in given and _to_ms(given[name], name) <= now_ms:
            raise NativeFailure(f"{name} parameter '{given[name]}' must be in the future")
    start, stop = all_of_it.get("startDate"), all_of_it.get("stopDate")
    if start is not None and stop is not None and _to_ms(stop, "stopDate") <= _to_ms(start, "startDate"):
        raise NativeFailure(f"stopDate parameter '{stop}' must be greater than the startDate parameter '{start}'")
    return checked


def _check_stop(sort: Sort, config: JsonObject, now_ms: int) -> None:
    if "stopDate" in config and find_next_ms(sort, config, now_ms) is None:
        raise NativeFailure("the first scheduled trigger fire is not until after the stop date")


def _check_count(sort: Sort, arguments: JsonObject) -> None:
    if not (arguments.get(_MAX) and arguments.get("stopDate")):
        return
    if sort is Sort.INTERVAL:
        raise NativeFailure("maxTriggers is not supported for the interval trigger feed")
    if sort is Sort.ALARM:
        raise NativeFailure("maxTriggers is not allowed when the stopDate parameter is specified")


def _read_count(count: Json) -> int | None:
    """`None` for an alarm without end: so is one whose count is none."""
    try:
        number = int(count) if isinstance(count, (int, float, str)) else _WITHOUT_END
    except (ValueError, OverflowError):
        return None
    return number if number > 0 else None


def _read_payload(payload: Json) -> JsonObject:
    """What the trigger is fired with; what is no object is put into one."""
    if not payload:
        return {}
    return payload if isinstance(payload, dict) else {"payload": payload}


def _read_minutes(minutes: Json) -> int:
    try:
        number = float(minutes) if isinstance(minutes, (int, float, str)) else None
    except ValueError:
        number = None
    if number is None or not number.is_integer():
        raise NativeFailure("the minutes parameter must be an integer")
    if number <= 0:
        raise NativeFailure("the minutes parameter must be an integer greater than zero")
    return int(number)


def _read_delete_after_fire(value: Json) -> str:
    text = str(value).strip().lower()
    if text not in _DELETE_AFTER_FIRE:
        raise NativeFailure("deleteAfterFire parameter must be one of [false, true, rules].")
    return text


def _to_ms(date: Json, name: str) -> int:
    """A date as JavaScript takes it: milliseconds, an ISO text, or one as mails have it."""
    try:
        if isinstance(date, (int, float)) and not isinstance(date, bool):
            return int(datetime.fromtimestamp(date / 1000, UTC).timestamp() * 1000)
        return int(_parse_date(str(date).strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise NativeFailure(f"{name} parameter '{date}' is not a valid Date") from None


def _parse_date(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = parsedate_to_datetime(text)
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def _next_of_interval(config: JsonObject, after_ms: int) -> int:
    """The phase is that of the start, however often the runtime was away."""
    start_ms, period_ms = _to_ms(config["startDate"], "startDate"), config["minutes"] * _MINUTE_MS
    if start_ms > after_ms:
        return start_ms
    return int(start_ms + ((after_ms - start_ms) // period_ms + 1) * period_ms)


def _next_of_cron(config: JsonObject, after_ms: int) -> int | None:
    from croniter import CroniterBadDateError, CroniterError, croniter  # a tenth of a second, and seldom needed

    cron, start = config["cron"], config.get("startDate")
    invalid = NativeFailure(f"cron pattern '{cron}' is not valid")
    if not isinstance(cron, str) or len(cron.split()) not in _CRON_FIELDS:
        raise invalid
    if start is not None:
        after_ms = max(after_ms, _to_ms(start, "startDate") - 1)
    begin = datetime.fromtimestamp(after_ms // 1000, _zone(config))
    try:
        # Six fields begin with the seconds, as on the platform; on their own the library expects them at the end.
        return int(croniter(cron, begin, second_at_beginning=True).get_next(float) * 1000)
    except CroniterBadDateError:
        return None
    except (CroniterError, ValueError, KeyError, AttributeError):
        raise invalid from None


def _zone(config: JsonObject) -> tzinfo:
    name = config.get("timezone")
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise NativeFailure(f"timezone parameter '{name}' is not a known time zone") from None
