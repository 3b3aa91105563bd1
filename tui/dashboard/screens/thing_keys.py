"""What can be done with the action, trigger, rule or package that is looked at, on whatever screen that is.

The main screen does it: it keeps the lists, what was deleted, and the history of payloads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding

from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations import Operations
from tui.operations.definitions import Entity
from tui.operations.deletion import noun_of

from ..jobs import Jobs
from ..panels.messages import Collection, StartRequested
from ..panels.panel import LOCKED

if TYPE_CHECKING:
    from .verbs import Verbs

_WRITES = frozenset({"edit_thing", "delete_thing", "switch", "link", "start", "start_again"})
_NEED = {
    "switch": (Rule,),
    "link": (Action, Trigger),
    "start": (Action, Trigger),
    "start_again": (Action, Trigger),
    "details": (Action, Trigger, Rule, Package),
}
"""Which sorts of things a key is for; others are for all."""


class ThingKeys(Jobs):
    """For screens that show things, with bindings out of `thing_keys`."""

    operations: Operations
    KEYS_OF_THING: ClassVar = frozenset({*_WRITES, "wiring", "details"})
    """Actions of the keys."""

    def looked_at(self) -> Entity | None:
        """The thing that the keys mean."""
        raise NotImplementedError

    def action_reload(self) -> None:
        """Ask the platform again."""
        raise NotImplementedError

    def gone(self) -> None:
        """The thing was deleted."""
        self.action_reload()

    @property
    def main(self) -> Verbs:
        return cast("Verbs", self.app.screen_stack[0])

    def action_edit_thing(self) -> None:
        if (thing := self.looked_at()) is not None:
            self.main.edit(thing, then=lambda _: self._changed())

    def action_delete_thing(self) -> None:
        if (thing := self.looked_at()) is not None:
            self.main.delete(thing, then=self._gone)

    def action_switch(self) -> None:
        if isinstance(thing := self.looked_at(), Rule):
            self.main.toggle(thing, then=self._changed)

    def action_link(self) -> None:
        if (thing := self.looked_at()) is not None:
            self.main.link_rule(thing, then=lambda _: self._changed())

    def action_wiring(self) -> None:
        if (thing := self.looked_at()) is not None:
            self.main.open_wiring(thing)

    def action_details(self) -> None:
        if (thing := self.looked_at()) is not None:
            self.main.open_details(thing)

    def action_start(self) -> None:
        self._start(again=False)

    def action_start_again(self) -> None:
        self._start(again=True)

    def action_undo(self) -> None:
        self.main.action_undo(then=self._changed)

    def _start(self, *, again: bool) -> None:
        thing = self.looked_at()
        if isinstance(thing, Action | Trigger):
            self.main.post_message(StartRequested(cast(Collection, noun_of(thing)), thing.name, again=again))

    def _changed(self) -> None:
        if self.is_attached:
            self.action_reload()

    def _gone(self) -> None:
        if self.is_attached:
            self.gone()

    # Which keys apply

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self.KEYS_OF_THING | {"undo"} and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        if action == "undo":
            return self.main.reason_no_undo()
        if action not in self.KEYS_OF_THING:
            return super().reason_disabled(action)
        thing = self.looked_at()
        if thing is None:
            return "there is nothing under the cursor, or it is still being read"
        if action in _NEED and not isinstance(thing, _NEED[action]):
            return f"a {noun_of(thing)} cannot do that" if action != "switch" else "only rules are turned on and off"
        if action in _WRITES and self.operations.endpoint.read_only:
            return LOCKED
        return None

    def footer_label(self, binding: Binding) -> str | None:
        """Keys that the thing has no use for are left out."""
        if binding.action in ("switch", "link", "start", "start_again"):
            thing = self.looked_at()
            if thing is not None and not isinstance(thing, _NEED[binding.action]):
                return ""
            if binding.action == "start":
                return "fire" if isinstance(thing, Trigger) else "invoke"
            if binding.action == "switch" and isinstance(thing, Rule):
                return "turn off" if thing.is_active else "turn on"
        return None


def thing_keys(place: str) -> list[Binding]:
    """The bindings of `ThingKeys`, with ids below `place`."""
    return [
        Binding("f", "start", "fire", id=f"{place}.start", tooltip="fire or invoke it, payload first"),
        Binding("F", "start_again", "again", show=False, id=f"{place}.start_again", tooltip="with the last payload"),
        Binding("t", "switch", "on or off", id=f"{place}.toggle", tooltip="turn the rule on or off"),
        Binding("e", "edit_thing", "edit", id=f"{place}.edit", tooltip="edit it; what changes is shown first"),
        Binding("L", "link", "rule", id=f"{place}.link", tooltip="make a rule with it: when …, run this"),
        Binding("x", "delete_thing", "delete", id=f"{place}.delete", tooltip="delete it, after asking; u undoes"),
        Binding("u", "undo", "undo", show=False, id=f"{place}.undo", tooltip="undo the last delete of this session"),
    ]
