"""Fields that the form for a new action and the one for an existing one share."""

from collections.abc import Iterator

from textual.widget import Widget
from textual.widgets import Static

from tui.entities.limits import LimitBounds

from ..widgets.form import ChoiceLine, FormField, TextField
from .action_form import bounds_hint


def limit_and_web_fields(bounds: LimitBounds) -> Iterator[Widget]:
    """The limits, and whether it answers plain HTTP."""
    for name, label in (
        ("timeout", "time limit"),
        ("memory", "memory"),
        ("logs", "log limit"),
        ("concurrency", "at a time"),
    ):
        yield FormField(name, label, TextField(), hint=bounds_hint(name, bounds))
    yield Static("", classes="spacer")
    yield FormField("web", "web", ChoiceLine(("no", "yes", "raw")), hint="answers plain HTTP")
    yield FormField("auth", "web key", TextField(placeholder="none"), hint="yes, or a word to ask for")
