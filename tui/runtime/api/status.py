"""How the runtime does: for `whisktop doctor` as JSON, for monitoring as Prometheus text."""

import os
import shutil
import time
from collections.abc import Iterable, Iterator

from tui.entities.activation import STATUS_TEXTS
from tui.entities.json import JsonObject

from ..controller.controller import Controller
from ..store.database import broken_files
from ..store.statistics import Statistics, take_statistics
from .answers import Answer, json_answer
from .call import Call
from .service import enforced_limits

METRICS = b"text/plain; version=0.0.4; charset=utf-8"

_COMMON_KINDS = (
    "nodejs:default",
    *(f"nodejs:{major}" for major in (18, 20, 22, 24)),
    "python:default",
    "python:3",
    *(f"python:3.{minor}" for minor in range(9, 14)),
)
"""Kinds that platforms have today: which of the programs found here runs them."""

_Sample = tuple[str, float]
"""Labels in their braces, or nothing, and the value."""


async def get(call: Call) -> Answer:
    controller = call.controller
    statistics = await controller.database.read(take_statistics)
    return json_answer(
        {
            "version": controller.version,
            "instance": controller.instance,
            "pid": os.getpid(),
            "namespace": controller.settings.namespace,
            "started": controller.started_ms,
            "profile": controller.settings.profile,
            "dataDir": str(controller.settings.data_dir),
            "interpreters": [
                {"kind": one.kind, "version": one.version, "path": one.path} for one in controller.interpreters.found
            ],
            "kinds": _kinds(controller),
            "pool": _pool(controller),
            "queue": _queue(controller),
            "activations": {"recorded": statistics.activations, "oldest": statistics.oldest_ms},
            "entities": {
                name: statistics.entities.get(name, 0) for name in ("actions", "triggers", "rules", "packages")
            },
            "schedules": {"live": statistics.schedules, "next": statistics.next_fire_ms},
            "disk": _disk(controller, statistics),
            "setAside": [str(path) for path in broken_files(controller.settings.data_dir)],
            "limits": enforced_limits(controller),
            "settings": _settings(controller),
        }
    )


def _kinds(controller: Controller) -> JsonObject:
    """By kind, what runs it here; `null`: nothing does."""
    kinds: JsonObject = {}
    for kind in (*_COMMON_KINDS, *controller.interpreters.kinds()):
        interpreter = controller.interpreters.resolve(kind)
        kinds[kind] = None if interpreter is None else interpreter.kind
    return kinds


def _pool(controller: Controller) -> JsonObject:
    state = controller.pool.state()
    return {
        "busy": state.busy,
        "idle": state.idle,
        "starting": state.starting,
        "stems": state.stems,
        "workersMax": state.workers_max,
    }


def _queue(controller: Controller) -> JsonObject:
    """Of runs without a record yet: those that wait for a worker, those that have not begun, and all."""
    backlog = controller.runs.backlog
    return {
        "waiting": controller.pool.state().queued,
        "notBegun": backlog.runs,
        "notBegunBytes": backlog.size_bytes,
        "underWay": len(controller.runs),
    }


def _disk(controller: Controller, statistics: Statistics) -> JsonObject:
    usage = shutil.disk_usage(controller.settings.data_dir)
    return {
        "databaseBytes": statistics.database_bytes,
        "unusedBytes": statistics.unused_bytes,
        "freeBytes": usage.free,
        "totalBytes": usage.total,
    }


def _settings(controller: Controller) -> JsonObject:
    settings = controller.settings
    return {
        "durability": settings.durability,
        "sandbox": settings.sandbox,
        "containers": settings.containers,
        "publicGuestKey": settings.public_guest_key,
        "drainS": settings.drain_s,
        "queueMaxRuns": settings.queue_max_runs,
        "queueMaxMb": settings.queue_max_mb,
        "retentionDays": settings.retention_days,
        "retentionCount": settings.retention_count,
        "retentionMb": settings.retention_mb,
        "invocationsPerMinute": settings.invocations_per_minute,
        "concurrentInvocations": settings.concurrent_invocations,
        "firesPerMinute": settings.fires_per_minute,
    }


async def get_metrics(call: Call) -> Answer:
    statistics = await call.controller.database.read(take_statistics)
    return Answer(200, "".join(_metrics(call.controller, statistics)).encode(), METRICS)


def _metrics(controller: Controller, statistics: Statistics) -> Iterator[str]:
    state, runs, events = controller.pool.state(), controller.runs, controller.events
    labels = f'{{version="{controller.version}",profile="{controller.settings.profile}"}}'
    yield _metric("info", "gauge", "Version and profile.", [(labels, 1)])
    uptime_s = time.time() - controller.started_ms / 1000
    yield _metric("uptime_seconds", "gauge", "Time since the start.", [("", max(0, round(uptime_s, 3)))])
    workers = {"busy": state.busy, "idle": state.idle, "starting": state.starting, "stem": state.stems}
    yield _metric("workers", "gauge", "Worker processes by state.", _by("state", workers.items()))
    yield _metric("workers_max", "gauge", "Most worker processes at a time.", [("", state.workers_max)])
    yield _metric("queue_jobs", "gauge", "Runs that wait for a worker.", [("", state.queued)])
    yield _metric("queue_runs", "gauge", "Accepted runs that have not begun.", [("", runs.backlog.runs)])
    yield _metric("queue_bytes", "gauge", "Size of their payloads.", [("", runs.backlog.size_bytes)])
    yield _metric("runs_under_way", "gauge", "Accepted runs without a record.", [("", len(runs))])
    yield _metric("runs_accepted_total", "counter", "Runs accepted since the start.", [("", runs.accepted)])
    finished = _by("status", zip(STATUS_TEXTS, runs.finished, strict=True))
    yield _metric("activations_total", "counter", "Records of runs since the start.", finished)
    yield _metric("fires_total", "counter", "Firings with a record since the start.", [("", runs.fired)])
    yield _metric("events_total", "counter", "Events told since the start.", [("", events.sequence)])
    yield _metric("event_listeners", "gauge", "Open streams of events.", [("", events.listeners)])
    commits = controller.database.writer.groups
    yield _metric("commits_total", "counter", "Commits of the database since the start.", [("", commits)])
    yield _metric("database_bytes", "gauge", "Size of the database.", [("", statistics.database_bytes)])
    yield _metric("schedules", "gauge", "Triggers that the clock will fire.", [("", statistics.schedules)])
    yield _metric("activations_kept", "gauge", "Activations in the database.", [("", statistics.activations)])
    times = os.times()
    yield _metric(
        "cpu_seconds_total", "counter", "Processor time of this process.", [("", round(times.user + times.system, 2))]
    )


def _metric(name: str, sort: str, text: str, samples: Iterable[_Sample]) -> str:
    name = f"whisktop_{name}"
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {sort}"]
    lines += [f"{name}{labels} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _by(label: str, values: Iterable[tuple[str, float]]) -> list[_Sample]:
    return [(f'{{{label}="{name}"}}', value) for name, value in values]
