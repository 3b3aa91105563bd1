"""Actions in containers, seen through the API. The engine is a stand-in: its containers are processes of this machine.

With a real engine nothing else is different: what is asked of it is in `tui/runtime/invoker/containers.py`.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.contract.platform import Platform, annotations_of, error_of
from tests.running import running_runtime

from .engine import Engine
from .invoker.running import is_alive
from .serving import configure, eventually, talking_to

RUBY, NODE, PYTHON = "ruby:2.5", "nodejs:default", "python:default"
LAST_LINE = "The action did not initialize or run as expected. Log data might be missing."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with closing(Engine(tmp_path_factory.mktemp("docker"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def platform(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One runtime with containers, for all tests that only look at what comes back."""
    folder = tmp_path_factory.mktemp("containers")
    configure(folder, containers="docker", images=["nodejs:99=my/node:99", "ruby:9.9=missing/ruby:9.9"])
    with pytest.MonkeyPatch.context() as monkeypatch:
        engine.install(monkeypatch)
        with running_runtime(folder) as running, talking_to(running) as platform:
            yield platform
    assert not engine.containers


def test_the_kinds_are_those_that_there_are_images_for(platform: Platform) -> None:
    runtimes = platform.call("GET", "/").json()["runtimes"]

    by_kind = {one["kind"]: one for family in runtimes.values() for one in family}
    assert by_kind["ruby:2.5"]["image"] == "openwhisk/action-ruby-v2.5:nightly"
    assert by_kind["nodejs:99"]["image"] == "my/node:99"
    assert by_kind["java:8"]["requireMain"] is True
    assert {"swift:5.3", "php:8.1", "go:1.20", "dotnet:6.0", "rust:1.34"} < by_kind.keys()
    missing = platform.rest("PUT", f"actions/{platform.name('java')}", {"exec": {"kind": "java:8", "code": "x"}})
    assert error_of(missing).endswith("'main' must be a string defined in 'exec' for 'java:8' actions")


def test_an_action_runs_with_its_environment_its_log_and_its_record(platform: Platform) -> None:
    code = """
import os, sys
def main(args):
    print('to stdout'); print('to stderr', file=sys.stderr); print('no end', end='')
    names = ('API_KEY', 'NAMESPACE', 'ACTION_NAME', 'ACTION_VERSION', 'ACTIVATION_ID', 'TRANSACTION_ID', 'DEADLINE')
    told = {name.lower(): os.environ.get('__OW_' + name) for name in names}
    return {'args': args, 'own': os.environ['own'], 'name': INIT['name'], 'home': os.environ.get('HOME'), **told}
"""
    parameters = [{"key": "own", "value": {"a": 1}, "init": True}, {"key": "b", "value": 2}]
    action = platform.given_action("contained", code, kind=RUBY, parameters=parameters)

    record = platform.record(platform.invoke(action, {"c": 3}).json()["activationId"])

    result = record["response"]["result"]
    assert int(result.pop("deadline")) > record["start"] + 50_000
    assert result.pop("transaction_id")
    assert result == {
        "args": {"b": 2, "c": 3},
        "own": '{"a":1}',
        "name": action,
        "home": None,
        "api_key": platform.auth,
        "namespace": platform.namespace,
        "action_name": f"/{platform.namespace}/{action}",
        "action_version": "0.0.1",
        "activation_id": record["activationId"],
    }
    assert sorted(line[31:] for line in record["logs"]) == ["stderr: to stderr", "stdout: no end", "stdout: to stdout"]
    assert annotations_of(record)["kind"] == RUBY
    assert "initTime" in annotations_of(record)


def test_a_warm_container_is_used_again(platform: Platform) -> None:
    code = "import os\nruns = []\ndef main(args):\n    runs.append(1)\n    return {'runs': len(runs)}\n"
    action = platform.given_action("warm", code, kind=PYTHON)

    first, second = platform.invoke(action).json(), platform.invoke(action).json()

    assert (first["response"]["result"], second["response"]["result"]) == ({"runs": 1}, {"runs": 2})
    assert "initTime" not in annotations_of(second)


