"""How long activations are kept: the oldest go where there are too many, too much of them, or they are too old.

They go in small steps between which everybody else has their turn. What is still running is never touched: it has no
record yet.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from tui.config import RuntimeSettings

from ..faults import NotKept
from ..store import pruning
from ..store.database import Database

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
_FIRST_LOOK_S = 2.0
_PAUSE_S = 0.02
_DAY_MS = 24 * 60 * 60 * 1000
_MB = 1024 * 1024


class Retention:
    """Keeps the activations within the bounds of the settings."""

    def __init__(self, database: Database, settings: RuntimeSettings, *, clock_ms: Callable[[], int]) -> None:
        self._database = database
        self._settings = settings
        self._clock_ms = clock_ms

    async def keep_within_bounds(self) -> None:
        """Look now and then, for ever."""
        await asyncio.sleep(_FIRST_LOOK_S)
        while True:
            try:
                removed = await self.prune()
            except (pruning.DatabaseError, NotKept) as error:
                logger.warning("old activations could not be removed: %s", error)
            else:
                if removed:
                    logger.info("removed %d old activations", removed)
            await asyncio.sleep(LOOK_EVERY_S)

    async def prune(self) -> int:
        """Remove what is too much now; how many activations that were."""
        return await self._prune_by_age() + await self._prune_by_count() + await self._prune_by_size()

    async def _prune_by_age(self) -> int:
        days = self._settings.retention_days
        if days is None:
            return 0
        step = partial(pruning.remove_started_before, before_ms=self._clock_ms() - days * _DAY_MS)
        removed = 0
        while True:
            now = await self._database.write(step)
            removed += now
            if now < pruning.STEP:
                return removed
            await asyncio.sleep(_PAUSE_S)

    async def _prune_by_count(self) -> int:
        most = self._settings.retention_count
        if most is None:
            return 0
        surplus = await self._database.read(partial(pruning.count_activations, enough=most)) - most
        removed = 0
        while removed < surplus:
            removed += await self._database.write(partial(pruning.remove_oldest, number=surplus - removed))
            await asyncio.sleep(_PAUSE_S)
        return removed

    async def _prune_by_size(self) -> int:
        most_mb = self._settings.retention_mb
        removed = 0
        while most_mb is not None and await self._database.read(pruning.used_bytes) > most_mb * _MB:
            now = await self._database.write(partial(pruning.remove_oldest, number=pruning.STEP))
            removed += now
            if not now:
                logger.warning("the database is larger than %d MB without any activation in it", most_mb)
                break
            await asyncio.sleep(_PAUSE_S)
        return removed
