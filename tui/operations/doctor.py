"""What is here, what is missing, and how to mend it: works whether or not any platform answers.

A check looks at one thing and says in a sentence how it is. `problem` keeps something from working, `warning` may do
so later, or makes it worse than it need be.
"""

import asyncio
import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from tui import __version__, launch
from tui.client import Client, open_client
from tui.config import RuntimeSettings, Settings, config_path
from tui.entities.endpoint import Endpoint
from tui.entities.json import JsonObject
from tui.errors import UserError

from . import interpreters
from .capabilities import probe
from .connect import Accounts
from .platform import load_platform

_MB = 1024 * 1024
_LITTLE_DISK_MB = 1024
_NO_DISK_MB = 100
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
NODE_FIX = "pip install 'whisktop[node]'"


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(Struct, frozen=True, kw_only=True):
    """What one check found."""

    subject: str
    health: Health
    text: str
    fix: str = ""
    """What to do about it; `""` where nothing has to be done."""

    def to_json(self) -> JsonObject:
        body: JsonObject = {"subject": self.subject, "health": self.health.value, "text": self.text}
        return body | {"fix": self.fix} if self.fix else body


class Report(Struct, frozen=True, kw_only=True):
    """Everything that was looked at."""

    findings: tuple[Finding, ...]
    endpoint: Endpoint | None
    """`None`: the local runtime, which does not run now."""
    runtime: JsonObject | None
    """What the local runtime tells of itself; `None` if it is not the endpoint, or not there."""

    @property
    def has_problem(self) -> bool:
        return any(finding.health is Health.PROBLEM for finding in self.findings)

    def to_json(self) -> JsonObject:
        endpoint = self.endpoint
        return {
            "version": __version__,
            "endpoint": None
            if endpoint is None
            else {
                "context": endpoint.context,
                "apihost": endpoint.url,
                "auth": endpoint.auth.masked(),
                "namespace": endpoint.namespace,
                "chosenBy": endpoint.provenance,
            },
            "findings": [finding.to_json() for finding in self.findings],
            "runtime": self.runtime,
        }


async def examine(settings: Settings, *, context: str | None, read_only: bool) -> Report:
    """Look at everything; nothing is started or changed.

    Raises:
        ConfigError: The context that was named does not exist or is not complete.
    """
    chosen = Accounts(settings, context=context, read_only=read_only).endpoint()
    endpoint = chosen or await launch.find(settings.runtime)
    findings = [_program(), *await asyncio.to_thread(lambda: list(_interpreters())), *_files(settings)]
    status: JsonObject | None = None
    if endpoint is None:
        findings.append(_no_runtime(settings.runtime))
    else:
        asked, status = await _ask(endpoint)
        findings += asked
    if chosen is None:
        findings += _disk(settings.runtime)
    if status is not None:
        findings += _runtime(status)
    return Report(findings=tuple(findings), endpoint=endpoint, runtime=status)


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject=subject, health=Health.OK, text=text)


def _warning(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject=subject, health=Health.WARNING, text=text, fix=fix)


def _problem(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject=subject, health=Health.PROBLEM, text=text, fix=fix)


def _program() -> Finding:
    return _ok("whisktop", f"{__version__} on Python {platform.python_version()}, {platform.system()}")


def _interpreters() -> Iterator[Finding]:
    """What a runtime that starts now takes; what a running one has found is told by itself."""
    found = interpreters.found_here()
    nodes = [one for one in found if one.family == "nodejs"]
    if not nodes:
        yield _warning("node", "No Node.js was found: actions in JavaScript cannot run locally.", NODE_FIX)
    else:
        yield _ok("node", "; ".join(f"{one.version} at {one.path}" for one in nodes))
    yield _ok("python", "; ".join(f"{one.version} at {one.path}" for one in found if one.family == "python"))


def _files(settings: Settings) -> Iterator[Finding]:
    path = config_path()
    if not path.exists():
        yield _ok("settings", f"{path} does not exist: defaults hold")
    elif any(each.auth is not None for each in settings.contexts.values()) and _is_open(path):
        yield _warning("settings", f"{path} holds a key, and others may read it.", f"chmod 600 {path}")
    else:
        yield _ok("settings", str(path))
    data_dir = settings.runtime.data_dir
    if not data_dir.exists():
        yield _ok("data folder", f"{data_dir} will be made by the local runtime's first start")
    elif not os.access(data_dir, os.W_OK | os.X_OK):
        yield _problem("data folder", f"{data_dir} cannot be written to.", f"chown or chmod {data_dir}, or --data-dir")
    elif _is_open(data_dir):
        yield _warning("data folder", f"{data_dir} is open to others.", f"chmod 700 {data_dir}")
    else:
        yield _ok("data folder", str(data_dir))
    if settings.runtime.sandbox == "bwrap" and shutil.which("bwrap") is None:
        fix = 'install bubblewrap, or set sandbox = "none"'
        yield _problem("sandbox", "bwrap is asked for and was not found: the runtime will not start.", fix)
    yield from _containers(settings.runtime.containers)


def _containers(engine: str) -> Iterator[Finding]:
    """The engine that the settings name."""
    if engine == "none":
        return
    program = shutil.which(engine)
    if program is None:
        fix = f'install {engine}, or set containers = "none"'
        yield _problem("containers", f"{engine} is asked for and was not found: the runtime will not start.", fix)
    else:
        yield _ok("containers", f"actions run in OpenWhisk's images, by {program}")


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & _OPEN_TO_OTHERS)