def test_a_container_is_bounded_labelled_and_closed_to_others(platform: Platform, engine: Engine) -> None:
    action = platform.given_action("bounded", kind=NODE, limits={"memory": 384})

    assert platform.invoke(action).status_code == 200

    commands = [" ".join(each["arguments"]) for each in engine.containers]
    (command,) = [each for each in commands if "--memory 384m" in each][:1]
    assert command.startswith("--rm --name worker-")
    assert "--publish 127.0.0.1::8080 " in command
    assert "--memory-swap 384m --cpu-shares 384 " in command
    assert "--label whisktop=/" in command
    assert command.endswith(" openwhisk/action-nodejs-v20:nightly")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("def main(args): return {'error': 'no luck', 'more': 1}", "application error", "no luck"),
        ("def main(args): raise ValueError('boom')", "action developer error", "An error has occurred: boom"),
        (
            "def main(args): return None",
            "action developer error",
            "The action did not produce a valid JSON or JSON Array response: null",
        ),
        ("nonsense(", "action developer error", "Initialization has failed due to: SyntaxError"),
        (
            "import os\ndef main(args): os._exit(3)",
            "action developer error",
            "The action did not produce a valid response and exited unexpectedly.",
        ),
        (
            "import os\nos._exit(3)",
            "action developer error",
            "The action did not initialize and exited unexpectedly.",
        ),
        (
            "import os\ndef main(args): os.kill(os.getpid(), 9)",
            "action developer error",
            "The action exhausted its memory and was aborted.",
        ),
        (
            "def main(args): return {'text': 'x' * 1_100_000}",
            "application error",
            "The action produced a response that exceeded the allowed length: 1100012 > 1048576 bytes.",
        ),
        (
            "import time\ndef main(args): time.sleep(60)",
            "action developer error",
            "The action exceeded its time limits of 1500 milliseconds.",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_the_platforms_words(platform: Platform, code: str, status: str, error: str) -> None:
    action = platform.given_action("broken", code, kind=PYTHON, limits={"timeout": 1500})

    answer = platform.invoke(action)

    assert answer.status_code == 502
    record = platform.record(answer.json()["activationId"])
    assert record["response"]["status"] == status
    assert record["response"]["result"]["error"].startswith(error)
    if status == "action developer error":
        assert record["logs"][-1][31:] == f"stderr: {LAST_LINE}"


def test_a_container_that_failed_is_removed(platform: Platform, engine: Engine) -> None:
    code = "import os, time\ndef main(args):\n    print(os.getpid(), flush=True)\n    time.sleep(60)\n"
    action = platform.given_action("removed", code, kind=PYTHON, limits={"timeout": 800})

    record = platform.record(platform.invoke(action).json()["activationId"])

    assert annotations_of(record)["timeout"] is True
    pid = int(record["logs"][0][39:])
    eventually(lambda: pid not in engine.processes() and not is_alive(pid))


def test_an_array_is_a_result(platform: Platform) -> None:
    action = platform.given_action("array", "def main(args): return [1, 2]", kind=PYTHON)

    assert platform.invoke(action).json() == [1, 2]


def test_the_log_ends_at_its_limit(platform: Platform) -> None:
    code = "def main(args):\n    for _ in range(3000):\n        print('x' * 999)\n    return {}\n"
    action = platform.given_action("logs", code, kind=PYTHON, limits={"logs": 1})

    record = platform.record(platform.invoke(action).json()["activationId"])

    assert record["response"]["success"] is True
    assert record["logs"][-1].endswith("exceeds the limit of 1048576 bytes.")
    assert 1000 < len(record["logs"]) < 1100


def test_overlapping_runs_share_a_container_where_the_language_can(platform: Platform) -> None:
    code = (
        "import threading\nall_here = threading.Barrier(3)\ndef main(args):\n    all_here.wait(20)\n    return args\n"
    )
    action = platform.given_action("overlap", code, kind=NODE, limits={"concurrency": 3})

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda n: platform.invoke(action, {"n": n}, result="true").json(), range(3)))

    assert answers == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_an_image_that_cannot_be_had_is_an_internal_error(platform: Platform) -> None:
    action = platform.given_action("missing", kind="ruby:9.9")

    answer = platform.invoke(action)

    assert answer.status_code == 500
    assert answer.json()["response"]["result"] == {"error": "Failed to provision resources to run the action."}


