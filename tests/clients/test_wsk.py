"""The stock command line `wsk` against the runtime, through all its resources."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.running import RunningRuntime

WSK = shutil.which("wsk")
pytestmark = pytest.mark.skipif(WSK is None, reason="put wsk (OpenWhisk's command line) on PATH to run this")

HELLO = "function main(args) { console.log('hi ' + args.name); return {greeting: 'hello ' + args.name} }"
MANIFEST = """
packages:
  wsk-demo:
    actions:
      hello: {function: hello.js, runtime: "nodejs:default", web-export: true}
    sequences:
      twice: {actions: "hello, hello"}
    triggers:
      wsk-clock: {source: /whisk.system/alarms/interval, inputs: {minutes: 30}}
      wsk-tick: {inputs: {name: me}}
    rules:
      wsk-on-tick: {trigger: wsk-tick, action: hello}
"""


class Wsk:
    def __init__(self, runtime: RunningRuntime, folder: Path) -> None:
        self.folder = folder
        self._environment = runtime.environment | {"HOME": str(folder)}

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(WSK), *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self, *arguments: str) -> Any:
        """The JSON that it prints, behind its line that all is well."""
        printed = self.run(*arguments)
        return json.loads(printed[printed.index("{") :])


@pytest.fixture(scope="module")
def wsk(runtime: RunningRuntime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wsk]:
    folder = tmp_path_factory.mktemp("wsk")
    (folder / "hello.js").write_text(HELLO)
    (folder / "manifest.yaml").write_text(MANIFEST)
    wsk = Wsk(runtime, folder)
    yield wsk
    for arguments in (("rule", "wsk-rule"), ("trigger", "wsk-trigger"), ("action", "wsk-hello"), ("action", "wsk-seq")):
        with suppress(AssertionError):
            wsk.run(arguments[0], "delete", arguments[1])


def test_actions_are_made_changed_invoked_and_told_of(wsk: Wsk) -> None:
    wsk.run("action", "create", "wsk-hello", "hello.js", "--param", "name", "nobody")
    assert "resource already exists (code " in wsk.run("action", "create", "wsk-hello", "hello.js", code=153)
    wsk.run("action", "update", "wsk-hello", "hello.js", "-m", "256", "-t", "30000", "-l", "5")
    refused = wsk.run("action", "update", "wsk-hello", "hello.js", "-m", "64", code=144)
    wsk.run("action", "create", "wsk-seq", "--sequence", "wsk-hello,/whisk.system/utils/echo")

    assert "memory size 64 MB below allowed threshold of 128 MB" in refused
    got = wsk.read("action", "get", "wsk-hello")
    assert (got["version"], got["limits"]["timeout"], "code" in got["exec"]) == ("0.0.2", 30000, False)
    wsk.run("action", "get", "wsk-hello", "--save-as", "saved.js")
    assert (wsk.folder / "saved.js").read_text() == HELLO
    assert wsk.read("action", "invoke", "wsk-seq", "--result") == {"greeting": "hello nobody"}
    record = wsk.read("action", "invoke", "wsk-hello", "--blocking", "--param", "name", "me")
    assert record["response"]["result"] == {"greeting": "hello me"}
    assert wsk.run("activation", "logs", record["activationId"], "--strip").split("\n")[0] == "hi me"
    assert record["activationId"] in wsk.run("activation", "list", "wsk-hello")
    assert "/wsk-hello " in wsk.run("action", "list")


def test_triggers_and_rules_are_made_fired_and_turned_off(wsk: Wsk) -> None:
    wsk.run("action", "update", "wsk-hello", "hello.js")
    wsk.run("trigger", "create", "wsk-trigger", "--param", "name", "you")
    wsk.run("rule", "create", "wsk-rule", "wsk-trigger", "wsk-hello")

    fired = wsk.run("trigger", "fire", "wsk-trigger").split()[-1]
    wsk.run("rule", "disable", "wsk-rule")

    assert len(fired) == 32
    assert wsk.read("activation", "get", fired)["name"] == "wsk-trigger"
    assert wsk.run("rule", "status", "wsk-rule").split()[-1] == "inactive"
    assert "inactive" in wsk.run("rule", "list")
    assert wsk.run("trigger", "fire", "wsk-trigger").split()[-1] == "id"  # nobody answered
    wsk.run("rule", "enable", "wsk-rule")
    assert wsk.read("trigger", "get", "wsk-trigger")["rules"]


def test_an_api_answers_at_the_address_that_it_prints(wsk: Wsk) -> None:
    wsk.run("action", "update", "wsk-hello", "hello.js", "--web", "true")

    created = wsk.run("api", "create", "/wsk-club", "/books", "get", "wsk-hello", "--response-type", "json")

    url = created.split()[-1]
    assert url in wsk.run("api", "list")
    assert wsk.read("api", "get", "/wsk-club")["basePath"] == "/wsk-club"
    wsk.run("api", "delete", "/wsk-club")
    assert url not in wsk.run("api", "list")


def test_a_manifest_is_deployed_again_and_undeployed(wsk: Wsk) -> None:
    for _ in range(2):
        assert "Success" in wsk.run("project", "deploy", "--manifest", "manifest.yaml")
    assert wsk.read("action", "invoke", "wsk-demo/twice", "--result", "--param", "name", "x")
    assert wsk.read("trigger", "get", "wsk-clock")["response"]["result"]["config"]["minutes"] == 30

    assert "Success" in wsk.run("project", "undeploy", "--manifest", "manifest.yaml")

    assert "wsk-demo" not in wsk.run("package", "list")
    assert "wsk-clock" not in wsk.run("trigger", "list")


def test_what_is_not_there_is_told_with_the_code_of_the_request(wsk: Wsk) -> None:
    assert "The requested resource does not exist. (code " in wsk.run("action", "get", "wsk-nothing", code=148)
    assert "guest" in wsk.run("namespace", "list")
    assert "whisk API build" in wsk.run("property", "get", "--all")
