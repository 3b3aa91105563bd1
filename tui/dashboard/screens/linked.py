"""What keeps a screen true: the connection, the feed read in frames, and the header that tells how both are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.binding import BindingType
from textual.reactive import reactive
from textual.worker import Worker

from tui.client.errors import ApiError, Unauthorized

from ..jobs import cancelled_once
from ..render import formats, link
from ..render.context_rows import color_role
from ..render.entry import Entry
from ..render.line import Line, Span
from ..widgets.header import HeaderState
from ..widgets.payload_history import payload_history
from . import welcome
from .copies import Copyable, Savable, copies_of_run, copies_of_thing, files_of_list, files_of_run, files_of_thing
from .copying import COPY, SAVE, Copying
from .feed_reader import FeedReader
from .guarding import CONTEXTS, LOCK, Guarding
from .link_watch import LinkWatch
from .run import run_of_id

if TYPE_CHECKING:
    from tui.entities.action import Action
    from tui.entities.endpoint import Endpoint
    from tui.entities.rule import Rule
    from tui.entities.trigger import Trigger
    from tui.errors import UserError
    from tui.operations import Operations
    from tui.operations.feed_batch import FeedBatch

    from ..panels.feed import FeedPanel
    from ..panels.panel import Panel

MINUTE_MS = 60_000
UNFOCUSED_EVERY = 5
SAVED_ROWS = 2000
"""Of a list, at most so many go into a file: they are read while one waits."""


class Linked(Copying, Guarding, LinkWatch):
    """Between the verbs, with what was seen before, and the main screen, which adds lists, places and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [COPY, SAVE, CONTEXTS, LOCK]

    locked = reactive(False)
    """Whether the context refuses writes."""
    connected = reactive(False)

    def __init__(self) -> None:
        super().__init__()
        self.reader: FeedReader | None = None
        self._endpoint: Endpoint | None = None
        self._account: Endpoint | None = None
        """Whose history is shown before there is a connection."""
        self._unconnected: Operations | None = None
        self._follow_later: str | None = None
        self._steps: list[str] = []
        self._ticks = 0

    # What the main screen has to offer

    @property
    def feed(self) -> FeedPanel:
        raise NotImplementedError

    @property
    def current(self) -> Panel:
        """The panel that has the focus, or had it last."""
        raise NotImplementedError

    @property
    def panels(self) -> list[Panel]:
        raise NotImplementedError

    def show_changes(self, changed: frozenset[str], now_ms: int) -> None:
        """Entries of the book changed: show what depends on them outside the feed. Once per frame."""
        raise NotImplementedError

    def show_time(self, now_ms: int) -> None:
        """A second passed."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        if (account := self.app.find_account()) is not None:  # type: ignore[attr-defined]
            self._account = account
            self.remember(account)
        self.show_progress("connecting")

    # Copying and saving

    def _selected(self) -> Entry | Action | Trigger | Rule | None:
        return getattr(self.current, "selected", None)

    def copy_title(self) -> str:
        chosen = self._selected()
        if chosen is None:
            return self.current.TITLE.lower()
        return f"{chosen.name} {chosen.activation_id[:8]}" if isinstance(chosen, Entry) else chosen.name

    def copies(self) -> list[Copyable]:
        chosen, operations = self._selected(), self.operations
        if chosen is None or operations is None:
            return []
        payloads = payload_history(self.app)
        if isinstance(chosen, Entry):
            return copies_of_run(run_of_id(chosen.activation_id, self.book, None), operations, payloads)
        return copies_of_thing(chosen, operations, payloads)

    def files(self) -> list[Savable]:
        """The list of the panel, and what is under the cursor."""
        rows, noun = self.current.records(SAVED_ROWS), self.current.TITLE.lower()
        shown, _ = self.current.found
        label = f"the {noun} shown" if shown <= SAVED_ROWS else f"the first {formats.count(SAVED_ROWS)} {noun}"
        files = files_of_list(label, rows, stem=noun) if rows else []
        chosen = self._selected()
        if isinstance(chosen, Entry):
            files += files_of_run(run_of_id(chosen.activation_id, self.book, None), "result")
        elif chosen is not None:
            files += files_of_thing(chosen)
        return files

    # Connecting

    def show_progress(self, step: str) -> None:
        """What is being done until the platform answers."""
        self._steps.append(step)
        self.feed.welcome(welcome.connecting(self._steps, self.feed.glyphs))
        self._publish()

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Which account is being connected to."""
        self._endpoint = endpoint
        self.remember(endpoint)
        self.show_progress(f"connecting to {endpoint.host}")

    def show_no_link(self, error: UserError, retry_in_s: float | None = None) -> None:
        """There is no connection; `ctrl+r` tries again, and without it we do, where that may help."""
        self._steps.clear()
        if isinstance(error, Unauthorized) and self._endpoint is not None:
            error.hint = self._key_hint(self._endpoint) or error.hint
        self.connected = False
        self.link = replace(
            self.link,
            state=link.OFFLINE if retry_in_s is None else link.RECONNECTING,
            down_since_ms=self.link.last_contact_ms,
            retry_at_ms=None if retry_in_s is None else self.now_ms() + round(retry_in_s * 1000),
        )
        self._show_link()
        if len(self.book):
            hint = f"   {error.hint}" if isinstance(error, Unauthorized) else ""
            self.feed.notice(
                [Span(error.message, "error")],
                [Span("ctrl+r", "primary bold"), Span(" try again", "muted"), Span(hint, "muted")],
            )
        else:
            self.feed.welcome(welcome.no_link(error, self.feed.glyphs))
        self._publish()

    def _key_hint(self, endpoint: Endpoint) -> str:
        """Where the key that was refused comes from."""
        accounts = self.app.accounts  # type: ignore[attr-defined]
        place = "" if accounts is None else accounts.key_place(endpoint)
        if not place or place.startswith("environment"):
            return place and f"The key comes from the variable {place.partition(' ')[2]}: start again with a new one."
        return f"The key comes from {place}: a new one there is taken at once."

    @property
    def operations_at_hand(self) -> Operations | None:
        endpoint = self._endpoint or self._account
        if self.operations is None and self._unconnected is None and endpoint is not None:
            from tui.operations.operations import unconnected_operations

            self._unconnected = unconnected_operations(endpoint)
        return self.operations or self._unconnected

    def _lend(self, operations: Operations) -> None:
        """Screens that were opened without a link can ask from now on."""
        for screen in self.app.screen_stack:
            if self._unconnected is not None and getattr(screen, "operations", None) is self._unconnected:
                screen.operations = operations  # type: ignore[attr-defined]
        self._unconnected = None

    def attach(self, operations: Operations) -> None:
        """The platform answered: show what it has, and read its feed."""
        self._steps.clear()
        self._lend(operations)
        self.operations, self._endpoint = operations, operations.endpoint
        self.locked = operations.endpoint.read_only
        self.feed.cancels = operations.platform.live
        self.feed.notice()
        self.feed.welcome(())
        self.connected = True
        self.reload(frozenset({"actions", "triggers", "rules"}))
        self.reader = FeedReader(
            operations.activation_feed(since_ms=self.resume_ms(), resumes=True),
            show=self._show_frame,
            later=self.set_timer,
            last_key_at=lambda: getattr(self.app, "last_key_at", 0.0),
        )
        self.reader.feed.note_running(self.running_before())
        _: Worker[None] = self.run_worker(self._read_feed, group="feed", exclusive=True)
        _ = self.run_worker(partial(cancelled_once, self.watch_link), group="watch", exclusive=True)
        self._publish()

    def detach(self) -> None:
        """The screen goes: whatever its feed still has to tell, nobody looks any more."""
        for group in ("feed", "watch"):
            self.workers.cancel_group(self, group)
        if self.reader is not None:
            self.reader.stop()

    def lock_changed(self) -> None:
        assert self.operations is not None
        self._endpoint = self.operations.endpoint
        self.locked = self._endpoint.read_only
        self._publish()
        self.refresh_bindings()

    async def _read_feed(self) -> None:
        assert self.reader is not None
        try:
            await cancelled_once(self.reader.run)
        except ApiError as error:  # trying again would not help
            self.show_no_link(error)

    # What the feed tells

    def _show_frame(self, batches: list[FeedBatch]) -> None:
        if not self.app.is_running:  # on the way out: there is nothing left to draw on
            return
        now_ms = self.now_ms()
        self._note_link(batches[-1], now_ms)
        with self.app.batch_update():
            changed = self.book.apply(batches, now_ms=now_ms)
            self._show_link()
            self.feed.frame(changed, now_ms)
            if self._follow_later is not None and self.feed.lines.move_to(self._follow_later):
                self._follow_later = None
            self.show_changes(changed, now_ms)
            self._publish()
        if self.keeper is not None:
            self.keeper.put(batches)
        if lists := frozenset().union(*(batch.entities_changed for batch in batches)):
            self.reload(lists | ({"triggers"} if "rules" in lists else set()))

    def _note_link(self, batch: FeedBatch, now_ms: int) -> None:
        before, is_down = self.link, not batch.is_connected
        self.link = link.Link(
            state=batch.link.value,
            poll_interval_s=batch.poll_interval_s,
            retry_at_ms=None if batch.retry_in_s is None else now_ms + round(batch.retry_in_s * 1000),
            down_since_ms=(before.down_since_ms or now_ms) if is_down else None,
            complete_since_ms=self.complete_since_ms(batch.complete_since_ms),
            complete_upto_ms=before.complete_upto_ms,
            last_contact_ms=before.last_contact_ms if is_down else now_ms,
        )
        self.link_is_told()
        if is_down:
            self._notice_gap(batch.trouble)
        elif before.is_down:
            self.feed.notice()

    def _show_link(self) -> None:
        """In the feed's title; without a link, all panels look like what they are: as of a while ago."""
        self.feed.show_link(self.link)
        is_down = self.link.is_down
        for panel in self.panels:
            panel.show_stale(is_down, self.link.last_contact_ms if is_down else None)

    def link_changed(self) -> None:
        self._show_link()
        if self.link.is_down:
            self._notice_gap()
        else:
            self.feed.notice()
        self._publish()

    def _notice_gap(self, trouble: str = "") -> None:
        if self.link.last_contact_ms is None:
            return
        since = formats.clock(self.link.last_contact_ms)
        gap = f"Nothing after {since} is known yet"
        keys = [Span("ctrl+r", "primary bold"), Span(" try now", "muted")]
        if trouble:
            self.feed.notice([Span(trouble, "warning")], [*keys, Span(f"   {gap}.", "muted")])
        else:
            self.feed.notice([Span(f"{gap}; the gap is filled when the link is back.", "muted")], keys)

    def _tick(self) -> None:
        """Once a second: clock, bars and elapsed times; while nobody looks, every fifth second."""
        self._ticks += 1
        if not self.app.is_running or (not self.app.app_focus and self._ticks % UNFOCUSED_EVERY):
            return
        now_ms = self.now_ms()
        self.feed.tick(now_ms)
        self._publish()
        self.show_time(now_ms)

    def _publish(self) -> None:
        """Tell every header how things stand."""
        now_ms, counts = self.now_ms(), self.book.counts
        endpoint = self._endpoint
        self.app.header_state = HeaderState(  # type: ignore[attr-defined]
            context="" if endpoint is None else endpoint.context,
            namespace="" if endpoint is None or self.operations is None else endpoint.namespace,
            host="" if endpoint is None else endpoint.host,
            production=endpoint is not None and endpoint.production,
            read_only=endpoint is not None and endpoint.read_only,
            color=None if endpoint is None else color_role(endpoint.color),
            link=link.link_spans(self.link, self.feed.glyphs, now_ms),
            last_known=self.link.is_down,
            running=counts.running,
            queued=counts.queued,
            succeeded=counts.succeeded,
            failed=counts.failed,
            rate=self._rate(now_ms),
            counts_known=self.operations is not None,
            now_ms=now_ms,
        )

    def now_ms(self) -> int:
        """By the platform's clock."""
        return self.app.now_ms()  # type: ignore[attr-defined, no-any-return]

    def _rate(self, now_ms: int) -> Line:
        """`fires 4/600/min`, where the platform bounds them."""
        if self.operations is None or (limit := self.operations.platform.limits.fires_per_minute) is None:
            return []
        fires = 0
        for entry in self.book.newest_first():
            if entry.order[0] < now_ms - MINUTE_MS:
                break
            fires += entry.is_trigger
        role = "warning" if fires >= limit else "foreground"
        return [Span("fires ", "faint"), Span(str(fires), role), Span(f"/{formats.count(limit)}/min", "faint")]

    def follow(self, activation_id: str, entity: str) -> None:
        if self.operations is not None:
            path = f"{self.operations.endpoint.namespace}/{entity}"
            self.claim(activation_id, path)
            if self.reader is not None:
                self.reader.feed.note_accepted(activation_id, path)
        self.feed.follow(activation_id)
        if self.book.find(activation_id) is None:
            self._follow_later = activation_id

    def forget(self, entry: Entry) -> None:
        if self.reader is not None:
            self.reader.feed.forget(entry.activation_id)
        self.no_longer_wait(entry)
        self.feed.forget(entry)
        self.book.forget(entry)
        self._publish()
        self.show_changes(frozenset({entry.activation_id}), self.now_ms())
