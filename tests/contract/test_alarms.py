"""The alarm feeds: how clients speak with them, and that triggers really are fired (section 3.7)."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from .platform import Platform, annotations_of

ALARMS = "/api/v1/namespaces/whisk.system"
EVERY_SECOND = "* * * * * *"
FIRED_WITHIN_S = 20
MISSING: Any = object()


def tell(platform: Platform, feed: str, event: str, trigger: str, **parameters: Any) -> httpx.Response:
    """What `wsk` and `aio` call: blocking, with the caller's own key."""
    payload = {"lifecycleEvent": event, "triggerName": f"/_/{trigger}", "authKey": platform.auth, **parameters}
    payload = {key: value for key, value in payload.items() if value is not MISSING}
    return platform.call("POST", f"{ALARMS}/actions/alarms/{feed}?blocking=true&result=true", json=payload)


def given_schedule(platform: Platform, feed: str, trigger: str | None = None, **parameters: Any) -> str:
    """A trigger that the clock fires."""
    name = trigger or platform.given_trigger(annotations=[{"key": "feed", "value": f"/whisk.system/alarms/{feed}"}])
    answer = tell(platform, feed, "CREATE", name, **parameters)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"}), answer.text
    return name


def read(platform: Platform, feed: str, trigger: str) -> dict[str, Any]:
    answer = tell(platform, feed, "READ", trigger)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def firings(platform: Platform, trigger: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """Records of the trigger, the first one first; waits until there are enough."""
    end = time.monotonic() + FIRED_WITHIN_S
    while True:
        records = platform.rest("GET", f"activations?name={trigger}&docs=true&limit=200").json()
        if len(records) >= at_least:
            return list(reversed(records))
        assert time.monotonic() < end, f"{trigger} was fired {len(records)} times within {FIRED_WITHIN_S} s"
        time.sleep(0.05)


def soon(seconds: float) -> str:
    """A date as clients send it: the records that it is compared with know no finer time than a millisecond."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def refused(answer: httpx.Response, text: str) -> None:
    assert (answer.status_code, answer.json()) == (502, {"error": text})


def test_the_package_lists_its_feeds_apart_from_actions(platform: Platform) -> None:
    package = platform.call("GET", f"{ALARMS}/packages/alarms").json()
    action = platform.call("GET", f"{ALARMS}/actions/alarms/interval?code=false").json()

    assert {each["name"] for each in package["feeds"]} == {"alarm", "interval", "once"}
    assert package["actions"] == []
    assert package["publish"] is True
    assert annotations_of(action)["feed"] is True


def test_an_alarm_fires_its_trigger_on_time_with_its_payload(platform: Platform) -> None:
    trigger = platform.given_trigger(parameters=[{"key": "own", "value": 1}])
    platform.given_rule(trigger, platform.given_action("echo"))

    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND, trigger_payload={"x": 2})

    first, second, *_ = firings(platform, trigger, at_least=2)
    tell(platform, "alarm", "DELETE", trigger)
    assert first["response"]["result"] == {"x": 2}
    assert first["start"] % 1000 < 500
    assert second["start"] // 1000 > first["start"] // 1000
    (line,) = map(json.loads, first["logs"])
    told = platform.record(line["activationId"])["response"]["result"]
    assert {key: told[key] for key in ("own", "x")} == {"own": 1, "x": 2}


def test_a_feed_that_is_deleted_fires_no_more(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND)
    firings(platform, trigger)

    answer = tell(platform, "alarm", "DELETE", trigger)

    fired = len(firings(platform, trigger))
    other = platform.given_trigger()
    platform.given_rule(other, platform.given_action("echo"))
    given_schedule(platform, "alarm", other, cron=EVERY_SECOND)
    firings(platform, other, at_least=2)  # whenever that one fires, the first would have as well
    tell(platform, "alarm", "DELETE", other)
    assert answer.json() == {"status": "success"}
    assert len(firings(platform, trigger)) == fired
    refused(tell(platform, "alarm", "READ", trigger), _unknown(platform, trigger))


def test_a_trigger_that_is_deleted_takes_its_schedule_along(platform: Platform) -> None:
    trigger = given_schedule(platform, "alarm", cron="0 0 1 1 *")

    platform.rest("DELETE", f"triggers/{trigger}")
    platform.given(f"triggers/{trigger}", {})

    refused(tell(platform, "alarm", "READ", trigger), _unknown(platform, trigger))


def test_once_fires_once(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    date = soon(0.5)
    given_schedule(platform, "once", trigger, date=date, trigger_payload="text")
    assert read(platform, "once", trigger)["config"]["date"] == date

    (fired,) = firings(platform, trigger)

    assert fired["response"]["result"] == {"payload": "text"}
    assert 0 <= fired["start"] - datetime.fromisoformat(date).timestamp() * 1000 < 3000
    status = read(platform, "once", trigger)["status"]
    assert status["active"] is False
    assert status["reason"] == {"kind": "AUTO", "message": "Automatically disabled after firing once"}


@pytest.mark.parametrize(
    ("delete_after_fire", "trigger_left", "rule_left"),
    [("false", True, True), (False, True, True), (True, False, True), ("rules", False, False)],
)
def test_once_takes_trigger_and_rules_with_it_if_told(
    platform: Platform, delete_after_fire: Any, trigger_left: bool, rule_left: bool
) -> None:
    trigger = platform.given_trigger()
    rule = platform.given_rule(trigger, platform.given_action("echo"))

    given_schedule(platform, "once", trigger, date=soon(0.3), deleteAfterFire=delete_after_fire)
    firings(platform, trigger)
    if not trigger_left:
        _until(lambda: platform.rest("GET", f"triggers/{trigger}").status_code == 404)
    else:
        _until(lambda: not read(platform, "once", trigger)["status"]["active"])

    assert (platform.rest("GET", f"triggers/{trigger}").status_code == 200) is trigger_left
    assert (platform.rest("GET", f"rules/{rule}").status_code == 200) is rule_left


def test_an_interval_begins_at_its_start(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    start = int(time.time() * 1000) + 600

    given_schedule(platform, "interval", trigger, minutes=1, startDate=start)

    (fired,) = firings(platform, trigger)
    tell(platform, "interval", "DELETE", trigger)
    assert 0 <= fired["start"] - start < 3000


def test_an_interval_that_is_told_no_start_leaves_time_for_a_rule(platform: Platform) -> None:
    before = time.time() * 1000

    trigger = given_schedule(platform, "interval", minutes="5")

    config = read(platform, "interval", trigger)["config"]
    assert config["minutes"] == 5
    assert 29_000 < config["startDate"] - before < 40_000


def test_nothing_is_fired_after_the_stop_date(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    stop = soon(2.2)

    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND, stopDate=stop)

    _until(lambda: not read(platform, "alarm", trigger)["status"]["active"])
    fired = firings(platform, trigger)
    assert 1 <= len(fired) <= 3
    assert max(each["start"] for each in fired) <= datetime.fromisoformat(stop).timestamp() * 1000


def test_an_alarm_that_is_told_how_often_fires_no_more_often(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))

    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND, maxTriggers=2, strict="true")

    _until(lambda: not read(platform, "alarm", trigger)["status"]["active"])
    told = read(platform, "alarm", trigger)
    assert told["status"]["reason"]["message"] == "Automatically disabled after reaching max triggers"
    assert told["config"]["strict"] == "true"
    assert not {"maxTriggers", "triggersLeft"} & set(told["config"])
    assert len(firings(platform, trigger)) == 2
    tell(platform, "alarm", "UNPAUSE", trigger)  # counts anew
    assert len(firings(platform, trigger, at_least=4)) == 4


def test_an_alarm_waits_for_its_start_date(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    start = soon(2)

    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND, startDate=start)

    first, *_ = firings(platform, trigger)
    tell(platform, "alarm", "DELETE", trigger)
    assert first["start"] >= datetime.fromisoformat(start).timestamp() * 1000


def test_read_answers_with_what_was_told_and_the_state(platform: Platform) -> None:
    start, stop = soon(3600), soon(90 * 86400)
    trigger = given_schedule(
        platform,
        "alarm",
        cron="0 9 * * 1-5",
        timezone="Europe/Berlin",
        startDate=start,
        stopDate=stop,
        trigger_payload={"a": 1},
    )

    body = read(platform, "alarm", trigger)

    assert body["config"] == {
        "name": trigger,
        "namespace": platform.namespace,
        "payload": {"a": 1},
        "cron": "0 9 * * 1-5",
        "timezone": "Europe/Berlin",
        "startDate": start,
        "stopDate": stop,
        "strict": False,
    }
    assert body["status"]["active"] is True
    assert abs(body["status"]["dateChanged"] - time.time() * 1000) < 60_000
    assert body["status"]["dateChangedISO"].endswith("Z")


def test_update_changes_what_it_speaks_of(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    given_schedule(platform, "alarm", trigger, cron="0 0 1 1 *", trigger_payload={"a": 1})

    answer = tell(platform, "alarm", "UPDATE", trigger, cron=EVERY_SECOND)

    assert answer.json() == {"status": "success"}
    assert firings(platform, trigger)[0]["response"]["result"] == {"a": 1}
    tell(platform, "alarm", "UPDATE", trigger, cron="0 0 1 1 *", trigger_payload={"b": 2})
    config = read(platform, "alarm", trigger)["config"]
    assert (config["cron"], config["payload"]) == ("0 0 1 1 *", {"b": 2})
    refused(tell(platform, "alarm", "UPDATE", trigger), "no updatable parameters were specified")


def test_a_paused_schedule_rests_until_it_goes_on(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("echo"))
    given_schedule(platform, "alarm", trigger, cron=EVERY_SECOND)

    assert tell(platform, "alarm", "PAUSE", trigger).json() == {"status": "success"}
    assert read(platform, "alarm", trigger)["status"]["active"] is False
    before = len(platform.rest("GET", f"activations?name={trigger}").json())
    assert tell(platform, "alarm", "UNPAUSE", trigger).json() == {"status": "success"}

    firings(platform, trigger, at_least=before + 1)
    tell(platform, "alarm", "DELETE", trigger)


def test_create_takes_the_place_of_an_earlier_schedule(platform: Platform) -> None:
    trigger = given_schedule(platform, "alarm", cron="0 0 1 1 *")

    given_schedule(platform, "interval", trigger, minutes=7)

    assert read(platform, "interval", trigger)["config"]["minutes"] == 7
    assert "cron" not in read(platform, "interval", trigger)["config"]


def test_delete_is_fine_where_there_is_nothing(platform: Platform) -> None:
    trigger = platform.given_trigger()

    assert tell(platform, "alarm", "DELETE", trigger).json() == {"status": "success"}


@pytest.mark.parametrize("name", ["/_/{t}", "/{ns}/{t}", "{t}", "_/{t}"])
def test_the_trigger_may_be_named_in_any_way(platform: Platform, name: str) -> None:
    trigger = given_schedule(platform, "alarm", cron="0 0 1 1 *")

    answer = tell(platform, "alarm", "READ", trigger, triggerName=name.format(t=trigger, ns=platform.namespace))

    assert answer.json()["config"]["name"] == trigger


@pytest.mark.parametrize(
    ("feed", "parameters", "text"),
    [
        ("alarm", {}, "alarms trigger feed is missing the cron parameter"),
        ("alarm", {"cron": "nonsense"}, "cron pattern 'nonsense' is not valid"),
        ("alarm", {"cron": "* * * *"}, "cron pattern '* * * *' is not valid"),
        ("alarm", {"cron": "99 * * * *"}, "cron pattern '99 * * * *' is not valid"),
        ("alarm", {"cron": "0 0 30 2 *"}, "cron pattern '0 0 30 2 *' is not valid"),
        ("alarm", {"cron": "* * * * *", "timezone": "Mars/X"}, "timezone parameter 'Mars/X' is not a known time zone"),
        ("alarm", {"cron": "* * * * *", "startDate": "x"}, "startDate parameter 'x' is not a valid Date"),
        ("alarm", {"cron": "* * * * *", "stopDate": 5}, "stopDate parameter '5' must be in the future"),
        (
            "alarm",
            {"cron": "* * * * *", "stopDate": "2999-01-01", "maxTriggers": 3},
            "maxTriggers is not allowed when the stopDate parameter is specified",
        ),
        (
            "interval",
            {"minutes": 1, "stopDate": "2999-01-01", "maxTriggers": 3},
            "maxTriggers is not supported for the interval trigger feed",
        ),
        ("interval", {}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": "x"}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": 1.5}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": -1}, "the minutes parameter must be an integer greater than zero"),
        ("once", {}, "alarms once trigger feed is missing the date parameter"),
        ("once", {"date": "2020-01-01"}, "date parameter '2020-01-01' must be in the future"),
        (
            "once",
            {"date": "2999-01-01", "deleteAfterFire": "maybe"},
            "deleteAfterFire parameter must be one of [false, true, rules].",
        ),
        ("alarm", {"cron": "* * * * *", "authKey": MISSING}, "no authKey parameter was provided"),
        ("alarm", {"cron": "* * * * *", "triggerName": MISSING}, "no trigger name parameter was provided"),
        ("alarm", {"cron": "* * * * *", "authKey": "a:b"}, "Trigger authentication request failed."),
        ("alarm", {"cron": "* * * * *", "triggerName": "/_/no-such"}, "Trigger authentication request failed."),
        ("alarm", {"cron": "* * * * *", "triggerName": "/other/t"}, "Trigger authentication request failed."),
        ("alarm", {"cron": "* * * * *", "lifecycleEvent": "DANCE"}, "unsupported lifecycleEvent"),
        ("alarm", {"cron": "* * * * *", "lifecycleEvent": MISSING}, "unsupported lifecycleEvent"),
    ],
)
def test_what_is_wrong_is_an_application_error(
    platform: Platform, feed: str, parameters: dict[str, Any], text: str
) -> None:
    trigger = platform.given_trigger()

    refused(tell(platform, feed, "CREATE", trigger, **parameters), text)


def test_of_six_fields_the_first_is_the_second(platform: Platform) -> None:
    trigger = given_schedule(platform, "alarm", cron="30 59 23 31 12 *")

    refused(
        tell(platform, "alarm", "UPDATE", trigger, cron="59 23 31 12 * 30"),
        "cron pattern '59 23 31 12 * 30' is not valid",
    )


def test_a_stop_that_leaves_no_time_is_refused(platform: Platform) -> None:
    trigger = platform.given_trigger()
    start, stop = soon(7200), soon(3600)

    refused(
        tell(platform, "interval", "CREATE", trigger, minutes=1, stopDate=soon(5)),
        "the first scheduled trigger fire is not until after the stop date",
    )
    refused(
        tell(platform, "interval", "CREATE", trigger, minutes=1, startDate=start, stopDate=stop),
        f"stopDate parameter '{stop}' must be greater than the startDate parameter '{start}'",
    )


def test_a_feed_leaves_a_record_with_the_caller(platform: Platform) -> None:
    trigger = platform.given_trigger()
    payload = {"lifecycleEvent": "CREATE", "triggerName": trigger, "authKey": platform.auth, "cron": "0 0 1 1 *"}

    record = platform.call("POST", f"{ALARMS}/actions/alarms/alarm?blocking=true", json=payload).json()

    assert record["namespace"] == platform.namespace
    assert record["response"]["result"] == {"status": "success"}
    assert annotations_of(record)["path"] == "whisk.system/alarms/alarm"
    assert platform.record(record["activationId"]) == record


def test_feeds_are_reached_through_bindings(platform: Platform) -> None:
    binding, trigger = platform.name("clock"), platform.given_trigger()
    platform.given(f"packages/{binding}", {"binding": {"namespace": "whisk.system", "name": "alarms"}})
    payload = {"lifecycleEvent": "CREATE", "triggerName": trigger, "authKey": platform.auth, "minutes": 3}

    answer = platform.invoke(f"{binding}/interval", payload, result="true")

    assert answer.json() == {"status": "success"}
    assert read(platform, "interval", trigger)["config"]["minutes"] == 3


def _unknown(platform: Platform, trigger: str) -> str:
    return f"could not find the trigger /{platform.namespace}/{trigger} in the database"


def _until(look: Any) -> None:
    end = time.monotonic() + FIRED_WITHIN_S
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)
