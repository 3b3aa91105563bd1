"""Projects of three deployment tools, deployed to a real runtime and run there."""

import base64
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.operations.deployment.projects import APP_BUILDER, DIGITAL_OCEAN, WSKDEPLOY, write_project
from tui.entities.action import Action
from tui.entities.names import FullName
from tui.entities.parameters import Parameter
from tui.errors import UsageError
from tui.operations import Operations
from tui.operations.deployment.carrying_out import Result, carry_out
from tui.operations.deployment.definitions import ActionDefinition, Key, Noun
from tui.operations.deployment.deploying import plan_manifest
from tui.operations.deployment.manifests import read_manifest
from tui.operations.deployment.plan import Plan, Verdict

pytestmark = pytest.mark.xdist_group("deployment")


async def deploy(target: Operations, path: Path, **environ: str) -> Plan:
    plan = await plan_manifest(target, path, environ)
    assert not plan.conflicts, [f"{step.key}: {step.reason}" for step in plan.conflicts]
    outcomes = [outcome async for outcome in carry_out(target, plan)]
    assert {outcome.result for outcome in outcomes} == {Result.DONE}, outcomes
    again = await plan_manifest(target, path, environ)
    assert {step.verdict for step in again.steps} == {Verdict.UNCHANGED}, again
    return plan


async def result_of(target: Operations, action: str, **payload: Any) -> Any:
    invoked = await target.actions.invoke(action, payload, blocking=True)
    assert invoked.activation is not None
    assert invoked.activation.response is not None
    return invoked.activation.response.result


def names_in(action: Action) -> set[str]:
    assert action.exec.code is not None
    return set(zipfile.ZipFile(io.BytesIO(base64.b64decode(action.exec.code))).namelist())


async def test_a_manifest_of_wskdeploy_becomes_what_it_describes(target: Operations, tmp_path: Path, name: str) -> None:
    folder = write_project(WSKDEPLOY, tmp_path, name)

    plan = await deploy(target, folder, REGION="eu")

    assert not plan.notes
    assert await result_of(target, f"{name}/hello") == {
        "hello": "", "place": "in ${REGION} or eu", "region": "eu", "mode": "fast"
    }  # fmt: skip
    hello = await target.actions.get_own(f"{name}/hello")
    assert {Parameter("count", 7), Parameter("when", "2025-01-01"), Parameter("MODE", "fast", init=True)} <= set(
        hello.parameters
    )
    limits = hello.limits
    assert (limits.timeout_ms, limits.memory_mb, limits.logs_mb, limits.concurrency) == (30_000, 128, 1, 2)
    assert (hello.annotations["web-export"], hello.annotations["final"]) == (True, True)
    raw = (await target.actions.get(f"{name}/raw")).annotations
    assert (raw["raw-http"], raw["require-whisk-auth"]) == (True, "secret-word")
    packed = await target.actions.get(f"{name}/packed")
    assert names_in(packed) == {"__main__.py", "lib/helper.py"}
    assert await result_of(target, f"{name}/packed") == {"value": 42}
    assert await result_of(target, f"{name}/chain") == {"inline": True}
    assert not (await target.actions.get(f"{name}-plain")).is_web


async def test_triggers_rules_bindings_and_routes_of_a_manifest_are_made(
    target: Operations, tmp_path: Path, name: str
) -> None:
    await deploy(target, write_project(WSKDEPLOY, tmp_path, name), REGION="eu")

    assert (await target.triggers.get(f"{name}-clock")).annotations["feed"] == "/whisk.system/alarms/interval"
    assert (await target.triggers.get(f"{name}-clock")).parameters == ()
    assert (await target.triggers.get(f"{name}-event")).parameters == (Parameter("from", "manifest"),)
    assert (await target.rules.get(f"{name}-rule")).is_active
    assert not (await target.rules.get(f"{name}-off")).is_active
    assert (await target.packages.get(f"{name}-tools")).binding == FullName("whisk.system", "utils")
    routes = {route.method: route for route in await target.client.routes.list() if route.base_path == f"/{name}"}
    assert (routes["get"].path, routes["get"].action, routes["get"].response_type) == (
        "/greet",
        f"/guest/{name}/hello",
        "http",
    )
    assert (routes["post"].action, routes["post"].api) == (f"/guest/{name}/chain", f"{name} api")


