"""When garbage is looked for: among new things as they are made, among all only while nobody presses keys.

Python looks through everything whenever enough was made, which takes 40 ms with a long list, and may be just between
a key and its paint.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import monotonic
from typing import Final

EVERY_S: Final = 30.0
QUIET_S: Final = 3.0
"""Without a key for so long, nobody waits for a paint."""
_AT_LATEST: Final = 20
"""Times that it may be put off."""
_YOUNG: Final = 1_000
"""New things until those are looked through, which takes less than a millisecond."""
_NEVER: Final = 1_000_000


class GarbageKeeper:
    """Say `begin` after the first paint and `look` every `EVERY_S`."""

    def __init__(self, last_key_at: Callable[[], float]) -> None:
        """
        Args:
            last_key_at: When the user pressed a key last, on the monotonic clock.
        """
        self._last_key_at = last_key_at
        self._put_off = 0

    def begin(self) -> None:
        """Whoever starts a dashboard may switch collecting off: what is made until now stays until the end."""
        gc.freeze()
        gc.set_threshold(_YOUNG, 10, _NEVER)
        gc.enable()

    def look(self) -> None:
        """Look through everything, unless keys are being pressed."""
        if monotonic() - self._last_key_at() < QUIET_S and self._put_off < _AT_LATEST:
            self._put_off += 1
            return
        self._put_off = 0
        gc.collect()
