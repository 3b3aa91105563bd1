"""Commands run the way a script runs them: a process, its output, its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.platform import Platform, serving
from tests.running import RunningRuntime, isolated_environment

ACTIONS = {
    "echo.py": "def main(args):\n    args.pop('__ow_headers', None)\n    print('got', sorted(args))\n    return args\n",
    "boom.py": "def main(args):\n    print('about to fail')\n    return {'error': 'boom'}\n",
    "slow.py": """import time
def main(args):
    print('begun', flush=True)
    time.sleep(float(args.get('s', 1)))
    print('done')
    return {'slept': args.get('s', 1)}
""",
    "hostile.py": """def main(args):
    print('\\x1b[31mred \\u202e')
    return {'text': '\\x1b]0;title\\x07', 'lone': '\\ud800'}
""",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    stdout: str
    """Decoding it strictly is part of every test: output is valid UTF-8."""
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


Run = Callable[..., Done]


def run_whisktop(*words: str, env: dict[str, str], given: str | None = None, code: int | None = 0) -> Done:
    """Run one command and check its exit code (`None`: whatever it is)."""
    done = subprocess.run(
        [sys.executable, "-m", "tui", *words],
        env=env,
        input=None if given is None else given.encode(),
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=60,
        check=False,
    )
    result = Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
    assert "Traceback" not in result.stderr, result.stderr
    if code is not None:
        assert result.code == code, (result.stdout, result.stderr)
    return result


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sources of actions."""
    folder = tmp_path_factory.mktemp("sources")
    for name, text in ACTIONS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def whisktop(runtime: RunningRuntime, files: Path) -> Run:
    """Runs a command against the real runtime, on which every source is deployed under its file's name."""
    env = runtime.environment
    for name in ACTIONS:
        run_whisktop("create", "action", f"cli-{Path(name).stem}", str(files / name), "--update", env=env)
    for rule, action in (("cli-echo-rule", "cli-echo"), ("cli-boom-rule", "cli-boom")):
        run_whisktop("create", "trigger", f"{rule}-trigger", env=env, code=None)
        run_whisktop("create", "rule", rule, f"{rule}-trigger", action, env=env, code=None)

    def run(*words: str, given: str | None = None, code: int | None = 0, **variables: str) -> Done:
        return run_whisktop(*words, env=env | variables, given=given, code=code)

    return run


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A remote platform that answers what a test wants it to."""
    with serving() as platform:
        yield platform


@pytest.fixture
def remote(platform: Platform, tmp_path: Path) -> Run:
    """Runs a command against `platform`."""
    env = isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k"}

    def run(*words: str, given: str | None = None, code: int | None = 0, **variables: str) -> Done:
        return run_whisktop(*words, env=env | variables, given=given, code=code)

    return run


@pytest.fixture
def offline(tmp_path: Path) -> Run:
    """Runs a command that must not need any platform."""
    env = isolated_environment(tmp_path) | {"WHISK_APIHOST": "http://127.0.0.1:1", "WHISK_AUTH": "u:k"}

    def run(*words: str, given: str | None = None, code: int | None = 0, **variables: str) -> Done:
        return run_whisktop(*words, env=env | variables, given=given, code=code)

    return run


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo terminal: ours, and the one for a command."""
    ours, theirs = os.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)