def _disk(settings: RuntimeSettings) -> Iterator[Finding]:
    folder = next(each for each in (settings.data_dir, *settings.data_dir.parents) if each.exists())
    free_mb = shutil.disk_usage(folder).free // _MB
    text = f"{free_mb:,} MB free where the data folder is"
    fix = "free some, or choose another folder with --data-dir"
    if free_mb < _NO_DISK_MB:
        yield _problem("disk", f"Only {text}: accepted work may not be kept.", fix)
    elif free_mb < _LITTLE_DISK_MB:
        yield _warning("disk", f"Only {text}.", fix)
    else:
        yield _ok("disk", text)


def _no_runtime(settings: RuntimeSettings) -> Finding:
    if launch.is_held(settings):
        log = settings.data_dir / "runtime.log"
        return _problem("endpoint", "A local runtime holds the data folder and does not answer.", f"see {log}")
    return _ok("endpoint", "the local runtime, which is started when it is needed")


async def _ask(endpoint: Endpoint) -> tuple[list[Finding], JsonObject | None]:
    """Whether the endpoint answers and takes the key, what it can do; and, of a local runtime, its status."""
    where = f"{endpoint.url} ({endpoint.provenance or endpoint.context})"
    try:
        async with open_client(endpoint) as client:
            (namespace, *_) = await client.namespaces.list()
            described = await client.namespaces.describe()
            is_ours = described.live_path is not None and described.version == __version__
            status = await client.live.status() if is_ours else None
            client = client.for_namespace(namespace)
            abilities = [] if described.version else await _abilities(client)
    except UserError as error:
        fix = error.hint or "check its address and key: `whisktop config show` tells where they come from"
        return [_problem("endpoint", f"{where}: {error.message}", fix)], None
    if described.version is not None and not is_ours:
        fix = "`whisktop stop` when nothing runs; the next command starts this version"
        said = f"{where} is whisktop {described.version}, and this is {__version__}"
        return [_warning("endpoint", said, fix)], None
    return [_ok("endpoint", f"{where}, namespace {namespace}"), *abilities], status


async def _abilities(client: Client) -> list[Finding]:
    """Of a platform that is not ours."""
    can = await probe(client, await load_platform(client))
    return [
        Finding(subject=told.subject, health=Health.WARNING if told.is_notable else Health.OK, text=told.text)
        for told in can.told()
    ]


def _runtime(status: JsonObject) -> Iterator[Finding]:
    checks: tuple[Callable[[JsonObject], Finding], ...] = (_manner, _kinds, _pool, _kept, _limits)
    for check in checks:
        yield check(status)
    if broken := status["setAside"]:
        text = f"An earlier database was broken, and a new one was begun beside it: {', '.join(broken)}"
        yield _warning("broken database", text, "recover what you need (sqlite3 FILE .recover), then delete it")


def _manner(status: JsonObject) -> Finding:
    settings = status["settings"]
    text = f"profile {status['profile']}, durability {settings['durability']}, sandbox {settings['sandbox']}"
    if (engine := settings.get("containers", "none")) != "none":
        text += f", actions in containers of {engine}"
    if settings["publicGuestKey"]:
        text += ", with the guest key that everybody knows"
    return _ok("runtime", f"{text}, in {status['dataDir']}")


def _kinds(status: JsonObject) -> Finding:
    """Which program runs which kind, grouped by program."""
    by_program: dict[str, list[str]] = {}
    for kind, program in status["kinds"].items():
        if program is not None and kind != program:
            by_program.setdefault(program, []).append(kind)
    programs = {one["kind"]: one for one in status["interpreters"]}
    lines = [
        f"{kind} ({one['version']}) also runs {', '.join(by_program[kind])}" if kind in by_program else kind
        for kind, one in programs.items()
    ]
    missing = sorted({kind.partition(":")[0] for kind, program in status["kinds"].items() if program is None})
    if "nodejs" in missing and not any(kind.startswith("nodejs:") for kind in programs):
        return _warning("kinds", "; ".join(lines) + "; nothing runs nodejs", f"{NODE_FIX}, then `whisktop stop`")
    return _ok("kinds", "; ".join(lines))


def _pool(status: JsonObject) -> Finding:
    pool, queue = status["pool"], status["queue"]
    text = (
        f"{pool['busy']} busy, {pool['idle']} idle, {pool['stems']} ready of {pool['workersMax']} workers; "
        f"{queue['waiting']} runs wait for one, {queue['underWay']} under way"
    )
    if queue["waiting"] and pool["busy"] >= pool["workersMax"]:
        return _warning("pool", text, "raise workers_max in [runtime], or cancel what need not run")
    return _ok("pool", text)


def _kept(status: JsonObject) -> Finding:
    used = status["disk"]["databaseBytes"] // _MB
    kept = f"{status['activations']['recorded']:,} activations, {used:,} MB"
    return _ok("kept", f"{kept}; {status['schedules']['live']} triggers fired by the clock")


def _limits(status: JsonObject) -> Finding:
    limits, settings = status["limits"], status["settings"]
    rates = (
        ("invocationsPerMinute", "invocations a minute"),
        ("concurrentInvocations", "at a time"),
        ("firesPerMinute", "fires a minute"),
    )
    enforced = [f"{settings[name]} {text}" for name, text in rates if settings[name] is not None]
    longest_s = limits["max_action_duration"] // 1000
    memory_mb = limits["max_action_memory"] // _MB
    rate_text = ", ".join(enforced) if enforced else "rates are not limited"
    return _ok("limits", f"a run at most {longest_s} s and {memory_mb} MB; {rate_text}")
