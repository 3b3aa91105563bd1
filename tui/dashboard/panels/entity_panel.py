"""What the lists of actions, triggers and rules have in common: the keys that look at a thing and change it."""

from typing import ClassVar

from textual.binding import Binding

from .list_panel import ListPanel
from .messages import (
    DeleteRequested,
    DetailsRequested,
    EditRequested,
    LinkRequested,
    Thing,
    WiringRequested,
)


class EntityPanel(ListPanel):
    """A panel whose rows are things that can be edited."""

    WRITES: ClassVar[frozenset[str]] = frozenset({"edit", "delete", "link"})
    NEEDS_ROW: ClassVar[frozenset[str]] = frozenset({"edit", "delete", "link", "details", "wiring"})

    @property
    def selected(self) -> Thing | None:
        """The thing under the cursor."""
        raise NotImplementedError

    def action_edit(self) -> None:
        if thing := self.selected:
            self.post_message(EditRequested(thing))

    def action_details(self) -> None:
        if thing := self.selected:
            self.post_message(DetailsRequested(thing))

    def action_wiring(self) -> None:
        if thing := self.selected:
            self.post_message(WiringRequested(thing))

    def action_link(self) -> None:
        if thing := self.selected:
            self.post_message(LinkRequested(thing))

    def action_delete(self) -> None:
        if thing := self.selected:
            self.post_message(DeleteRequested(thing))


def entity_keys(collection: str, noun: str, *, link: bool = True) -> list[Binding]:
    """The keys of `EntityPanel`, with ids below `collection`."""
    keys = [
        Binding("e", "edit", "edit", id=f"{collection}.edit", tooltip="edit it; what changes is shown first"),
        Binding("i", "details", "details", show=False, id=f"{collection}.details", tooltip=f"all about this {noun}"),
        Binding("b", "wiring", "wiring", show=False, id=f"{collection}.wiring", tooltip="what it uses, what uses it"),
        Binding("x", "delete", "delete", id=f"{collection}.delete", tooltip="delete it, after asking; u undoes"),
    ]
    if link:
        tip = "make a rule with it: when …, run this" if noun == "action" else "make a rule with it: when this fires …"
        keys.append(Binding("L", "link", "rule", show=False, id=f"{collection}.link", tooltip=tip))
    return keys
