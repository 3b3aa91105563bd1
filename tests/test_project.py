"""What the front door promises: the README's commands, the licence, what the package carries."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[node]' && .venv/bin/whisktop"
TEST = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[node,test]' && .venv/bin/pytest"


def fenced_lines(text: str) -> list[str]:
    return [line for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


@pytest.mark.parametrize("command", [RUN, TEST])
def test_the_readme_holds_its_two_commands_on_a_line_of_their_own(command: str) -> None:
    assert command in fenced_lines((ROOT / "README.md").read_text())


def test_the_top_level_holds_what_a_newcomer_expects_and_nothing_else() -> None:
    expected = {"LICENSE", "README.md", "config.example.toml", "pyproject.toml", "screenshots", "tests", "tui"}

    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert expected <= visible
    assert visible - expected <= {"build", "dist", "whisktop.egg-info", "uv.lock", "pylock.toml"}


def test_installing_for_development_installs_what_the_tests_need() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert "whisktop[test]" in extras["dev"]


def test_no_lock_file_names_where_it_downloads_from() -> None:
    lock_files = [*ROOT.glob("tui/**/*lock.json")]

    assert lock_files
    for lock_file in lock_files:
        assert '"resolved"' not in lock_file.read_text()
        assert "://" not in lock_file.read_text()


def test_every_data_file_of_the_package_has_a_suffix_that_is_packed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packed = {Path(pattern).suffix for pattern in settings["package-data"]["*"]} | {".py", ".pyc"}

    stray = {path for path in (ROOT / "tui").rglob("*.*") if path.is_file() and path.suffix not in packed}

    assert not stray
