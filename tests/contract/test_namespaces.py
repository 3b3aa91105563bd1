"""Two namespaces on one platform: what each may do with what is the other's (sections 1.2, 3.2, 3.3 and 3.5)."""

import json
from typing import Any

import httpx
import pytest

from .platform import ECHO, PYTHON, Platform, annotations_of, error_of


def refused(answer: httpx.Response, *resources: str) -> None:
    text = f"The supplied authentication is not authorized to access '{', '.join(resources)}'."
    assert (answer.status_code, error_of(answer)) == (403, text)


def given_package(owner: Platform, *, publish: bool, **body: Any) -> str:
    """A package with the action `a`."""
    name = owner.name("package")
    owner.given(f"packages/{name}", {"publish": publish, **body})
    owner.given(f"actions/{name}/a", {"exec": {"kind": PYTHON, "code": ECHO}})
    return name


def at(platform: Platform, method: str, owner: Platform, path: str, body: Any = None, **options: Any) -> httpx.Response:
    """A path below another's namespace, with one's own key."""
    if body is not None:
        options |= {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    return platform.call(method, f"/api/v1/namespaces/{owner.namespace}/{path}", **options)


def test_each_key_opens_its_own_namespace(platform: Platform, system: Platform) -> None:
    assert system.namespace == "whisk.system"
    assert system.call("GET", "/api/v1/namespaces").json() == ["whisk.system"]
    assert platform.call("GET", "/api/v1/namespaces").json() == [platform.namespace]
    assert platform.auth != system.auth


@pytest.mark.parametrize("collection", ["actions", "triggers", "rules", "activations"])
def test_lists_of_another_namespace_are_refused(platform: Platform, system: Platform, collection: str) -> None:
    for namespace in ("whisk.system", "no.such.namespace"):
        refused(platform.call("GET", f"/api/v1/namespaces/{namespace}/{collection}"), namespace)
    refused(system.call("GET", f"/api/v1/namespaces/{platform.namespace}/{collection}"), platform.namespace)


def test_limits_of_another_namespace_are_refused(platform: Platform) -> None:
    refused(platform.call("GET", "/api/v1/namespaces/whisk.system/limits"), "whisk.system")


def test_of_anothers_packages_the_published_ones_are_listed_and_no_bindings(
    platform: Platform, system: Platform
) -> None:
    public, private = given_package(system, publish=True), given_package(system, publish=False)
    binding = system.name("binding")
    system.given(f"packages/{binding}", {"publish": True, "binding": {"namespace": "_", "name": public}})

    listed = at(platform, "GET", system, "packages?limit=200").json()

    names = [each["name"] for each in listed]
    assert public in names
    assert not {private, binding} & set(names)
    assert {each["binding"] for each in listed} == {False}
    assert at(platform, "GET", system, "packages?count=true").json() == {"packages": len(listed)}
    assert at(platform, "GET", system, "packages?limit=1&skip=1").json() == [listed[1]]


def test_an_unknown_namespace_has_no_packages(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces/no.such.namespace/packages")

    assert (answer.status_code, answer.json()) == (200, [])


def test_a_published_package_is_read_listed_and_invoked_by_everybody(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True, parameters=[{"key": "p", "value": 1}])

    assert [each["name"] for each in at(platform, "GET", system, f"packages/{package}").json()["actions"]] == ["a"]
    assert [each["name"] for each in at(platform, "GET", system, f"actions/{package}/").json()] == ["a"]
    shown = at(platform, "GET", system, f"actions/{package}/a").json()
    assert shown["exec"]["code"] == ECHO
    assert shown["parameters"] == [{"key": "p", "value": 1}]
    invoked = at(platform, "POST", system, f"actions/{package}/a?blocking=true&result=true", {"x": 2})
    assert invoked.json() == {"p": 1, "x": 2}


def test_what_is_run_of_anothers_is_recorded_in_the_invokers_namespace(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    code = "import os\ndef main(args):\n    return {k: os.environ[k] for k in ('__OW_NAMESPACE', '__OW_ACTION_NAME')}\n"
    system.given(f"actions/{package}/where", {"exec": {"kind": PYTHON, "code": code}})

    record = at(platform, "POST", system, f"actions/{package}/where?blocking=true").json()

    assert record["namespace"] == platform.namespace
    assert annotations_of(record)["path"] == f"whisk.system/{package}/where"
    assert record["response"]["result"] == {
        "__OW_NAMESPACE": platform.namespace,
        "__OW_ACTION_NAME": f"/whisk.system/{package}/where",
    }
    assert system.rest("GET", f"activations/{record['activationId']}").status_code == 404
    foreign = at(system, "GET", platform, f"activations/{record['activationId']}")
    assert foreign.status_code == 403


def test_the_key_that_an_action_is_given_is_the_invokers(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    code = "import os\ndef main(args):\n    return {'key': os.environ['__OW_API_KEY']}\n"
    annotations = [{"key": "provide-api-key", "value": True}]
    system.given(f"actions/{package}/key", {"exec": {"kind": PYTHON, "code": code}, "annotations": annotations})

    answer = at(platform, "POST", system, f"actions/{package}/key?blocking=true&result=true")

    assert answer.json() == {"key": platform.auth}


def test_a_private_package_and_one_that_is_missing_are_refused_alike(platform: Platform, system: Platform) -> None:
    for package in (given_package(system, publish=False), "no-such"):
        resource = f"whisk.system/{package}"
        for method, path in (
            ("GET", f"packages/{package}"),
            ("GET", f"actions/{package}/"),
            ("GET", f"actions/{package}/a"),
            ("POST", f"actions/{package}/a"),
        ):
            refused(at(platform, method, system, path), resource)


def test_actions_outside_packages_are_their_owners_alone(platform: Platform, system: Platform) -> None:
    action = system.given_action("own", publish=True)

    for name in (action, "no-such"):
        for method in ("GET", "POST", "DELETE"):
            refused(at(platform, method, system, f"actions/{name}"), f"whisk.system/{name}")


def test_nothing_of_anothers_can_be_written_or_fired(platform: Platform, system: Platform) -> None:
    package, trigger = given_package(system, publish=True), system.given_trigger()
    code = {"exec": {"kind": PYTHON, "code": ECHO}}

    for method, path, body, resource in (
        ("PUT", f"packages/{package}?overwrite=true", {}, package),
        ("DELETE", f"packages/{package}", None, package),
        ("PUT", f"actions/{package}/new", code, package),
        ("PUT", "actions/new", code, "new"),
        ("DELETE", f"actions/{package}/a", None, package),
        ("PUT", "triggers/new", {}, "new"),
        ("GET", f"triggers/{trigger}", None, trigger),
        ("POST", f"triggers/{trigger}", {}, trigger),
        ("DELETE", f"triggers/{trigger}", None, trigger),
        ("PUT", "rules/new", {}, "new"),
        ("GET", "rules/any", None, "any"),
        ("POST", "rules/any", {"status": "active"}, "any"),
    ):
        refused(at(platform, method, system, path, body), f"whisk.system/{resource}")


def test_the_refusal_comes_before_the_body_is_read(platform: Platform) -> None:
    answer = platform.call("PUT", "/api/v1/namespaces/whisk.system/actions/x", content="{nonsense")

    refused(answer, "whisk.system/x")


def test_a_binding_to_anothers_package_hands_parameters_on(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True, parameters=[_p("a", "package"), _p("b", "package")])
    binding = given_binding(platform, package, parameters=[_p("b", "binding")])

    shown = platform.rest("GET", f"packages/{binding}").json()
    record = platform.invoke(f"{binding}/a", {"c": "payload"}).json()

    assert shown["namespace"] == platform.namespace
    assert shown["binding"] == {"namespace": "whisk.system", "name": package}
    assert {each["key"]: each["value"] for each in shown["parameters"]} == {"a": "package", "b": "binding"}
    assert [each["name"] for each in shown["actions"]] == ["a"]
    assert record["response"]["result"] == {"a": "package", "b": "binding", "c": "payload"}
    assert annotations_of(record)["path"] == f"whisk.system/{package}/a"
    assert annotations_of(record)["binding"] == f"{platform.namespace}/{binding}"


def test_a_binding_is_open_to_its_owner_alone(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    binding = given_binding(platform, package, publish=True)

    for path in (f"packages/{binding}", f"actions/{binding}/", f"actions/{binding}/a"):
        refused(at(system, "GET", platform, path), f"{platform.namespace}/{binding}")


def test_what_is_not_published_or_is_a_binding_cannot_be_bound(platform: Platform, system: Platform) -> None:
    private, public = given_package(system, publish=False), given_package(system, publish=True)
    binding = system.name("binding")
    system.given(f"packages/{binding}", {"publish": True, "binding": {"namespace": "_", "name": public}})

    for package in (private, binding, "no-such"):
        body = {"binding": {"namespace": "whisk.system", "name": package}}
        refused(platform.rest("PUT", f"packages/{platform.name('b')}", body), f"whisk.system/{package}")


def test_a_package_that_is_published_no_more_closes_its_bindings(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    binding = given_binding(platform, package)
    assert platform.invoke(f"{binding}/a").status_code == 200

    system.given(f"packages/{package}", {"publish": False})

    for method, path in (("GET", f"packages/{binding}"), ("POST", f"actions/{binding}/a")):
        refused(platform.rest(method, path), f"{platform.namespace}/{binding}")
    assert platform.rest("DELETE", f"packages/{binding}").status_code == 200


def test_sequences_are_made_of_what_may_be_read_and_all_that_may_not_is_named(
    platform: Platform, system: Platform
) -> None:
    public, private = given_package(system, publish=True), given_package(system, publish=False)
    own, name = platform.given_action("own"), platform.name("sequence")

    def put(*components: str) -> httpx.Response:
        return platform.rest("PUT", f"actions/{name}", {"exec": {"kind": "sequence", "components": list(components)}})

    refused(
        put("/whisk.system/x", f"/whisk.system/{private}/a", f"/_/{own}", f"/whisk.system/{public}/a"),
        *sorted((f"whisk.system/{private}", "whisk.system/x")),
    )
    assert put(f"/_/{own}", f"/whisk.system/{public}/a").status_code == 200
    platform.made.append(f"actions/{name}")
    record = platform.invoke(name, {"x": 1}).json()
    assert record["response"]["result"] == {"x": 1}
    steps = [platform.record(each) for each in record["logs"]]
    assert [annotations_of(each)["path"] for each in steps] == [
        f"{platform.namespace}/{own}",
        f"whisk.system/{public}/a",
    ]


def test_a_sequence_is_closed_when_a_component_is(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    sequence, trigger = platform.name("sequence"), platform.given_trigger()
    components = [f"/whisk.system/{package}/a"]
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": components}})
    platform.given_rule(trigger, sequence)
    assert platform.invoke(sequence).status_code == 200

    system.given(f"packages/{package}", {"publish": False})

    refused(platform.invoke(sequence), f"whisk.system/{package}")
    fired = platform.record(platform.rest("POST", f"triggers/{trigger}", {}).json()["activationId"])
    outcome = json.loads(fired["logs"][0])
    assert (outcome["success"], outcome["statusCode"]) == (False, 1)
    assert outcome["error"].endswith(f"is not authorized to access 'whisk.system/{package}'.")


def test_a_rule_may_lead_from_an_own_trigger_to_a_published_action(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    trigger, rule = platform.given_trigger(), platform.name("rule")
    platform.given(f"rules/{rule}", {"trigger": f"/_/{trigger}", "action": f"/whisk.system/{package}/a"})

    def fire() -> dict[str, Any]:
        activation_id = platform.rest("POST", f"triggers/{trigger}", {"x": 1}).json()["activationId"]
        (line,) = map(json.loads, platform.record(activation_id)["logs"])
        return dict(line)

    line = fire()
    assert line["action"] == f"whisk.system/{package}/a"
    assert platform.record(line["activationId"])["response"]["result"]["x"] == 1

    system.given(f"packages/{package}", {"publish": False})

    line = fire()
    assert (line["statusCode"], line["success"]) == (1, False)
    assert line["error"] == f"The supplied authentication is not authorized to access 'whisk.system/{package}'."


def test_a_rule_leads_neither_from_anothers_trigger_nor_to_anothers_private_action(
    platform: Platform, system: Platform
) -> None:
    private = given_package(system, publish=False)
    foreign = system.given_trigger()
    body = {"trigger": f"/whisk.system/{foreign}", "action": f"/whisk.system/{private}/a"}

    answer = platform.rest("PUT", f"rules/{platform.name('rule')}", body)

    refused(answer, *sorted((f"whisk.system/{foreign}", f"whisk.system/{private}")))


def test_an_underscore_in_a_body_means_the_callers_namespace(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    bound = system.name("bound")

    stored = system.given(f"packages/{bound}", {"binding": {"namespace": "_", "name": package}})

    assert stored["binding"] == {"namespace": "whisk.system", "name": package}
    missing = platform.rest("PUT", "packages/x", {"binding": {"namespace": "_", "name": package}})
    assert error_of(missing) == "Binding references a package that does not exist."


def test_a_web_action_of_another_runs_and_is_recorded_as_its_owners(platform: Platform, system: Platform) -> None:
    package = system.name("package")
    system.given(f"packages/{package}", {})
    annotations = [{"key": "web-export", "value": True}]
    system.given(f"actions/{package}/web", {"exec": {"kind": PYTHON, "code": ECHO}, "annotations": annotations})

    answer = platform.call("GET", f"/api/v1/web/whisk.system/{package}/web.json?x=1")

    assert answer.json()["x"] == "1"
    assert answer.json()["__ow_user"] == platform.namespace
    record = system.record(answer.headers["x-openwhisk-activation-id"])
    assert record["namespace"] == "whisk.system"


def test_a_web_action_behind_a_binding_is_closed_with_its_package(platform: Platform, system: Platform) -> None:
    package = given_package(system, publish=True)
    annotations = [{"key": "web-export", "value": True}]
    system.given(f"actions/{package}/a", {"annotations": annotations})
    binding = given_binding(platform, package)
    assert platform.web("GET", f"{binding}/a.json").status_code == 200

    system.given(f"packages/{package}", {"publish": False})

    refused(platform.web("GET", f"{binding}/a.json"), f"whisk.system/{package}")


def given_binding(platform: Platform, package: str, **body: Any) -> str:
    name = platform.name("binding")
    platform.given(f"packages/{name}", {"binding": {"namespace": "whisk.system", "name": package}, **body})
    return name


def _p(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}
