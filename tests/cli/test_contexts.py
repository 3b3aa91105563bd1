"""`config contexts`, `config validate` and `config show`: which file and key won, and why, with every key masked."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, runner
from tests.cli.quick import Starter
from tests.contexts.conftest import SAMPLES
from tests.running import isolated_environment

KEYS = ("project-secret-word", "older-secret-word", "user-secret-word", "wskprops-secret-word", "ops-secret-word")


@pytest.fixture
def furnished(commands: Starter, tmp_path: Path) -> Run:
    """Runs a command on a machine with accounts of several programs."""
    (tmp_path / ".wskprops").write_text((SAMPLES / "dot-wskprops").read_text())
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "aio").write_text((SAMPLES / "aio").read_text())
    (tmp_path / ".ops").mkdir()
    (tmp_path / ".ops" / "config.json").write_text((SAMPLES / "ops-config.json").read_text())
    (tmp_path / "config.toml").write_text(
        '[contexts.dev]\napihost = "https://ow.dev.example"\nproduction = true\n'
        '[contexts.half]\napihost = "h.example"\n'
    )
    environ = {"AIO_RUNTIME_AUTH": "a:project-secret-word", "aio_runtime_auth": "a:older-secret-word"}
    return runner(commands, isolated_environment(tmp_path) | environ)


def test_all_accounts_are_listed_with_their_places(furnished: Run) -> None:
    listed = {each["name"]: each for each in furnished("config", "contexts", "--json").json}

    assert list(listed)[:3] == ["local", "dev", "half"]
    assert {"aio-environment", "aio", "ops"} <= set(listed)
    assert listed["dev"]["production"]
    assert {"setting": "key", "value": "1111…", "place": "~/.wskprops", "key": "AUTH"} in listed["dev"]["values"]
    assert listed["half"]["problem"].endswith("[contexts.half] has no auth.")
    assert [name for name, each in listed.items() if each["inUse"]] == ["aio-environment"]
    assert "two values for key" in listed["aio-environment"]["conflicts"][0]


def test_as_text_there_is_a_line_for_each_and_conflicts_are_narrated(furnished: Run) -> None:
    done = furnished("config", "contexts")

    assert any(line.startswith("*") and "aio-environment" in line and "conflict" in line for line in done.lines)
    assert any("dev (PROD)" in line and "Apache OpenWhisk" in line for line in done.lines)
    assert "two values for key" in done.stderr


def test_one_context_is_told_in_full(furnished: Run) -> None:
    lines = furnished("config", "contexts", "dev").lines

    assert any(line.startswith("key ") and "~/.wskprops AUTH" in line for line in lines)
    assert any(line.startswith("endpoint ") and "contexts.dev.apihost" in line for line in lines)
    assert furnished("config", "contexts", "nobody", code=2).stdout == ""


def test_validating_names_what_cannot_be_used(furnished: Run, tmp_path: Path) -> None:
    found = furnished("config", "validate", "--json", code=2).json

    assert found["used"] == "aio-environment"
    assert "[contexts.half] has no auth" in found["problems"][0]

    (tmp_path / "config.toml").write_text("[contexts.dev]\napihost = 'https://ow.dev.example'\n")
    assert furnished("config", "validate", "--json", code=0).json["problems"] == []

    (tmp_path / "config.toml").write_text("[contexts.dev]\nproductoin = true\n")
    assert "line 2" in furnished("config", "validate", code=2).stderr


def test_any_of_them_can_be_opened_by_name(furnished: Run) -> None:
    shown = furnished("config", "show", "--context", "ops", "--json").json["endpoint"]

    assert (shown["context"], shown["apihost"]) == ("ops", "https://openserverless.example")


@pytest.mark.parametrize("words", [["contexts"], ["contexts", "--json"], ["contexts", "aio-environment"], ["show"]])
def test_no_key_is_told(furnished: Run, words: list[str]) -> None:
    done = furnished("config", *words)

    assert not [key for key in KEYS if key in done.stdout + done.stderr]
