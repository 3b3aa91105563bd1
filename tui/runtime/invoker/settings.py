"""How the pool is set up."""

from pathlib import Path

from msgspec import Struct

from .containers import Containers


class PoolSettings(Struct, frozen=True, kw_only=True):
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
