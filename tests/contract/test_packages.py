"""Packages and bindings (sections 2.3, 2.7 and 3.3)."""

from typing import Any

import pytest

from .platform import ECHO, PYTHON, Platform, annotations_of, error_of

GENERIC_404 = "The requested resource does not exist."


def given_package(platform: Platform, **body: Any) -> str:
    name = platform.name("package")
    platform.given(f"packages/{name}", body)
    return name


def given_packaged(platform: Platform, package: str, name: str = "a", **body: Any) -> str:
    path = f"{package}/{name}"
    platform.given(f"actions/{path}", {"exec": {"kind": PYTHON, "code": ECHO}, **body})
    return path


def given_binding(platform: Platform, provider: str, **body: Any) -> str:
    return given_package(platform, binding={"namespace": "_", "name": provider}, **body)


def test_a_package_is_read_with_its_actions_and_feeds(platform: Platform) -> None:
    package = given_package(platform, parameters=[{"key": "p", "value": 1}])
    given_packaged(platform, package, "plain")
    given_packaged(platform, package, "feed", annotations=[{"key": "feed", "value": True}])

    body = platform.rest("GET", f"packages/{package}").json()

    assert (body["namespace"], body["name"], body["binding"]) == (platform.namespace, package, {})
    assert body["parameters"] == [{"key": "p", "value": 1}]
    assert [each["name"] for each in body["actions"]] == ["plain"]
    assert [each["name"] for each in body["feeds"]] == ["feed"]
    assert set(body["actions"][0]) == {"name", "version", "annotations"}


def test_answers_to_writes_tell_no_contents(platform: Platform) -> None:
    name = platform.name("package")

    created = platform.given(f"packages/{name}", {})
    deleted = platform.rest("DELETE", f"packages/{name}").json()

    for body in (created, deleted):
        assert body["binding"] == {}
        assert "actions" not in body
        assert "feeds" not in body


def test_in_lists_a_plain_package_has_the_binding_false(platform: Platform) -> None:
    package = given_package(platform)
    binding = given_binding(platform, package)

    newest = platform.rest("GET", "packages?limit=2").json()

    assert [(each["name"], each["binding"]) for each in newest] == [
        (binding, {"namespace": platform.namespace, "name": package}),
        (package, False),
    ]
    assert "parameters" not in newest[0]


def test_an_action_shows_and_gets_the_parameters_of_its_package_underneath_its_own(platform: Platform) -> None:
    package = given_package(platform, parameters=[{"key": "a", "value": "package"}, {"key": "b", "value": "package"}])
    path = given_packaged(platform, package, parameters=[{"key": "b", "value": "action"}])

    shown = platform.rest("GET", f"actions/{path}").json()
    stored = platform.given(f"actions/{path}", {})
    result = platform.invoke(path, {"c": "payload"}, result="true").json()

    assert {each["key"]: each["value"] for each in shown["parameters"]} == {"a": "package", "b": "action"}
    assert shown["namespace"] == f"{platform.namespace}/{package}"
    assert stored["parameters"] == [{"key": "b", "value": "action"}]
    assert result == {"a": "package", "b": "action", "c": "payload"}


def test_a_change_of_the_package_reaches_the_next_run(platform: Platform) -> None:
    package = given_package(platform, parameters=[{"key": "a", "value": 1}])
    path = given_packaged(platform, package)
    assert platform.invoke(path, result="true").json() == {"a": 1}

    platform.given(f"packages/{package}", {"parameters": [{"key": "a", "value": 2}]})

    assert platform.invoke(path, result="true").json() == {"a": 2}


def test_the_record_of_a_packaged_action_has_its_path(platform: Platform) -> None:
    package = given_package(platform)
    record = platform.invoke(given_packaged(platform, package)).json()

    assert (record["namespace"], record["name"]) == (platform.namespace, "a")
    assert annotations_of(record)["path"] == f"{platform.namespace}/{package}/a"


def test_actions_of_a_package_are_listed_behind_a_slash(platform: Platform) -> None:
    package = given_package(platform)
    given_packaged(platform, package, "a")
    given_packaged(platform, package, "b")
    binding = given_binding(platform, package)

    for name in (package, binding):
        answer = platform.rest("GET", f"actions/{name}/")

        assert [each["name"] for each in answer.json()] == ["b", "a"]
        assert {each["namespace"] for each in answer.json()} == {f"{platform.namespace}/{package}"}
    assert platform.rest("GET", f"actions/{package}/?count=true").json() == {"actions": 2}
    assert platform.rest("GET", f"actions/{package}").status_code == 409


def test_an_action_through_a_binding_is_the_providers_with_the_bindings_parameters(platform: Platform) -> None:
    package = given_package(platform, parameters=[{"key": "a", "value": "package"}, {"key": "b", "value": "package"}])
    given_packaged(platform, package)
    binding = given_binding(platform, package, parameters=[{"key": "b", "value": "binding"}])

    record = platform.invoke(f"{binding}/a").json()

    assert record["response"]["result"] == {"a": "package", "b": "binding"}
    annotations = annotations_of(record)
    assert annotations["path"] == f"{platform.namespace}/{package}/a"
    assert annotations["binding"] == f"{platform.namespace}/{binding}"
    brief = platform.rest("GET", f"actions/{binding}/a?code=false").json()
    assert brief["binding"] == f"{platform.namespace}/{binding}"


