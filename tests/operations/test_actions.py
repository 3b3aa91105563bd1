"""Actions: created from files, and what can be in the way."""

import asyncio
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.operations.given import ECHO, FAILING, SLEEPER, given_action
from tests.running import RunningRuntime
from tui.client.errors import Conflict, NotFound
from tui.entities.action import Action, Exec
from tui.entities.activation import State
from tui.entities.limits import LimitBounds, Limits
from tui.entities.names import FullName
from tui.entities.parameters import Parameter
from tui.errors import UsageError
from tui.operations import Operations
from tui.operations.actions import ActionDraft, WebExport, infer_draft, limit_problems, web_export_of


async def test_a_file_becomes_an_action_that_runs(operations: Operations, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(ECHO)

    created = await operations.actions.create(replace(infer_draft(file), limits=Limits(timeout_ms=120_000)))

    assert (created.name, created.limits.timeout_ms, created.is_web) == (name, 120_000, False)
    assert created.kind.startswith("python:3.")
    assert name in {action.name for action in await operations.actions.list()}
    assert (await operations.actions.get(name)).exec.code == ECHO
    invoked = await operations.actions.invoke(name, {"n": 1}, blocking=True)
    assert invoked.activation is not None
    assert invoked.activation.response is not None
    assert invoked.activation.response.result == {"n": 1}


async def test_an_action_with_an_image_of_its_own_keeps_it_with_new_code(
    operations: Operations, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(ECHO)
    own = Exec(kind="blackbox", image="me/mine:1", code="old", main="hi")
    action = Action(full_name=FullName("_", "mine"), exec=own, limits=Limits())

    after = await operations.actions.with_source(action, file)

    assert after.exec == replace(own, code=ECHO)


async def test_a_run_can_be_started_without_waiting(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)

    invoked = await operations.actions.invoke(name, {"lines": 2})

    assert invoked.activation is None
    assert (await operations.activations.wait(invoked.activation_id, timeout_s=30)).state is State.SUCCESS


async def test_a_run_that_fails_is_an_outcome_and_no_error(operations: Operations, name: str) -> None:
    await given_action(operations, name, FAILING)

    invoked = await operations.actions.invoke(name, {}, blocking=True)

    assert invoked.activation is not None
    assert invoked.activation.state is State.APPLICATION_ERROR


async def test_default_parameters_and_environment_go_along(operations: Operations, name: str) -> None:
    code = "import os\n\ndef main(args):\n    return {'colour': args['colour'], 'token': os.environ['TOKEN']}\n"
    parameters = (Parameter("colour", "blue"), Parameter("TOKEN", "t", init=True))
    await given_action(operations, name, code, parameters=parameters)

    invoked = await operations.actions.invoke(name, {}, blocking=True)

    assert invoked.activation is not None
    assert invoked.activation.response is not None
    assert invoked.activation.response.result == {"colour": "blue", "token": "t"}


@pytest.mark.parametrize("suffix", [".js", ".mjs", ".ts"])
async def test_every_way_to_write_javascript_runs(operations: Operations, name: str, suffix: str) -> None:
    code = {
        ".js": "function main(params) { return { hi: params.who }; }",
        ".mjs": "import path from 'node:path';\nexport const main = (params) => ({ hi: path.basename(params.who) });",
        ".ts": "export function main(params: { who: string }) { return { hi: params.who }; }",
    }[suffix]
    await given_action(operations, name, code, suffix=suffix)

    invoked = await operations.actions.invoke(name, {"who": "Jane"}, blocking=True)

    assert invoked.activation is not None
    assert invoked.activation.response is not None
    assert invoked.activation.response.result == {"hi": "Jane"}


async def test_a_name_that_is_taken_is_told_with_what_to_do(operations: Operations, name: str) -> None:
    await given_action(operations, name)

    with pytest.raises(Conflict) as caught:
        await given_action(operations, name)

    assert caught.value.message == f"There is an action {name} already."
    assert "update" in caught.value.hint


async def test_a_name_taken_by_another_sort_of_thing_is_told_so(operations: Operations, name: str) -> None:
    await operations.triggers.create(name)

    with pytest.raises(Conflict, match=f"The name {name} is taken: actions, triggers"):
        await given_action(operations, name)


async def test_an_update_replaces_code_limits_and_web_flags(operations: Operations, tmp_path: Path, name: str) -> None:
    await given_action(operations, name, web=WebExport.RAW, parameters=(Parameter("kept", True),))
    file = tmp_path / "new.py"
    file.write_text(FAILING)
    draft = ActionDraft(source=file, name=name, kind="python:default", limits=Limits(memory_mb=512))

    updated = await operations.actions.create(draft, update=True)

    assert (updated.exec.code, updated.limits.memory_mb, updated.version) == (FAILING, 512, "0.0.2")
    assert web_export_of(updated) is WebExport.NO
    assert updated.parameters == (Parameter("kept", True),)


async def test_a_missing_package_is_named(operations: Operations, name: str) -> None:
    with pytest.raises(NotFound, match=f"There is no package {name} for {name}/hello"):
        await given_action(operations, f"{name}/hello")


async def test_a_limit_out_of_bounds_is_refused_before_anything_is_sent(operations: Operations, name: str) -> None:
    with pytest.raises(UsageError, match="This platform gives 3h at most, not 4h"):
        await given_action(operations, name, limits=Limits(timeout_ms=4 * 3_600_000))

    with pytest.raises(NotFound):
        await operations.actions.get(name)


def test_limits_are_told_field_by_field() -> None:
    problems = limit_problems(Limits(timeout_ms=50, memory_mb=65_536, logs_mb=11, concurrency=501), LimitBounds())

    assert problems == {
        "timeout_ms": "this platform asks for 100ms at least, not 50ms",
        "memory_mb": "this platform gives 4 GB at most, not 64 GB",
        "logs_mb": "this platform gives 10 MB at most, not 11 MB",
        "concurrency": "this platform gives 500 at most, not 501",
    }
    assert limit_problems(Limits(), LimitBounds()) == {}


async def test_a_kind_that_the_platform_does_not_run_is_refused_with_those_it_does(
    operations: Operations, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "code.py"
    file.write_text(ECHO)

    with pytest.raises(UsageError, match=r"does not run cobol:85: it runs .*python:3"):
        await operations.actions.create(ActionDraft(source=file, name=name, kind="cobol:85"))


async def test_a_syntax_error_is_told_and_nothing_is_created(operations: Operations, name: str) -> None:
    with pytest.raises(UsageError, match=r"code\.py, line 1, column"):
        await given_action(operations, name, "def main(:\n")

    with pytest.raises(NotFound):
        await operations.actions.get(name)


async def test_a_web_action_answers_at_its_url(operations: Operations, runtime: RunningRuntime, name: str) -> None:
    action = await given_action(operations, name, "def main(args):\n    return {'ok': True}\n", web=WebExport.YES)

    url = operations.actions.web_url(action)

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{url}.json")
    assert url == f"{runtime.url}/api/v1/web/{runtime.namespace}/default/{name}"
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_a_deleted_action_is_gone(operations: Operations, name: str) -> None:
    await given_action(operations, name)

    deleted = await operations.actions.delete(name)

    assert deleted.name == name
    with pytest.raises(NotFound, match=f"There is no action {name}"):
        await operations.actions.get(name)


async def test_many_are_listed_whole(operations: Operations, name: str) -> None:
    names = [f"{name}-{number}" for number in range(205)]
    await asyncio.gather(*(operations.triggers.create(one) for one in names))

    assert {one.name for one in await operations.triggers.list()} >= set(names)
    await asyncio.gather(*(operations.triggers.delete(one) for one in names))
