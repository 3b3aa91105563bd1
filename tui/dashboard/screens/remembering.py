"""What was seen of the account: shown before there is a connection, fed by the feed, and without which all goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.worker import Worker

from tui.entities.activation import State
from tui.entities.live import RunningActivation
from tui.history import UnusableHistory
from tui.operations.past import open_past

from ..jobs import cancelled_once
from ..panels.messages import PastWanted
from ..render import link
from .past_keeper import PastKeeper
from .verbs import Verbs

if TYPE_CHECKING:
    from tui.entities.endpoint import Endpoint

    from ..panels.feed import FeedPanel
    from ..render.entry import Entry


class Remembering(Verbs):
    """Between the verbs and what keeps a screen true."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper: PastKeeper | None = None
        self.link = link.Link()

    @property
    def feed(self) -> FeedPanel:
        raise NotImplementedError

    def now_ms(self) -> int:
        raise NotImplementedError

    def remember(self, endpoint: Endpoint) -> None:
        """Show what was seen of an account; nothing happens if it is shown already."""
        from tui.history import history_path

        if self.keeper is not None:
            if self.keeper.past.path == history_path(endpoint):
                return
            self._forget_account()
        try:
            past = open_past(endpoint, self.app.settings.history)  # type: ignore[attr-defined]
            self.keeper = PastKeeper(past, self.book, self.feed, now_ms=self.now_ms)
            self.keeper.open()
        except UnusableHistory as error:
            self._no_past(error)
            return
        if (covered := self.keeper.covered) is not None:
            self.link = link.Link(complete_since_ms=covered[0], complete_upto_ms=covered[1])
            self.feed.show_link(self.link)
        _: Worker[None] = self.run_worker(self._keep_past, group="past", exclusive=True)

    def _forget_account(self) -> None:
        assert self.keeper is not None
        self.workers.cancel_group(self, "past")  # it closes what it holds
        self.keeper.close()
        self.keeper, self.link = None, link.Link()

    def _no_past(self, error: UnusableHistory) -> None:
        """Go on with what is in memory."""
        self.keeper = None
        self.feed.source.past = None
        self.feed.refilter()
        self.say_error(error)

    async def _keep_past(self) -> None:
        if self.keeper is None:
            return
        try:
            await cancelled_once(self.keeper.run)
        except* UnusableHistory as errors:
            self._no_past(_first(errors))

    @on(PastWanted)
    def _search_past(self) -> None:
        if self.keeper is not None:
            self.start_job(self.keeper.search, failed=lambda _: None, group="search the past", latest_only=True)

    def resume_ms(self) -> int | None:
        """From when on a new connection has to tell; `None` at the very first."""
        resume_ms = None if self.keeper is None else self.keeper.past.resume_ms(self.now_ms())
        if resume_ms is not None or (contact := self.link.last_contact_ms) is None:
            return resume_ms
        return min(contact, self.book.oldest_open_ms() or contact)

    def complete_since_ms(self, told_ms: int | None) -> int | None:
        """Since when everything is known, where the feed told so much in this session."""
        before_ms = self.link.complete_since_ms
        covered = None if self.keeper is None else self.keeper.covered
        if self.keeper is None or told_ms is None:
            return min(filter(None, (told_ms, before_ms)), default=None)
        return min(told_ms, covered[0]) if covered is not None and covered[1] >= told_ms - 1 else told_ms

    async def find_kept_cause(self, activation_id: str) -> str | None:
        return None if self.keeper is None else self.keeper.past.parent_of(activation_id)

    def running_before(self) -> list[RunningActivation]:
        """Runs that were in flight when an earlier connection ended."""
        entries = [entry for entry in self.book.open_entries() if entry.running is not None]
        return [entry.running for entry in entries if entry.running is not None]

    def claim(self, activation_id: str, entity: str) -> None:
        """A run that was started here is not forgotten when the dashboard is left."""
        keeper = self.keeper
        if keeper is None:
            return
        keeper.own.add(activation_id)
        running = RunningActivation(
            activation_id=activation_id,
            entity=entity,
            kind="",
            state=State.RUNNING,
            accepted_ms=self.now_ms(),
            started_ms=None,
            limits=None,
        )
        self.start_job(lambda: keeper.past.claim(running, now_ms=self.now_ms()), group="claim")

    def no_longer_wait(self, entry: Entry) -> None:
        """For a run without a record: neither now nor in a later session."""
        keeper = self.keeper
        if keeper is not None:
            self.start_job(lambda: keeper.past.stop_waiting(entry.activation_id), group="stop waiting")


def _first(errors: BaseExceptionGroup[UnusableHistory]) -> UnusableHistory:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    assert isinstance(first, UnusableHistory)
    return first
