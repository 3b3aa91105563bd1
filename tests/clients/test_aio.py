"""The stock aio plugin against the runtime: what a user of `aio rt` does in a day."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import RunningRuntime
from tui.entities.endpoint import Secret
from tui.operations.environment import variables_for
from tui.runtime.invoker.interpreters import Interpreters

from .aio_plugin import Aio, running_plugin

pytestmark = [pytest.mark.aio, pytest.mark.xdist_group("aio"), pytest.mark.timeout(400)]

HELLO = "function main(args) { console.log('hello ' + args.name); return {greeting: 'hello ' + args.name} }"


def test_actions(aio: Aio) -> None:
    action, code = aio.name("hello"), aio.file("hello.js", HELLO)

    aio.run("action", "create", action, code, "--param", "name", "nobody", "--web", "true", "--memory", "128")
    assert "already exists" in aio.try_to("action", "create", action, code).stderr
    listed = next(one for one in aio.read("action", "list", "--json") if one["name"] == action)
    assert listed["version"] == "0.0.1"
    got = aio.read("action", "get", action)
    assert (got["limits"]["memory"], got["exec"]["binary"]) == (128, False)
    assert aio.read("action", "invoke", action, "--result") == {"greeting": "hello nobody"}
    aio.run("action", "update", action, code, "--param", "name", "you")
    record = aio.read("action", "invoke", action, "--blocking")
    assert (record["version"], record["response"]["result"]) == ("0.0.2", {"greeting": "hello you"})
    assert "not allowed" in aio.try_to("action", "invoke", action, "--param", "name", "me").stderr  # `--web` is final
    url = aio.run("action", "get", action, "--url").strip()
    assert httpx.get(f"{url}.json").json() == {"greeting": "hello you"}
    aio.run("action", "delete", action)

    assert "does not exist" in aio.try_to("action", "get", action).stderr


def test_activations_and_their_logs(aio: Aio) -> None:
    action, code = aio.name("logged"), aio.file("hello.js", HELLO)
    aio.run("action", "create", action, code)
    activation_id = aio.read("action", "invoke", action, "--param", "name", "me")["activationId"]

    record = until_recorded(aio, activation_id)

    assert aio.read("activation", "result", activation_id)["result"] == record["response"]["result"]
    assert aio.run("activation", "logs", activation_id, "--strip").splitlines()[1:] == ["hello me"]
    assert "hello me" in aio.run("activation", "logs", "--action", action)
    listed = aio.read("activation", "list", action, "--json")
    assert [one["activationId"] for one in listed] == [activation_id]
    row = aio.run("activation", "list", action).splitlines()[-1]
    assert (activation_id in row, "success" in row, "cold" in row) == (True, True, True)
    aio.run("action", "delete", action)


def test_an_action_that_fails(aio: Aio) -> None:
    action = aio.name("failing")
    aio.run("action", "create", action, aio.file("failing.js", "function main() { return {error: 'no luck'} }"))

    failed = aio.try_to("action", "invoke", action, "--result")

    assert "no luck" in failed.stdout + failed.stderr
    # the plugin tries three times whatever the answer is, and each try is a run
    assert len(aio.read("activation", "list", action, "--json")) == 3
    aio.run("action", "delete", action)


def test_triggers_and_rules(aio: Aio) -> None:
    trigger, action, rule = (aio.name(each) for each in ("trigger", "action", "rule"))
    aio.run("action", "create", action, aio.file("hello.js", HELLO))

    aio.run("trigger", "create", trigger, "--param", "name", "the trigger")
    aio.run("rule", "create", rule, trigger, action)
    assert (aio.read("rule", "get", rule)["status"], aio.read("trigger", "get", trigger)["name"]) == ("active", trigger)
    fired = aio.read("trigger", "fire", trigger, "--param", "more", "x")["activationId"]
    until_recorded(aio, fired)
    assert "success" in aio.run("activation", "logs", fired)
    assert any(one["name"] == rule for one in aio.read("rule", "list", "--json"))
    assert any(one["name"] == trigger for one in aio.read("trigger", "list", "--json"))
    for words in (("rule", rule), ("trigger", trigger), ("action", action)):
        aio.run(words[0], "delete", words[1])

    assert aio.try_to("rule", "get", rule).code != 0


def test_a_rule_is_disabled_and_enabled(aio: Aio) -> None:
    trigger, action, rule = (aio.name(each) for each in ("trigger", "action", "rule"))
    aio.run("action", "create", action, aio.file("hello.js", HELLO))
    aio.run("trigger", "create", trigger)
    aio.run("rule", "create", rule, trigger, action)

    aio.run("rule", "disable", rule)
    assert aio.read("rule", "get", rule)["status"] == "inactive"
    aio.run("rule", "enable", rule)

    assert aio.read("rule", "get", rule)["status"] == "active"


def test_packages(aio: Aio) -> None:
    package, bound = aio.name("package"), aio.name("bound")
    aio.run("package", "create", package, "--param", "name", "the package")
    aio.run("action", "create", f"{package}/hello", aio.file("hello.js", HELLO))

    aio.run("package", "bind", package, bound, "--param", "name", "the binding")
    assert [one["name"] for one in aio.read("package", "get", package)["actions"]] == ["hello"]
    assert {package, bound} <= {one["name"] for one in aio.read("package", "list", "--json")}
    assert aio.read("action", "invoke", f"{package}/hello", "--result") == {"greeting": "hello the package"}
    assert aio.read("action", "invoke", f"{bound}/hello", "--result") == {"greeting": "hello the binding"}
    aio.run("package", "delete", bound)
    aio.run("action", "delete", f"{package}/hello")
    aio.run("package", "delete", package)

    assert package not in aio.run("package", "list")


def test_a_route_is_made_and_served(aio: Aio) -> None:
    action, base = aio.name("routed"), f"/{aio.name('api')}"
    aio.run("action", "create", action, aio.file("hello.js", HELLO), "--web", "true")

    url = aio.run("api", "create", base, "/greet", "get", action, "--response-type", "json").strip()

    assert httpx.get(url, params={"name": "you"}).json() == {"greeting": "hello you"}
    assert url in aio.run("api", "list", base, "/greet", "get")
    aio.run("api", "delete", base, "/greet", "get")
    assert httpx.get(url).status_code == 404


def test_all_routes_are_listed_and_a_whole_base_path_is_deleted(aio: Aio) -> None:
    action, base = aio.name("listed"), f"/{aio.name('base')}"
    aio.run("action", "create", action, aio.file("hello.js", HELLO), "--web", "true")
    url = aio.run("api", "create", base, "/greet", "get", action, "--response-type", "json").strip()

    assert url in aio.run("api", "list")
    aio.run("api", "delete", base)

    assert httpx.get(url).status_code == 404


MANIFEST = """
packages:
  {package}:
    inputs: {{greeting: hello}}
    actions:
      hello:
        function: hello.js
        runtime: nodejs:20
        inputs: {{name: you}}
      guarded:
        function: hello.js
        runtime: nodejs:20
        web: 'yes'
        annotations: {{require-adobe-auth: true, final: true}}
    sequences:
      twice: {{actions: 'hello, hello'}}
    triggers:
      {trigger}: {{inputs: {{a: 1}}}}
    rules:
      {rule}: {{trigger: {trigger}, action: hello}}
