"""What panels ask of their screen."""

from typing import Any, Literal

from textual.message import Message

from tui.entities.action import Action
from tui.entities.json import JsonObject
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

Collection = Literal["action", "trigger", "rule", "sequence"]
Tab = Literal["result", "logs", "facts", "record"]
Thing = Action | Trigger | Rule


class AddRequested(Message):
    """Make a new one of a collection."""

    def __init__(self, collection: Collection) -> None:
        super().__init__()
        self.collection = collection


class StartRequested(Message):
    """Fire a trigger or invoke an action."""

    def __init__(self, collection: Collection, name: str, *, again: bool, payload: JsonObject | None = None) -> None:
        super().__init__()
        self.collection = collection
        self.name = name
        self.again = again
        """At once, with `payload` or else the last one."""
        self.payload = payload
        """What to start from, where it is known; else the last payload."""


class OpenRequested(Message):
    """Look at an action, a trigger or a rule closely."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class DetailsRequested(Message):
    """Look at everything that is known about a thing itself."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class EditRequested(Message):
    """Change settings or code of a thing."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class WiringRequested(Message):
    """Look at what a thing uses and what uses it."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class LinkRequested(Message):
    """Make a rule with a trigger or an action."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class DeleteRequested(Message):
    """Delete an action, a trigger or a rule, after asking."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


class ToggleRequested(Message):
    """Turn a rule on or off."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule


class RunRequested(Message):
    """Look at an activation closely; without a tab, at the view that fits it."""

    def __init__(self, activation_id: str, tab: Tab | None = None) -> None:
        super().__init__()
        self.activation_id = activation_id
        self.tab = tab


class StopRequested(Message):
    """End a run, or what a firing set off; or else stop waiting for it."""

    def __init__(self, activation_id: str) -> None:
        super().__init__()
        self.activation_id = activation_id


class CauseRequested(Message):
    """Look at the firing or sequence that caused a run."""

    def __init__(self, activation_id: str) -> None:
        super().__init__()
        self.activation_id = activation_id


class WaterfallRequested(Message):
    """Look at the trace of a run or firing against time."""

    def __init__(self, activation_id: str) -> None:
        super().__init__()
        self.activation_id = activation_id


class ComparisonRequested(Message):
    """Look at a run beside another one; without its id, beside the last good one of the same action."""

    def __init__(self, activation_id: str, other_id: str | None = None) -> None:
        super().__init__()
        self.activation_id = activation_id
        self.other_id = other_id


class NewestRequested(Message):
    """Look at the newest run of an action, or at the newest firing of a trigger."""

    def __init__(self, collection: Collection, name: str, tab: Tab) -> None:
        super().__init__()
        self.collection = collection
        self.name = name
        self.tab = tab


class CursorMoved(Message):
    """The cursor of a panel is on another row, or the panel got the focus."""


class SortRequested(Message):
    """Pick a column to sort a panel by."""

    def __init__(self, panel: Any) -> None:
        super().__init__()
        self.panel = panel


class WideChanged(Message):
    """A panel wants more columns, or fewer again."""


class MarksChanged(Message):
    """Rows of a panel were marked, or no longer are."""

    def __init__(self, panel: Any) -> None:
        super().__init__()
        self.panel = panel


class RemarksChanged(Message):
    """Another filter or order of a list, or another column chosen."""


class FeedStateChanged(Message):
    """The list of activations was paused, resumed or filtered, or has rows that were not looked at."""


class PastWanted(Message):
    """The activation list shows other rows of the history from now on: find which."""


class DigRequested(Message):
    """Read further back than the feed reaches, or stop doing so."""


class LogSearchRequested(Message):
    """Look for words in the logs of all runs that were seen."""
