"""What the configuration changes: the profile's numbers, rates, the namespace."""

import json
import re
import time
from pathlib import Path

from tests.contract.platform import ECHO, PYTHON, annotations_of, error_of
from tests.running import running_runtime

from .serving import configure, talking_to

GUEST_KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
FOREIGN = "Pages from elsewhere are not served with the public guest key."
SLEEPING = "import time\ndef main(args):\n    time.sleep(args.get('seconds', 0))\n    return {}\n"


def wait_for_a_fresh_minute() -> None:
    """Rates count by the calendar minute: a test that counts must not run across its end."""
    if time.time() % 60 > 45:
        time.sleep(60.5 - time.time() % 60)


def test_upstreams_profile_has_upstreams_limits_and_withholds_the_key_from_new_actions(tmp_path: Path) -> None:
    configure(tmp_path, profile="openwhisk")
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        code = "import os\ndef main(args):\n    return {'key': os.environ.get('__OW_API_KEY')}\n"
        plain = platform.given_action("plain", code)
        trusted = platform.given_action("trusted", code, annotations=[{"key": "provide-api-key", "value": True}])

        root = platform.call("GET", "/", signed=False).json()["limits"]
        limits = platform.rest("GET", "limits").json()
        refused = platform.rest(
            "PUT", "actions/x", {"exec": {"kind": PYTHON, "code": ECHO}, "limits": {"timeout": 400000}}
        )

        assert (root["max_action_duration"], root["max_action_memory"]) == (300000, 536870912)
        assert (limits["maxActionTimeout"], limits["maxActionMemory"]) == (300000, 512)
        assert (limits["minActionConcurrency"], limits["maxActionConcurrency"]) == (1, 500)
        expected = "requirement failed: duration 400000 milliseconds exceeds allowed threshold of 300000 milliseconds"
        assert (refused.status_code, error_of(refused)) == (400, expected)
        assert annotations_of(platform.rest("GET", f"actions/{plain}").json())["provide-api-key"] is False
        assert platform.invoke(plain, result="true").json() == {"key": None}
        assert platform.invoke(trusted, result="true").json() == {"key": running.auth}


def test_the_public_guest_key_opens_only_a_runtime_that_was_asked_to_take_it(tmp_path: Path) -> None:
    configure(tmp_path, public_guest_key=True)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert running.auth == GUEST_KEY
        name = platform.given_web_action(
            "import os\ndef main(args):\n    return {'body': os.environ['__OW_API_KEY']}\n"
        )
        paths = ("/api/v1/namespaces", f"/api/v1/web/guest/default/{name}", "/whisktop/v1/status", "/")

        for origin in ("https://example.com", "null", "http://localhost.example.com", "http://127.0.0.1@example.com"):
            for path in paths:
                for method in ("GET", "OPTIONS"):
                    refused = platform.call(method, path, headers={"Origin": origin})
                    assert (refused.status_code, error_of(refused)) == (403, FOREIGN), (origin, path)
                    assert "access-control-allow-origin" not in refused.headers
        for origin in ("http://localhost:9080", "https://127.0.0.1", "http://guest.localhost:3233"):
            assert platform.call("GET", "/api/v1/namespaces", headers={"Origin": origin}).json() == ["guest"]
        assert platform.call("GET", paths[1], signed=False).text == GUEST_KEY

    configure(tmp_path)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        admitted = platform.call("GET", "/api/v1/namespaces", headers={"Origin": "https://example.com"})
        assert (admitted.status_code, admitted.headers["access-control-allow-origin"]) == (200, "*")
        platform.auth = GUEST_KEY
        assert platform.call("GET", "/api/v1/namespaces").status_code == 401


def test_rates_are_off_and_printed_as_a_million_unless_configured(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        limits = platform.rest("GET", "limits").json()

        for member in ("invocationsPerMinute", "concurrentInvocations", "firesPerMinute"):
            assert limits[member] == 1_000_000


def test_calls_above_a_configured_rate_are_429(tmp_path: Path) -> None:
    configure(tmp_path, invocations_per_minute=3, fires_per_minute=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        action, trigger = platform.given_action("rated"), platform.given_trigger()
        platform.given_rule(trigger, action)
        wait_for_a_fresh_minute()

        fired = [platform.rest("POST", f"triggers/{trigger}", {}) for _ in range(2)]
        invoked = [platform.rest("POST", f"actions/{action}", {}) for _ in range(3)]

        assert [answer.status_code for answer in (*fired, *invoked)] == [202, 429, 202, 202, 429]
        assert error_of(fired[1]) == "Too many requests in the last minute (count: 2, allowed: 1)."
        assert error_of(invoked[2]) == "Too many requests in the last minute (count: 4, allowed: 3)."
        assert platform.rest("GET", "limits").json()["invocationsPerMinute"] == 3


def test_runs_above_a_configured_number_at_the_same_time_are_429(tmp_path: Path) -> None:
    configure(tmp_path, concurrent_invocations=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        action, trigger = platform.given_action("busy", SLEEPING), platform.given_trigger()
        platform.given_rule(trigger, action)
        first = platform.rest("POST", f"actions/{action}", {"seconds": 1}).json()["activationId"]

        refused = platform.rest("POST", f"actions/{action}", {})
        fired = platform.record(platform.rest("POST", f"triggers/{trigger}", {}).json()["activationId"])
        platform.record(first)
        later = platform.rest("POST", f"actions/{action}", {})

        text = "Too many concurrent requests in flight (count: 1, allowed: 1)."
        assert (refused.status_code, error_of(refused)) == (429, text)
        (line,) = map(json.loads, fired["logs"])
        assert (line["statusCode"], line["success"], line["error"]) == (1, False, text)
        assert later.status_code == 202


def test_the_namespace_is_what_was_asked_for(tmp_path: Path) -> None:
    with running_runtime(tmp_path, "--namespace", "my.space") as running, talking_to(running) as platform:
        record = platform.invoke(platform.given_action("any")).json()

        assert platform.call("GET", "/api/v1/namespaces").json() == ["my.space"]
        assert (record["namespace"], record["subject"]) == ("my.space", "my.space")
        assert re.fullmatch("my.space", running.namespace)