"""


def test_a_manifest_is_deployed_and_undeployed(aio: Aio) -> None:
    package, trigger, rule = (aio.name(each) for each in ("package", "trigger", "rule"))
    aio.file("hello.js", HELLO)
    manifest = aio.file("manifest.yml", MANIFEST.format(package=package, trigger=trigger, rule=rule))

    aio.run("deploy", "--manifest", manifest)

    actions = {one["name"]: one for one in aio.read("action", "list", package, "--json")}
    assert actions.keys() == {"hello", "twice", "guarded", "__secured_guarded"}
    assert aio.read("action", "invoke", f"{package}/twice", "--result") == {"greeting": "hello you"}
    assert aio.read("rule", "get", rule)["action"]["path"].endswith(f"/{package}")
    assert aio.run("trigger", "fire", trigger)
    guarded = aio.run("action", "get", f"{package}/guarded", "--url").strip()
    assert httpx.get(f"{guarded}.json").status_code in (200, 401)  # the validator is there

    aio.run("deploy", "undeploy", "--manifest", manifest)

    assert package not in aio.run("package", "list")
    assert rule not in aio.run("rule", "list")


def test_with_the_variables_of_env_it_deploys_through_the_deploy_service(
    aio_plugin: Path, interpreters: Interpreters, runtime: RunningRuntime, tmp_path: Path
) -> None:
    token = Secret((runtime.data_dir / "deploy-token").read_text().strip())
    variables = variables_for(runtime.endpoint, deploy_token=token)
    del variables["USE_RUNTIME_AUTH"]  # which older versions do not know
    node = next(one for one in interpreters.found if one.family == "nodejs")
    with running_plugin(aio_plugin, node, runtime, tmp_path, variables) as aio:
        action, trigger, rule = (aio.name(each) for each in ("action", "trigger", "rule"))
        aio.run("action", "create", action, aio.file("hello.js", HELLO), "--web", "true")
        aio.run("trigger", "create", trigger)
        aio.run("rule", "create", rule, trigger, action)
        url = aio.run("api", "create", f"/{action}", "/greet", "get", action, "--response-type", "json").strip()
        assert httpx.get(url, params={"name": "you"}).json() == {"greeting": "hello you"}
        aio.run("api", "delete", f"/{action}")
        for words in (("rule", rule), ("trigger", trigger), ("action", action)):
            aio.run(words[0], "delete", words[1])

    with running_plugin(
        aio_plugin, node, runtime, tmp_path, variables | {"AIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_TOKEN": "another"}
    ) as stranger:
        assert "401" in stranger.try_to("trigger", "create", stranger.name("trigger")).stderr


def until_recorded(aio: Aio, activation_id: str) -> Any:
    """The record appears when the run has ended."""
    deadline = time.monotonic() + 30
    while (got := aio.try_to("activation", "get", activation_id)).code != 0:
        assert time.monotonic() < deadline, got.stderr
    return json.loads(got.stdout)