async def test_a_change_of_the_manifest_changes_just_that(target: Operations, tmp_path: Path, name: str) -> None:
    folder = write_project(WSKDEPLOY, tmp_path, name)
    await deploy(target, folder, REGION="eu")
    await target.client.actions.put(
        f"{name}/raw", {"annotations": [{"key": "note", "value": "of mine"}]}, overwrite=True
    )
    manifest = folder / "manifest.yml"
    manifest.write_text(manifest.read_text().replace("web: yes", "web: no").replace("minutes: 90", "minutes: 60"))

    plan = await plan_manifest(target, manifest, {"REGION": "eu"})

    assert {(str(step.key), tuple(change.what for change in step.changes)) for step in plan.work} == {
        (f"action {name}/hello", ("annotation web-export", "annotation final")),
        (f"trigger {name}-clock", ("feed minutes",)),
    }
    async for _ in carry_out(target, plan):
        pass
    assert not (await target.actions.get(f"{name}/hello")).is_web
    assert (await target.actions.get(f"{name}/raw")).annotations["note"] == "of mine"


async def test_a_deployment_file_binds_inputs(tmp_path: Path) -> None:
    write_project(WSKDEPLOY, tmp_path, "pkg")
    (tmp_path / "deployment.yaml").write_text(
        "project:\n  packages:\n    pkg:\n      actions: {hello: {inputs: {name: bound}}}\n"
    )

    found = read_manifest(tmp_path, {"REGION": "eu"}).definitions[Key(Noun.ACTION, "pkg/hello")]

    assert isinstance(found, ActionDefinition)
    assert Parameter("name", "bound") in (found.parameters or ())


async def test_an_application_of_app_builder_is_put_behind_the_login_where_it_asks_for_it(
    target: Operations, tmp_path: Path, name: str
) -> None:
    folder = write_project(APP_BUILDER, tmp_path, name)

    plan = await deploy(target, folder)

    package = f"company-{name}-1.2.3"
    generic = await target.actions.get(f"{package}/generic")
    assert generic.exec.components == (
        "/adobeio/shared-validators-v1/headless-v2", f"/guest/{package}/__secured_generic"
    )  # fmt: skip
    secured = await target.actions.get_own(f"{package}/__secured_generic")
    assert (generic.is_web, secured.is_web) == (True, False)
    assert Parameter("apiKey", "abc") in secured.parameters
    assert await result_of(target, f"{package}/plain") == {"text": "from a file"}
    assert (await target.actions.get(f"{name}-shell/inner")).limits.concurrency == 3
    assert [note for note in plan.notes if "inner" in note and "build it first" in note]


async def test_what_a_build_has_packed_goes_before_its_source(target: Operations, tmp_path: Path, name: str) -> None:
    folder = write_project(APP_BUILDER, tmp_path, name)
    built = folder / "dist" / "dx-excshell-1" / "actions" / f"{name}-shell" / "inner.zip"
    built.parent.mkdir(parents=True)
    with zipfile.ZipFile(built, "w") as archive:
        archive.writestr("index.js", "exports.main = () => ({ built: true });\n")
    key = Key(Noun.ACTION, f"{name}-shell/inner")

    await deploy(target, folder)
    assert await result_of(target, key.name) == {"built": True}

    later = time.time() + 10
    os.utime(folder / "src" / "dx-excshell-1" / "actions" / "inner.js", (later, later))
    step = next(step for step in (await plan_manifest(target, folder, {})).steps if step.key == key)
    assert [(change.what, change.after) for change in step.changes] == [("code", "text")]


