"""Digging back: records from before what the feed reaches, by page, until there are enough of those that are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace
from textual import on
from textual.worker import Worker

from tui.errors import UsageError, UserError
from tui.operations.feed_batch import FeedBatch, LinkState

from ..panels.messages import DigRequested
from ..render import formats
from ..render.line import Line, Span
from .command_words import Word
from .promoting import Promoting

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.digging import Dug

RECORDS: Final = 1000
"""Without a filter, so many more are read at a time."""
MATCHES: Final = 20
"""With one, until so many more match."""
_COUNT: Final = re.compile(r"[1-9][0-9]{0,8}")


class _Goal(Struct):
    """What is enough, and how far it is."""

    records: int | None
    matches: int | None
    read: int = 0
    matched: int = 0
    since_ms: int = 0
    """Back to there everything is known."""

    @property
    def is_reached(self) -> bool:
        if self.matches is not None:
            return self.matched >= self.matches
        return self.records is not None and self.read >= self.records

    def said(self) -> Line:
        """`digging: 2,400 read, 12 match, back to 11:40:02   D stops`."""
        matching = "" if self.matches is None else f", {formats.count(self.matched)} match"
        back = formats.clock(self.since_ms)
        text = f"digging: {formats.count(self.read)} read{matching}, back to {back}  "
        return [Span(text, "muted"), Span("D", "primary bold"), Span(" stops", "muted")]


class Digging(Promoting):
    """Between promoting and the main screen."""

    def __init__(self) -> None:
        super().__init__()
        self._digger: Worker[None] | None = None

    @on(DigRequested)
    def _dig_requested(self) -> None:
        if self.is_digging:
            self.stop_digging()
        elif self.feed.source.is_everything:
            self.dig(_Goal(RECORDS, None))
        else:
            self.dig(_Goal(None, MATCHES))

    @property
    def is_digging(self) -> bool:
        return self._digger is not None and self._digger.is_running

    def stop_digging(self) -> None:
        if self._digger is not None:
            self._digger.cancel()
        self._digger = None
        self.feed.show_digging(())

    def dig(self, goal: _Goal) -> None:
        operations, since_ms = self.operations, self.link.complete_since_ms
        if operations is None or since_ms is None:
            self.say("it is not known yet how far back the list is complete", "warning")
            return
        self.stop_digging()
        goal.since_ms = since_ms
        self.feed.show_digging(goal.said())
        job = partial(self._dig, operations, goal)
        self._digger = self.start_job(job, then=self._dug, failed=self._dig_failed, group="dig", latest_only=True)

    async def _dig(self, operations: Operations, goal: _Goal) -> tuple[_Goal, bool]:
        """Whether the platform's beginning was reached comes with the goal."""
        from tui.operations.digging import dig_back

        upto_ms = goal.since_ms
        async with aclosing(dig_back(operations.client, upto_ms=upto_ms)) as pages:
            async for page in pages:
                self._take_dug(page, upto_ms, goal)
                if page.is_end or goal.is_reached:
                    return goal, page.is_end
        raise AssertionError("the last page says that it is the last")

    def _take_dug(self, page: Dug, upto_ms: int, goal: _Goal) -> None:
        """Show and keep a page as if the feed had told it."""
        unknown = [one.activation_id for one in page.records if self.book.find(one.activation_id) is None]
        batch = FeedBatch(
            link=LinkState.LIVE,
            finished=page.records,
            complete_since_ms=page.since_ms,
            complete_upto_ms=upto_ms,
            is_dug=True,
        )
        now_ms = self.now_ms()
        changed = self.book.apply([batch], now_ms=now_ms)
        self.feed.frame(changed, now_ms)
        goal.read += len(page.records)
        goal.matched += self._matching(unknown)
        goal.since_ms = page.since_ms
        if self.keeper is not None:
            self.keeper.put([batch])
        self.link = replace(self.link, complete_since_ms=goal.since_ms)
        self.feed.show_link(self.link)
        self.feed.show_digging(goal.said())

    def _matching(self, ids: Iterable[str]) -> int:
        entries = (self.book.find(one) for one in ids)
        return sum(1 for entry in entries if entry is not None and self.feed.source.keeps(entry))

    def _dug(self, outcome: tuple[_Goal, bool]) -> None:
        goal, is_end = outcome
        self.stop_digging()
        read = f"{formats.counted(goal.read, 'record')} read"
        found = "" if goal.matches is None else f", {formats.count(goal.matched)} match"
        end = f"{read}{found}; the platform keeps nothing older"
        self.say(end if is_end else f"{read}{found}, back to {formats.clock(goal.since_ms)}")

    def _dig_failed(self, error: UserError) -> None:
        self.stop_digging()
        self.say_error(error)

    # Keys and words

    def action_back(self) -> None:
        if self.is_digging:
            self.stop_digging()
        else:
            super().action_back()

    def more_words(self) -> Iterable[Word]:
        yield from super().more_words()
        yield Word("dig", "dig back until so many match the filter", self._dig_for, "NUMBER", optional=True)

    def _dig_for(self, text: str) -> None:
        if text and not _COUNT.fullmatch(text):
            raise UsageError(f"{text} is no number of records.", hint="At most nine digits.")
        if not text:
            self.feed.action_dig()
        elif self.feed.source.is_everything:
            self.dig(_Goal(int(text), None))
        else:
            self.dig(_Goal(None, int(text)))
