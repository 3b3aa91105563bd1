"""The form for an action, without a screen: each bad field gets one sentence, and a good form a draft."""

from pathlib import Path

import pytest

from tui.dashboard.screens.action_form import DEFAULTS, check_action, finds_function, same_command
from tui.entities.limits import ADOBE_BOUNDS, OPENWHISK_BOUNDS, Limits
from tui.operations.actions import WebExport

KINDS = ("nodejs:20", "python:3.11", "python:3.12")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "worker.py"
    path.write_text("def main(args):\n    return args\n")
    return path


def filled(source: Path, **values: str) -> dict[str, str]:
    return {**DEFAULTS, "file": str(source), "name": "worker", "kind": "python:default", **values}


def errors(source: Path, **values: str) -> dict[str, str]:
    return dict(check_action(filled(source, **values), ADOBE_BOUNDS, KINDS).errors)


def test_a_good_form_becomes_a_draft(source: Path) -> None:
    values = filled(
        source,
        name=" demo/worker ",
        main="run",
        timeout="1h30m",
        memory="1 GB",
        logs="5MB",
        concurrency="3",
        web="raw",
        parameters='{"region": "eu"}',
        environment='{"TOKEN": "t"}',
    )

    draft = check_action(values, ADOBE_BOUNDS, KINDS).draft

    assert draft is not None
    assert (draft.name, draft.kind, draft.main, draft.web) == ("demo/worker", "python:default", "run", WebExport.RAW)
    assert draft.limits == Limits(timeout_ms=5_400_000, memory_mb=1024, logs_mb=5, concurrency=3)
    assert [(one.key, one.value, one.init) for one in draft.parameters] == [
        ("region", "eu", False),
        ("TOKEN", "t", True),
    ]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("memory", "64 GB", "this platform gives 4 GB at most, not 64 GB"),
        ("memory", "1", "this platform asks for 128 MB at least, not 1 MB"),
        ("timeout", "5h", "this platform gives 3h at most, not 5h"),
        ("timeout", "90", "write it with a unit"),
        ("logs", "11 MB", "this platform gives 10 MB at most, not 11 MB"),
        ("concurrency", "many", "'many' is not a number"),
        ("name", "a/b/c", "is not a valid name"),
        ("name", "", "an action needs a name"),
        ("kind", "python:2", "this platform runs python:3.11, python:3.12, not python:2"),
        ("kind", "ruby:2.5", "this platform has no ruby"),
        ("parameters", "[1]", "has to be an object"),
        ("parameters", '{"a": 1', "line 1"),
        ("environment", "@/does/not/exist.json", "There is no file"),
    ],
)
def test_a_bad_field_is_told_in_one_sentence(source: Path, field: str, typed: str, said: str) -> None:
    found = errors(source, **{field: typed})

    assert list(found) == [field]
    assert said in found[field]
    assert "\n" not in found[field]


def test_bounds_are_those_of_the_platform(source: Path) -> None:
    values = filled(source, timeout="10m")

    assert check_action(values, ADOBE_BOUNDS, KINDS).draft is not None
    assert "5m at most" in check_action(values, OPENWHISK_BOUNDS, KINDS).errors["timeout"]


def test_a_platform_that_tells_no_kinds_is_trusted(source: Path) -> None:
    assert check_action(filled(source, kind="ruby:2.5"), ADOBE_BOUNDS, ()).draft is not None


def test_a_missing_file_and_one_of_another_kind_are_told_apart(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("hello")

    assert "There is no file" in errors(source, file=str(tmp_path / "gone.py"))["file"]
    assert "notes.txt" in errors(source, file=str(other))["file"]
    assert "which file?" in errors(source, file="")["file"]


def test_parameters_may_stand_in_a_file(source: Path, tmp_path: Path) -> None:
    (tmp_path / "parameters.json").write_text('{"region": "eu"}')

    draft = check_action(filled(source, parameters=f"@{tmp_path / 'parameters.json'}"), ADOBE_BOUNDS, KINDS).draft

    assert draft is not None
    assert draft.parameters[0].value == "eu"


def test_the_same_command_leaves_out_what_is_usual_and_what_is_secret(source: Path) -> None:
    command = same_command(filled(source, memory="512 MB", parameters='{"region": "eu", "api_key": "hunter2"}'))

    assert command.startswith("whisktop create action worker ")
    assert "--memory 512MB" in command
    assert "-p region eu" in command
    assert "hunter2" not in command
    assert "--timeout" not in command


@pytest.mark.parametrize(
    ("kind", "source", "found"),
    [
        ("nodejs:20", "function main(p) {}", True),
        ("nodejs:20", "exports.main = p => p", True),
        ("nodejs:20", "export async function main(p) {}", True),
        ("nodejs:20", "function other() {}", False),
        ("python:3.11", "async def main(p):\n  return p", True),
        ("python:3.11", "def mainly(p): ...", False),
        ("go:1.20", "whatever", None),
    ],
)
def test_the_function_that_is_called_is_looked_for(kind: str, source: str, found: bool | None) -> None:
    assert finds_function(source, kind, "") is found
