"""What the product is compared with. What is not on the machine is installed into a folder of the script's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import platformdirs

from .row import Skipped
from .servers import DidNotStart, free_port, process, server, wait_for_port

FUNCTIONS_FRAMEWORK_NODE = "@google-cloud/functions-framework@5"
FUNCTIONS_FRAMEWORK_PYTHON = "functions-framework>=3.8,<4"
CELERY = "celery[redis]>=5.4,<6"

_INSTALL_TIMEOUT_S = 240
_PROGRAMS = Path(__file__).parent / "programs"


def cache_folder() -> Path:
    return platformdirs.user_cache_path("whisktop-benchmarks", appauthor=False)


@contextmanager
def node_http(node: str, folder: Path) -> Iterator[str]:
    """The smallest HTTP server that Node.js can be: it answers `{}`."""
    port = free_port()
    with server([node, _PROGRAMS / "hello.js", str(port)], port, log=folder / "node-http.log") as url:
        yield url


@contextmanager
def functions_framework_node(node: str, folder: Path) -> Iterator[str]:
    """Google's framework with a function that answers `{}`.

    Raises:
        Skipped: It cannot be installed.
    """
    port = free_port()
    command = functions_framework_node_command(node, port)
    with _started(command, port, folder / "functions-framework-node.log") as url:
        yield url


def functions_framework_node_command(node: str, port: int) -> list[str]:
    """Raises `Skipped` where it cannot be installed."""
    home = _installed_from_npm(node, FUNCTIONS_FRAMEWORK_NODE)
    main = home / "node_modules/@google-cloud/functions-framework/build/src/main.js"
    source = _PROGRAMS / "functions_framework_node"
    return [node, str(main), "--target=main", f"--source={source}", f"--port={port}"]


@contextmanager
def functions_framework_python(folder: Path) -> Iterator[str]:
    """The same for Python.

    Raises:
        Skipped: It cannot be installed.
    """
    port, programs = free_port(), _installed_from_pypi("functions-framework", FUNCTIONS_FRAMEWORK_PYTHON)
    source = _PROGRAMS / "functions_framework_python.py"
    command = [str(programs / "functions-framework"), "--target=main", f"--source={source}", "--host=127.0.0.1"]
    with _started([*command, f"--port={port}"], port, folder / "functions-framework-python.log") as url:
        yield url


class CeleryRate:
    """Measures Celery with a Redis of its own: as many tasks as asked for, until every result is kept."""

    def __init__(self, python: Path, redis_port: int) -> None:
        self._command = [python, _PROGRAMS / "celery_driver.py"]
        self._environment = celery_environment(redis_port)

    def __call__(self, tasks: int) -> float:
        """Tasks a second."""
        done = subprocess.run(
            [*self._command, str(tasks)],
            env=self._environment,
            cwd=_PROGRAMS,
            capture_output=True,
            text=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=True,
        )
        return tasks / float(done.stdout)


def celery_environment(redis_port: int) -> dict[str, str]:
    return os.environ | {"BENCHMARK_REDIS": f"redis://127.0.0.1:{redis_port}", "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def celery_with_redis(folder: Path) -> Iterator[CeleryRate]:
    """Celery as it is by default, with Redis as broker and for the results.

    Raises:
        Skipped: One of them is not here.
    """
    redis = shutil.which("redis-server")
    if redis is None:
        raise Skipped("Celery + Redis: no redis-server on PATH")
    programs = _installed_from_pypi("celery", CELERY)
    data = folder / "redis"
    data.mkdir(exist_ok=True)
    port, log = free_port(), folder / "redis.log"
    bound = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    worker: list[str | os.PathLike[str]] = [programs / "celery", "-A", "celery_tasks", "worker", "--loglevel=warning"]
    try:
        with (
            process([redis, *bound], log=log) as child,
            process(worker, log=folder / "celery.log", cwd=_PROGRAMS, env=celery_environment(port)),
        ):
            wait_for_port(port, child, log)
            yield CeleryRate(programs / "python", port)
    except DidNotStart as error:
        raise Skipped(f"Celery + Redis does not start: {error}") from error


@contextmanager
def _started(command: list[str], port: int, log: Path) -> Iterator[str]:
    try:
        with server(command, port, log=log) as url:
            yield url
    except DidNotStart as error:
        raise Skipped(f"{log.stem} does not start: {error}") from error


@cache
def _installed_from_npm(node: str, package: str) -> Path:
    npm = _find_npm(node)
    home = cache_folder() / f"npm-{package.rpartition('/')[2].replace('@', '-')}"
    with _installing(home, package) as fresh:
        if fresh:
            (home / "package.json").write_text("{}\n")
            _install([*npm, "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", package], home)
    return home


@cache
def _installed_from_pypi(name: str, requirement: str) -> Path:
    """The folder with its programs."""
    home = cache_folder() / f"pypi-{name}"
    with _installing(home, requirement) as fresh:
        if fresh:
            _install([sys.executable, "-m", "venv", "--clear", str(home)], home)
            _install([str(home / "bin/python"), "-m", "pip", "install", "-q", requirement], home)
    return home / "bin"


@contextmanager
def _installing(home: Path, what: str) -> Iterator[bool]:
    """Gives whether it has to be installed; half an installation is not taken for one next time."""
    complete = home / ".complete"
    if complete.exists() and complete.read_text() == what:
        yield False
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    yield True
    complete.write_text(what)


def _install(command: Sequence[str], home: Path) -> None:
    try:
        subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S, check=True)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout).strip().splitlines()[-1:]
        raise Skipped(f"cannot be installed: {' '.join(last)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"cannot be installed: {error}") from error


def _find_npm(node: str) -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    for place in ("../lib/node_modules", "../../lib/node_modules"):
        script = Path(node).parent / place / "npm/bin/npm-cli.js"
        if script.exists():
            return [node, str(script)]
    raise Skipped("no npm on this machine")
