"""How the pool is set up."""

from dataclasses import dataclass
from pathlib import Path

from .containers import Containers


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    work_dir: Path
    """The pool's own: whatever is in it is removed."""
    cache_dir: Path
    workers_max: int | None = None
    """`None`: as memory allows, at least 16."""
    memory_max_mb: int | None = None
    """For all workers together; `None`: what is free."""
    sandbox: str = "none"  # or `bwrap`
    containers: Containers | None = None
    idle_worker_s: float = 600.0
