"""Looks once a second whether the platform is still there, so that a cut is said within three seconds.

The feed alone would notice much later: it hears nothing while nothing happens, and asks an idle platform rarely. A
platform that only seems to be gone costs nothing: the feed goes on, and the next good look takes the word back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.client.errors import Unreachable

from ..render import link
from .remembering import Remembering

if TYPE_CHECKING:
    from .feed_reader import FeedReader

EVERY_S = 1.0
PATIENCE_S = 1.5


class LinkWatch(Remembering):
    """Between what is remembered and what keeps a screen true."""

    reader: FeedReader | None
    connected: bool

    def __init__(self) -> None:
        super().__init__()
        self._trusted: link.Link | None = None
        """How the link was before it came into doubt."""

    def link_changed(self) -> None:
        """Show the link as it is now."""
        raise NotImplementedError

    async def watch_link(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            operations = self.operations
            if operations is None or not self.connected:
                continue
            try:
                await operations.client.knock(PATIENCE_S)
            except Unreachable:
                self._doubt()
            else:
                self._trust()

    def _doubt(self) -> None:
        if self.link.is_down or self.link.state == link.CONNECTING:
            return
        self._trusted, now_ms = self.link, self.now_ms()
        self.link = replace(
            self.link,
            state=link.RECONNECTING,
            down_since_ms=now_ms,
            last_contact_ms=self.link.last_contact_ms or now_ms,
        )
        self.link_changed()
        if self.reader is not None:
            self.reader.feed.look_now()  # where it has to be asked, it finds out for itself, and keeps trying

    def _trust(self) -> None:
        trusted, self._trusted = self._trusted, None
        if trusted is not None and self.link.state == link.RECONNECTING and self.link.retry_at_ms is None:
            self.link = trusted
            self.link_changed()

    def link_is_told(self) -> None:
        """The feed told how the link is: doubts are over."""
        self._trusted = None
