"""Completion in the shells themselves: commands, options, contexts and names; nobody waits for a silent platform."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.platform import SILENT, Platform
from tests.running import RunningRuntime, isolated_environment

Complete = Callable[..., list[str]]
TRIGGERS = "GET /api/v1/namespaces/_/triggers"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with `whisktop` in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    file = folder / "whisktop"
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tui "$@"\n')
    file.chmod(0o755)
    return folder


def completed_by_bash(program: Path, env: dict[str, str], line: str) -> list[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    script = (
        'eval "$(whisktop completion bash)"\n'
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}\n"
        '_whisktop_completion whisktop; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=env | {"PATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_names_and_contexts(
    whisktop: Run, runtime: RunningRuntime, program: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[contexts.stage]\napihost = "https://stage.example"\nauth = "u:k"\n')
    env = runtime.environment | {"WHISKTOP_CONFIG": str(config)}

    assert completed_by_bash(program, env, "whisktop prom") == ["promote"]
    assert completed_by_bash(program, env, "whisktop invoke cli-ech") == ["cli-echo"]
    assert completed_by_bash(program, env, "whisktop get tri") == ["triggers"]
    assert completed_by_bash(program, env, "whisktop get triggers cli-boom") == ["cli-boom-rule-trigger"]
    assert completed_by_bash(program, env, "whisktop promote x --to st") == ["stage"]


def test_a_platform_that_does_not_answer_is_not_waited_for(program: Path, platform: Platform, tmp_path: Path) -> None:
    platform.trouble = SILENT
    env = isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k"}
    began = time.monotonic()

    assert completed_by_bash(program, env, "whisktop fire up") == []
    assert time.monotonic() - began < 15  # its own limit is a second; the rest is for slow machines


def test_only_names_that_a_shell_leaves_alone_are_offered(program: Path, platform: Platform, tmp_path: Path) -> None:
    names = ("up;touch${IFS}pwned", "up$(id)", "up\x1b[31m", "up`id`", "up&id", "up|id", "up two", "up-safe", "up_1.b")
    triggers = [{"namespace": "guest", "name": name, "version": "0.0.1"} for name in names]
    platform.answers[TRIGGERS] = (200, triggers)
    env = isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k"}

    assert completed_by_bash(program, env, "whisktop fire up") == ["up-safe", "up_1.b"]


@pytest.mark.parametrize("answer", [[5], [{"name": 5}], {"triggers": None}, [{"name": "a", "namespace": []}]])
def test_a_platform_that_answers_nonsense_is_not_told_of(
    program: Path, platform: Platform, tmp_path: Path, answer: object
) -> None:
    platform.answers[TRIGGERS] = (200, answer)
    env = isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k"}

    assert completed_by_bash(program, env, "whisktop fire up") == []


def test_the_local_runtime_is_not_started_for_it(program: Path, tmp_path: Path) -> None:
    env = isolated_environment(tmp_path)

    assert completed_by_bash(program, env, "whisktop fire up") == []
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize(("shell", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_every_shell_takes_what_is_printed(offline: Run, tmp_path: Path, shell: str, check: str) -> None:
    script = tmp_path / f"completion.{shell}"
    script.write_text(offline("completion", shell).stdout)
    assert "_WHISKTOP_COMPLETE" in script.read_text()
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")

    assert subprocess.run([shell, check, str(script)], check=False).returncode == 0
