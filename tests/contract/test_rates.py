"""Rates, where they are configured: what is one too many gets 429 with the platform's sentence (section 2.6)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import running_runtime
from tests.runtime.serving import configure, talking_to

from .platform import Platform, error_of

MINUTE_S = 60


@pytest.fixture
def limited(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Platform]:
    configure(tmp_path, **request.param)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        yield platform


def until_a_fresh_minute() -> None:
    """The window is the calendar minute: a test must not straddle two."""
    left = MINUTE_S - time.time() % MINUTE_S
    if left < 10:
        time.sleep(left + 0.1)


def limit(**rates: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("limited", [rates], indirect=True)


@limit(invocations_per_minute=2)
def test_invocations_beyond_the_minutes_rate_are_refused(limited: Platform) -> None:
    name = limited.given_action("echo")
    until_a_fresh_minute()

    answers = [limited.invoke(name) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert error_of(answers[2]) == "Too many requests in the last minute (count: 3, allowed: 2)."
    limits = limited.rest("GET", "limits").json()
    assert limits["invocationsPerMinute"] == 2
    assert limited.call("GET", "/").json()["limits"]["actions_per_minute"] == 2


@limit(invocations_per_minute=2)
def test_a_web_call_counts_and_a_sequence_counts_once(limited: Platform) -> None:
    echo = limited.given_action("echo")
    web = limited.given_web_action("def main(args):\n    return {'body': 'x'}\n")
    limited.given("actions/twice", {"exec": {"kind": "sequence", "components": [f"/_/{echo}", f"/_/{echo}"]}})
    until_a_fresh_minute()

    sequence, allowed, refused = limited.invoke("twice"), limited.web("GET", f"default/{web}"), limited.invoke(echo)

    assert [sequence.status_code, allowed.status_code, refused.status_code] == [200, 200, 429]
    again = limited.web("GET", f"default/{web}")
    assert (again.status_code, error_of(again)) == (
        429,
        "Too many requests in the last minute (count: 4, allowed: 2).",
    )


@limit(invocations_per_minute=2, fires_per_minute=1)
def test_what_is_refused_or_does_nothing_counts_as_well(limited: Platform) -> None:
    trigger = limited.given_trigger()
    until_a_fresh_minute()

    missing = [limited.invoke("no-such") for _ in range(3)]
    fired = [limited.rest("POST", f"triggers/{trigger}", {}) for _ in range(2)]

    assert [each.status_code for each in missing] == [404, 404, 429]
    assert [each.status_code for each in fired] == [204, 429]


@limit(concurrent_invocations=2)
def test_more_runs_at_a_time_than_allowed_are_refused(limited: Platform) -> None:
    name = limited.given_action("slow", "import time\ndef main(args):\n    time.sleep(30)\n", limits={"timeout": 40000})
    limited.given("actions/steps", {"exec": {"kind": "sequence", "components": [f"/_/{name}"]}})

    answers = [limited.rest("POST", f"actions/{each}", {}) for each in ("steps", name, name)]

    assert [each.status_code for each in answers] == [202, 202, 429]
    assert error_of(answers[2]) == "Too many concurrent requests in flight (count: 2, allowed: 2)."
    refused = limited.rest("PUT", f"actions/{name}?overwrite=true", {"limits": {"instances": 3}})
    assert error_of(refused) == "Max action instance concurrency must not exceed your namespace concurrency of 2."
