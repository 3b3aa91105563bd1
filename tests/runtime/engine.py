"""The container engine that tests install: its containers are processes of this machine."""

import json
import os
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from .invoker.running import is_alive


class Engine:
    """The stand-in, and what it has running."""

    def __init__(self, folder: Path) -> None:
        self.state, self.programs = folder / "engine", folder / "bin"
        self.state.mkdir()
        self.programs.mkdir()
        program = self.programs / "docker"
        script = Path(__file__).with_name("stand_in_engine.py")
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{script}" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{self.programs}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("STAND_IN_ENGINE", str(self.state))

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [found for file in self.state.glob("worker-*") if not file.suffix and (found := _told_by(file))]

    def close(self) -> None:
        """End what a test that failed has left."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        return [each["pid"] for each in self.containers if is_alive(each["pid"])]


def _told_by(file: Path) -> dict[str, Any] | None:
    """What the engine keeps of a container; `None` if it was removed since its file was listed."""
    with suppress(FileNotFoundError):
        return dict(json.loads(file.read_text()))
    return None