def test_an_action_may_bring_an_image_of_its_own(platform: Platform, engine: Engine) -> None:
    name, code = platform.name("blackbox"), "def hi(args):\n    print('hello')\n    return args\n"
    body = {"exec": {"kind": "blackbox", "image": "me/mine:1", "code": code, "main": "hi"}}

    stored = platform.given(f"actions/{name}", body)
    record = platform.record(platform.invoke(name, {"a": 1}).json()["activationId"])

    assert stored["exec"] == {"kind": "blackbox", "image": "me/mine:1", "code": code, "main": "hi", "binary": False}
    assert annotations_of(stored)["exec"] == "blackbox"
    assert record["response"]["result"] == {"a": 1}
    assert [line[31:] for line in record["logs"]] == ["stdout: hello"]
    assert annotations_of(record)["kind"] == "blackbox"
    assert any(each["arguments"][-1] == "me/mine:1" for each in engine.containers)


def test_an_image_of_ones_own_needs_no_code_and_may_be_missing(platform: Platform) -> None:
    bare, missing = platform.name("bare"), platform.name("missing")

    stored = platform.given(f"actions/{bare}", {"exec": {"kind": "blackbox", "image": " me/bare ", "code": " "}})
    platform.given(f"actions/{missing}", {"exec": {"kind": "blackbox", "image": "missing/one"}})
    answer = platform.invoke(missing)

    assert stored["exec"] == {"kind": "blackbox", "image": "me/bare", "binary": False}
    assert answer.status_code == 502
    assert answer.json()["response"]["result"] == {"error": "Failed to pull container image 'missing/one'."}
    assert answer.json()["response"]["status"] == "action developer error"
    refused = platform.rest("PUT", f"actions/{bare}?overwrite=true", {"exec": {"kind": "blackbox", "image": 5}})
    assert error_of(refused).endswith("'image' must be a string defined in 'exec' for 'blackbox' actions")


@pytest.mark.parametrize(
    "image",
    [
        "a\ud800",
        "a\0b",
        "a b",
        "a\x1b[2J",
        "--privileged",
        "-v",
        "docker-archive:/etc/passwd",
        "dir:etc",
        "oci:layout",
        "/etc",
        "../x",
        "a" * 600,
    ],
)
def test_an_image_is_a_name_that_a_registry_knows(platform: Platform, image: str) -> None:
    path = f"actions/{platform.name('odd-image')}"

    refused = platform.rest("PUT", path, {"exec": {"kind": "blackbox", "image": image}})

    assert refused.status_code == 400
    assert error_of(refused).endswith("could not parse image name")


def test_an_image_that_never_listens_holds_up_no_other_and_goes_with_its_runs(
    platform: Platform, engine: Engine
) -> None:
    def silent() -> int:
        return sum(each["arguments"][-1] == "silent/one" for each in engine.containers)

    at_once = max(4, 2 * (os.cpu_count() or 1))
    names = [platform.name(f"silent-{n}") for n in range(at_once)]
    runs = []
    for name in names:
        platform.given(f"actions/{name}", {"exec": {"kind": "blackbox", "image": "silent/one"}})
        runs.append(platform.invoke(name, blocking="false").json()["activationId"])
    eventually(lambda: silent() == at_once)

    answer = platform.invoke(platform.given_action("after-silent", kind="nodejs:99"), {"x": 1}, result="true")

    assert answer.json() == {"x": 1}
    for run in runs:
        assert platform.call("DELETE", f"/whisktop/v1/namespaces/_/running/{run}").status_code == 200
    eventually(lambda: not silent())
