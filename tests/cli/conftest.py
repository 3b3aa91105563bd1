"""Commands run the way a script runs them: a process, its output, its exit code."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.quick import Starter, starter
from tests.platform import Platform, serving
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
    "ticking.py": """import time
def main(args):
    for tick in range(20):
        print('tick', tick, flush=True)
        time.sleep(0.25)
    return {}
""",
    "hostile.py": """def main(args):
    print('\\x1b[31mred \\u202e')
    return {'text': '\\x1b]0;title\\x07'}
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


@pytest.fixture(scope="session")
def commands() -> Iterator[Starter]:
    with starter() as commands:
        yield commands


def runner(commands: Starter, env: dict[str, str]) -> Run:
    """Runs one command and checks its exit code (`None`: whatever it is)."""

    def run(*words: str, given: str | None = None, code: int | None = 0, **variables: str) -> Done:
        ended = commands.run(words, env=env | variables, given=None if given is None else given.encode())
        done = Done(ended.code, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.code == code, (done.stdout, done.stderr)
        return done

    return run


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sources of actions."""
    folder = tmp_path_factory.mktemp("sources")
    for name, text in ACTIONS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def whisktop(commands: Starter, runtime: RunningRuntime, files: Path) -> Run:
    """Runs a command against the real runtime, on which every source is deployed under its file's name."""
    run = runner(commands, runtime.environment)
    for name in ACTIONS:
        run("create", "action", f"cli-{Path(name).stem}", str(files / name), "--update")
    for rule, action in (("cli-echo-rule", "cli-echo"), ("cli-boom-rule", "cli-boom")):
        run("create", "trigger", f"{rule}-trigger")
        run("create", "rule", rule, f"{rule}-trigger", action)
    return run


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A remote platform that answers what a test wants it to."""
    with serving() as platform:
        yield platform


@pytest.fixture
def remote(commands: Starter, platform: Platform, tmp_path: Path) -> Run:
    """Runs a command against `platform`."""
    return runner(commands, isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k"})


@pytest.fixture
def offline(commands: Starter, tmp_path: Path) -> Run:
    """Runs a command that must not need any platform."""
    return runner(
        commands, isolated_environment(tmp_path) | {"WHISK_APIHOST": "http://127.0.0.1:1", "WHISK_AUTH": "u:k"}
    )


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo terminal: ours, and the one for a command."""
    ours, theirs = os.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)