async def test_a_project_of_digital_ocean_becomes_packages_schedules_and_sequences(
    target: Operations, tmp_path: Path, name: str
) -> None:
    folder = write_project(DIGITAL_OCEAN, tmp_path, name)

    await deploy(target, folder, MODE="fast")

    hello = await target.actions.get_own(f"{name}/hello")
    assert set(hello.parameters) == {Parameter("name", "Sammy"), Parameter("TOKEN", "t", init=True)}
    assert (hello.is_web, hello.limits.timeout_ms, hello.limits.logs_mb) == (False, 5000, 2)
    assert await result_of(target, f"{name}/hello") == {"hello": "Sammy", "mode": "fast"}
    assert await result_of(target, f"{name}/both") == {"value": 43, "name": "Sammy"}
    folder_action = await target.actions.get(f"{name}/folder")
    assert (names_in(folder_action), folder_action.is_web) == ({"__main__.py", "util.py"}, True)
    top = await target.actions.get(f"{name}-top")
    assert top.annotations["require-whisk-auth"] == "word"
    assert {Parameter("everywhere", 1), Parameter("MODE", "fast", init=True)} == set(top.parameters)
    assert (await target.rules.get(f"{name}-tick-rule")).is_active
    assert not (await target.rules.get(f"{name}-tock-rule")).is_active


async def test_packages_alone_are_a_project(tmp_path: Path) -> None:
    (tmp_path / "packages" / "default").mkdir(parents=True)
    (tmp_path / "packages" / "default" / "hello.py").write_text("def main(args):\n    return {}\n")

    found = read_manifest(tmp_path, {}).definitions

    assert list(map(str, found)) == ["action hello"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packages: [", "line 1"),
        ("- a\n", "no mapping"),
        ("packages: {}", "defines nothing"),
        ("packages: {p: {actions: {a: {function: $NOWHERE/a.py, inputs: {k: $ALSO}}}}}", "NOWHERE"),
        ("packages: {p: {actions: {a: {}}}}", "packages.p.actions.a has neither function nor code"),
        ("packages: {p: {actions: {a: {code: 'x', runtime: python, limits: {timeout: long}}}}}", "limits.timeout"),
        ("packages: {p: {actions: {a: {code: 'def main(:', runtime: python}}}}", "line 1"),
        ("packages: {p: {actions: {a: {function: none.py}}}}", "none.py"),
        ("packages: {p: {actions: {a: {code: 'x = 1', runtime: python, web: perhaps}}}}", "yes, raw or no"),
        ("packages: {p: {rules: {r: {trigger: t}}}}", "needs a trigger and an action"),
        ("packages: {p: {dependencies: {d: {location: github.com/a/b}}}}", "/namespace/package"),
        ("packages: {p: {inputs: {k: .nan}}}", "packages.p.inputs.k"),
        ("packages: {p: {inputs: {on: 1}}}", "quotes"),
        ("packages: {'a/b': {}}", "a/b"),
        ("a: &a [*b, *b]\npackages: {}", "line"),
        ("a: &a [x, x]\nb: &b [*a, *a]\npackages: {p: {inputs: {k: !!python/object:os.system {}}}}", "line"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.yml").write_text(text)

    with pytest.raises(UsageError) as failed:
        read_manifest(tmp_path, {})

    assert said in failed.value.message
    assert str(tmp_path) in failed.value.message


def test_a_manifest_that_multiplies_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 9)]
    (tmp_path / "manifest.yml").write_text("\n".join([*lines, "packages: {}"]))

    with pytest.raises(UsageError, match="too large"):
        read_manifest(tmp_path, {})


def test_a_misspelt_word_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "manifest.yml").write_text(
        "packages: {p: {actions: {a: {code: 'x = 1', runtime: python, inptus: {}}}}}"
    )

    (note,) = read_manifest(tmp_path, {}).notes

    assert note.endswith("packages.p.actions.a: inptus means nothing here.")