def test_a_binding_reads_with_merged_parameters_and_the_providers_contents(platform: Platform) -> None:
    package = given_package(platform, parameters=[{"key": "a", "value": 1}])
    given_packaged(platform, package)
    binding = given_binding(platform, package, annotations=[{"key": "binding", "value": "mine"}])

    body = platform.rest("GET", f"packages/{binding}").json()

    assert body["binding"] == {"namespace": platform.namespace, "name": package}
    assert body["parameters"] == [{"key": "a", "value": 1}]
    assert [each["name"] for each in body["actions"]] == ["a"]
    assert annotations_of(body)["binding"] == {"namespace": platform.namespace, "name": package}


def test_a_binding_outlives_its_provider_without_being_readable(platform: Platform) -> None:
    package = given_package(platform)
    binding = given_binding(platform, package)
    platform.rest("DELETE", f"packages/{package}")

    read = platform.rest("GET", f"packages/{binding}")
    invoked = platform.rest("POST", f"actions/{binding}/a", {})

    expected = f"The requested resource '{platform.namespace}/{binding}' does not exist."
    assert (read.status_code, error_of(read)) == (404, expected)
    assert (invoked.status_code, error_of(invoked)) == (404, GENERIC_404)
    assert platform.rest("DELETE", f"packages/{binding}").status_code == 200


def test_writing_through_a_binding_is_refused(platform: Platform) -> None:
    package = given_package(platform)
    given_packaged(platform, package)
    binding = given_binding(platform, package)

    for answer in (
        platform.rest("PUT", f"actions/{binding}/new", {"exec": {"kind": PYTHON, "code": ECHO}}),
        platform.rest("DELETE", f"actions/{binding}/a"),
    ):
        assert (answer.status_code, error_of(answer)) == (400, "Operation not permitted on package binding.")


def test_an_unknown_package_is_named_by_get_alone(platform: Platform) -> None:
    read, deleted = platform.rest("GET", "packages/no-such"), platform.rest("DELETE", "packages/no-such")
    written = platform.rest("PUT", "actions/no-such/a", {"exec": {"kind": PYTHON, "code": ECHO}})

    expected = f"The requested resource '{platform.namespace}/no-such' does not exist."
    assert (read.status_code, error_of(read)) == (404, expected)
    assert (deleted.status_code, error_of(deleted)) == (404, GENERIC_404)
    assert (written.status_code, error_of(written)) == (404, GENERIC_404)


def test_a_package_that_is_not_empty_is_deleted_by_force_only(platform: Platform) -> None:
    package = given_package(platform)
    given_packaged(platform, package, "a")
    one = platform.rest("DELETE", f"packages/{package}")
    given_packaged(platform, package, "b")
    two = platform.rest("DELETE", f"packages/{package}")

    forced = platform.rest("DELETE", f"packages/{package}?force=true")

    hint = "Set force param or delete package contents."
    assert (one.status_code, error_of(one)) == (409, f"Package not empty (contains 1 entity). {hint}")
    assert (two.status_code, error_of(two)) == (409, f"Package not empty (contains 2 entities). {hint}")
    assert forced.status_code == 200
    assert platform.rest("GET", f"actions/{package}/a").status_code == 404


def test_a_package_cannot_be_invoked(platform: Platform) -> None:
    package = given_package(platform)

    answer = platform.rest("POST", f"packages/{package}", {})

    expected = f"The supplied authentication is not authorized to access '{platform.namespace}/{package}'."
    assert (answer.status_code, error_of(answer)) == (403, expected)


@pytest.mark.parametrize("overwrite", ["true", "false"])
def test_the_name_default_is_reserved(platform: Platform, overwrite: str) -> None:
    answer = platform.rest("PUT", f"packages/default?overwrite={overwrite}", {})

    assert (answer.status_code, error_of(answer)) == (400, "Package name 'default' is reserved.")


def test_what_cannot_be_bound(platform: Platform) -> None:
    package, action = given_package(platform), platform.given_action("bound")
    binding = given_binding(platform, package)
    itself = platform.name("itself")

    for name, provider, status, text in (
        (platform.name("b"), "no-such", 400, "Binding references a package that does not exist."),
        (platform.name("b"), action, 409, "Cannot bind to a resource that is not a package."),
        (platform.name("b"), binding, 400, "Cannot bind to another package binding."),
        (itself, itself, 400, "Cannot bind to another package binding."),
        (package, given_package(platform), 409, "Resource is a package and cannot be converted into a binding."),
    ):
        body = {"binding": {"namespace": "_", "name": provider}}

        answer = platform.rest("PUT", f"packages/{name}?overwrite=true", body)

        assert (answer.status_code, error_of(answer)) == (status, text)
