"""`whisktop` alone opens the dashboard, on the endpoint that the command line names."""

import sys
from pathlib import Path

import pexpect

from tests.running import RunningRuntime


def test_it_opens_on_a_terminal_and_ends_with_0_and_the_terminal_as_it_was(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(
        f'[contexts.mine]\napihost = "{runtime.url}"\nauth = "{runtime.auth}"\nread_only = true\n'
    )
    env = runtime.environment | {"WHISKTOP_CONFIG": str(tmp_path / "config.toml"), "TERM": "xterm-256color"}
    screen = pexpect.spawn(
        sys.executable,
        ["-m", "tui", "--context", "mine"],
        env=env,
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=30,
    )
    try:
        screen.expect("mine")
        screen.expect("read-only")
        screen.sendcontrol("q")
        screen.expect(pexpect.EOF)
    finally:
        screen.close(force=True)

    assert screen.exitstatus == 0
