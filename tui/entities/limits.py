"""Limits of an action, the bounds a platform sets on them, and how people write them (`2m`, `512MB`).

Source: `ActionLimits` and its parts in Apache OpenWhisk; the numbers of the `adobe` profile are Adobe I/O Runtime's.
"""

import re
from typing import Self

from msgspec import Struct

from .json import JsonObject

MAX_CODE_BYTES = 48 * 1024 * 1024
"""Of the `code` string, base64 included."""
MAX_PARAMETERS_BYTES = 1024 * 1024
MAX_PAYLOAD_BYTES = 1024 * 1024
MAX_RESULT_BYTES = 1024 * 1024
MAX_BLOCKING_WAIT_MS = 60_000
MAX_SEQUENCE_LENGTH = 50
DEFAULT_LIST_SIZE = 30
MAX_LIST_SIZE = 200
NO_RATE_LIMIT = 1_000_000
"""What `GET /` and `/limits` print where rates are not enforced: no client has to understand "none"."""


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of one action."""

    timeout_ms: int = 60_000
    memory_mb: int = 256
    logs_mb: int = 10
    concurrency: int = 1
    """How many activations one worker runs at the same time."""
    instances: int | None = None
    """How many workers the action may have at the same time; `None`: no limit of its own, and none is printed."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        standard = cls()
        instances = body.get("instances")
        return cls(
            timeout_ms=int(body.get("timeout", standard.timeout_ms)),
            memory_mb=int(body.get("memory", standard.memory_mb)),
            logs_mb=int(body.get("logs", standard.logs_mb)),
            concurrency=int(body.get("concurrency", standard.concurrency)),
            instances=None if instances is None else int(instances),
        )

    def to_json(self) -> JsonObject:
        body: JsonObject = {
            "timeout": self.timeout_ms,
            "memory": self.memory_mb,
            "logs": self.logs_mb,
            "concurrency": self.concurrency,
        }
        return body if self.instances is None else body | {"instances": self.instances}


class LimitBounds(Struct, frozen=True, kw_only=True):
    """What a platform allows, both ends included."""

    min_timeout_ms: int = 100
    max_timeout_ms: int = 10_800_000
    min_memory_mb: int = 128
    max_memory_mb: int = 4096
    min_logs_mb: int = 0
    max_logs_mb: int = 10
    min_concurrency: int = 1
    max_concurrency: int = 500


ADOBE_BOUNDS = LimitBounds()
OPENWHISK_BOUNDS = LimitBounds(max_timeout_ms=300_000, max_memory_mb=512)
PROFILES = {"adobe": ADOBE_BOUNDS, "openwhisk": OPENWHISK_BOUNDS}


class NamespaceLimits(Struct, frozen=True, kw_only=True):
    """`GET /namespaces/{namespace}/limits`: the bounds and the rates in force."""

    bounds: LimitBounds
    invocations_per_minute: int | None
    """`None` where the platform does not enforce a rate."""
    concurrent_invocations: int | None
    fires_per_minute: int | None

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        standard = LimitBounds()
        return cls(
            bounds=LimitBounds(
                min_timeout_ms=body.get("minActionTimeout", standard.min_timeout_ms),
                max_timeout_ms=body.get("maxActionTimeout", standard.max_timeout_ms),
                min_memory_mb=body.get("minActionMemory", standard.min_memory_mb),
                max_memory_mb=body.get("maxActionMemory", standard.max_memory_mb),
                min_logs_mb=body.get("minActionLogs", standard.min_logs_mb),
                max_logs_mb=body.get("maxActionLogs", standard.max_logs_mb),
                min_concurrency=body.get("minActionConcurrency", standard.min_concurrency),
                max_concurrency=body.get("maxActionConcurrency", standard.max_concurrency),
            ),
            invocations_per_minute=_enforced(body.get("invocationsPerMinute")),
            concurrent_invocations=_enforced(body.get("concurrentInvocations")),
            fires_per_minute=_enforced(body.get("firesPerMinute")),
        )


def _enforced(rate: int | None) -> int | None:
    return rate if rate is not None and rate < NO_RATE_LIMIT else None


_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|M|GB|G)?", re.IGNORECASE)


def parse_duration_ms(text: str) -> int:
    """`2m`, `90s`, `1h30m`, `100ms` → milliseconds.

    Raises:
        ValueError: No unit, or not a duration; the text says how to write one.
    """
    compact = text.strip().lower()
    parts = list(_DURATION_PART.finditer(compact))
    if not parts or "".join(part.group(0) for part in parts).replace(" ", "") != compact.replace(" ", ""):
        raise ValueError(f"{text!r} is not a duration: write it with a unit, such as 90s, 2m or 1h30m")
    return round(sum(float(part[1]) * _UNIT_MS[part[2]] for part in parts))


def parse_memory_mb(text: str) -> int:
    """`512`, `512MB`, `1 GB` → megabytes.

    Raises:
        ValueError: Not a size, or not a whole number of megabytes.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size: write it as 256MB or 1GB")
    megabytes = float(match[1]) * (1024 if (match[2] or "m").lower().startswith("g") else 1)
    if not megabytes.is_integer():
        raise ValueError(f"{text!r} is not a whole number of megabytes")
    return int(megabytes)
