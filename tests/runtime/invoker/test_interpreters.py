"""Which programs are found, and which of them runs an action of a given kind."""

import os
import stat
import sys
from pathlib import Path

import pytest

from tui.runtime.invoker.interpreters import Interpreter, Interpreters, find_interpreters

FOUND = Interpreters(
    (
        Interpreter("nodejs:20", "nodejs", "20.20.2", "/usr/bin/node"),
        Interpreter("nodejs:24", "nodejs", "24.1.0", "/opt/node"),
        Interpreter("python:3.11", "python", "3.11.7", "/usr/bin/python3"),
    )
)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where nothing is remembered of any program."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "whisktop" / "programs.json"


@pytest.mark.parametrize(
    ("kind", "stored", "runs_on"),
    [
        ("nodejs:default", "nodejs:20", "nodejs:20"),
        ("nodejs:20", "nodejs:20", "nodejs:20"),
        ("nodejs:18", "nodejs:18", "nodejs:20"),
        ("nodejs:22", "nodejs:22", "nodejs:24"),
        ("nodejs:24", "nodejs:24", "nodejs:24"),
        ("python:default", "python:3.11", "python:3.11"),
        ("python:3", "python:3.11", "python:3.11"),
        ("python:3.9", "python:3.9", "python:3.11"),
        ("python:3.13", "python:3.13", "python:3.11"),
    ],
)
def test_a_kind_is_stored_as_it_is_asked_for_and_runs_on_the_nearest_version(
    kind: str, stored: str, runs_on: str
) -> None:
    interpreter = FOUND.resolve(kind)

    assert FOUND.concrete_kind(kind) == stored
    assert interpreter is not None
    assert interpreter.kind == runs_on


@pytest.mark.parametrize("kind", ["ruby:3", "nodejs:99", "nodejs:x", "python:2", "python:2.7", "sequence", ""])
def test_a_kind_that_nothing_runs_is_unsupported(kind: str) -> None:
    assert FOUND.resolve(kind) is None
    assert FOUND.concrete_kind(kind) is None


def test_kinds_are_listed_with_the_default_first() -> None:
    assert FOUND.kinds("nodejs") == ("nodejs:20", "nodejs:24")
    assert FOUND.kinds() == ("nodejs:20", "nodejs:24", "python:3.11")


def test_python_is_the_one_that_runs_this() -> None:
    pythons = [one for one in find_interpreters().found if one.family == "python"]

    assert [one.path for one in pythons] == [sys.executable]


def fake_node(folder: Path, version: str) -> Path:
    folder.mkdir()
    program = folder / "node"
    program.write_text(f'#!/bin/sh\necho \'["{version}", "{program}"]\'\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_the_setting_comes_before_the_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, on_path = fake_node(tmp_path / "chosen", "22.1.0"), fake_node(tmp_path / "path", "26.0.1")
    monkeypatch.setenv("PATH", f"{on_path.parent}{os.pathsep}/bin")

    found = find_interpreters(node=str(chosen)).found

    assert found[:2] == (
        Interpreter("nodejs:22", "nodejs", "22.1.0", str(chosen)),
        Interpreter("nodejs:26", "nodejs", "26.0.1", str(on_path)),
    )


@pytest.mark.parametrize("version", ["18.20.0", "garbage"])
def test_what_is_too_old_or_no_node_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("PATH", str(fake_node(tmp_path / "path", version).parent))

    assert version not in [one.version for one in find_interpreters().found]


def test_another_program_under_the_same_path_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_node(tmp_path / "path", "22.1.0")
    first = find_interpreters(node=str(program)).found[0]

    program.write_text(program.read_text().replace("22.1.0", "22.11.0"))

    assert (first.version, find_interpreters(node=str(program)).found[0].version) == ("22.1.0", "22.11.0")


def versions_asked_for_anew(program: Path) -> list[str]:
    """As the next start of the runtime finds them."""
    return [one.version for one in find_interpreters(node=str(program)).found if one.path == str(program)]


def test_the_next_start_does_not_run_a_program_again_to_learn_its_version(tmp_path: Path) -> None:
    program = fake_node(tmp_path / "path", "22.1.0")
    program.write_text(program.read_text() + f"echo asked >> {tmp_path}/asked\n")

    assert [versions_asked_for_anew(program) for _ in range(3)] == [["22.1.0"]] * 3
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_what_is_remembered_of_another_program_under_the_same_path_counts_for_nothing(tmp_path: Path) -> None:
    program = fake_node(tmp_path / "path", "22.1.0")
    before = versions_asked_for_anew(program)

    program.write_text(program.read_text().replace("22.1.0", "22.11.0"))

    assert (before, versions_asked_for_anew(program)) == (["22.1.0"], ["22.11.0"])


def test_a_shim_is_asked_every_time_since_it_may_lead_elsewhere_tomorrow(tmp_path: Path) -> None:
    old, new = fake_node(tmp_path / "old", "22.1.0"), fake_node(tmp_path / "new", "24.1.0")
    chosen, shim = tmp_path / "chosen", tmp_path / "shim"
    shim.write_text(f'#!/bin/sh\nexec $(cat {chosen}) "$@"\n')
    shim.chmod(0o755)

    def runs() -> str:
        return find_interpreters(node=str(shim)).found[0].path

    chosen.write_text(str(old))
    before = runs()
    chosen.write_text(str(new))

    assert (before, runs()) == (str(old), str(new))


@pytest.mark.parametrize(
    "left", ["", "{", "[]", '{"PROGRAM": 5}', '{"PROGRAM": [1, 2, "x"]}', '{"PROGRAM": [STAMP, "2a.1"]}']
)
def test_a_memory_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, empty_cache: Path, left: str) -> None:
    program = fake_node(tmp_path / "path", "22.1.0")
    empty_cache.parent.mkdir(parents=True)
    status = program.stat()
    stamp = f"{status.st_size}, {status.st_mtime_ns}"
    empty_cache.write_text(left.replace("PROGRAM", str(program)).replace("STAMP", stamp))

    assert versions_asked_for_anew(program) == ["22.1.0"]
