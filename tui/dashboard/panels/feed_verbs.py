"""What the keys of the activation list ask for: looking at a run, the same again, an end to it, and what is older."""

from tui.entities.json import JsonObject

from ..render.entry import Entry
from .activation_book import ActivationBook
from .messages import (
    CauseRequested,
    ComparisonRequested,
    DigRequested,
    LogSearchRequested,
    RunRequested,
    StartRequested,
    StopRequested,
    Tab,
    WaterfallRequested,
)
from .panel import LOCKED, Panel


class FeedVerbs(Panel):
    """Below the panel itself, which has the keys and the rows."""

    cancels = True
    """Whether the platform can end a run."""

    def __init__(self, book: ActivationBook, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.book = book

    @property
    def selected(self) -> Entry | None:
        row_id = self.selected_id
        return self.book.find(row_id) if isinstance(row_id, str) else None

    @property
    def marked(self) -> list[Entry]:
        found = (self.book.find(row_id) for row_id in self.marks.ids if isinstance(row_id, str))
        return [entry for entry in found if entry is not None]

    def action_search_logs(self) -> None:
        self.post_message(LogSearchRequested())

    def action_dig(self) -> None:
        self.post_message(DigRequested())

    def action_open(self) -> None:
        if entry := self.selected:
            self.post_message(RunRequested(entry.activation_id))

    def action_show_run(self, tab: Tab) -> None:
        if entry := self.selected:
            self.post_message(RunRequested(entry.activation_id, tab))

    def action_stop(self) -> None:
        if entry := self.selected:
            self.post_message(StopRequested(entry.activation_id))

    def action_waterfall(self) -> None:
        if entry := self.selected:
            self.post_message(WaterfallRequested(entry.activation_id))

    def action_compare(self) -> None:
        if len(marked := self.marked) == 2:
            older, newer = sorted(marked, key=lambda entry: entry.start_ms)
            self.post_message(ComparisonRequested(newer.activation_id, older.activation_id))
        elif entry := self.selected:
            self.post_message(ComparisonRequested(entry.activation_id))

    def action_up(self) -> None:
        if entry := self.selected:
            self.post_message(CauseRequested(entry.activation_id))

    def action_edit_again(self) -> None:
        self._start(again=False)

    def action_again(self) -> None:
        self._start(again=True)

    def _start(self, *, again: bool) -> None:
        if entry := self.selected:
            collection = "trigger" if entry.is_trigger else "action"
            self.post_message(StartRequested(collection, entry.name, again=again, payload=payload_of(entry)))  # type: ignore[arg-type]

    def reason_disabled(self, action: str) -> str | None:
        if action in ("sort", "sort_column", "column"):
            return "activations stand newest first: dur:>2s finds slow ones, H ranks what ran"
        if (reason := super().reason_disabled(action)) is not None:
            return reason
        entry = self.selected
        if action == "stop" and self.locked and self.cancels:
            return LOCKED
        if action == "stop" and (entry is None or not self.book.can_stop(entry.activation_id)):
            return "it has ended: nothing of it runs"
        if action == "dig" and not self.connected:
            return "not connected yet"
        if action == "compare" and (entry is None or entry.is_open):
            return "it has not ended: there is no result to compare yet"
        if action == "up" and entry is not None and entry.parent_id is None:
            if entry.is_trigger:
                return "nothing is above a firing"
            return None if self.connected else "what caused it is not known"
        return None


def payload_of(entry: Entry) -> JsonObject | None:
    """What a firing was given; an action's record does not tell."""
    record = entry.activation
    if record is None or not entry.is_trigger or record.response is None:
        return None
    return record.response.result if isinstance(record.response.result, dict) else None
