"""What changes things: editing, deleting and taking it back, turning rules on and off. And the way to their views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.deletion import Deleted, noun_of

from ..jobs import Jobs
from ..panels.messages import DeleteRequested, EditRequested, LinkRequested, Thing, ToggleRequested
from ..panels.panel import LOCKED
from ..render import formats
from ..render.line import Line, Span
from .confirm import ConfirmScreen, Question, ask_in_production, where_in_production

if TYPE_CHECKING:
    from tui.entities.endpoint import Endpoint
    from tui.errors import UserError
    from tui.operations import Operations
    from tui.operations.definitions import Entity

    from ..panels.activation_book import ActivationBook

MOST_UNDONE = 50


class Changing(Jobs, Screen[None]):
    """For the main screen, which has the lists, and for the views of single things on top of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "undo", show=False, id="main.undo", tooltip="undo the last delete of this session"),
    ]

    operations: Operations | None = None
    book: ActivationBook

    def __init__(self) -> None:
        super().__init__()
        self._deleted: list[tuple[Endpoint, Deleted]] = []
        """Newest last."""

    # What the main screen has to offer

    def reload(self, collections: frozenset[str]) -> None:
        """Read lists again."""
        raise NotImplementedError

    def select(self, collection: str, name: str) -> None:
        """Put the cursor of a panel on this row, as soon as the row is there."""
        raise NotImplementedError

    @property
    def rules_known(self) -> tuple[Rule, ...]:
        raise NotImplementedError

    # Editing

    @on(EditRequested)
    def _edit(self, request: EditRequested) -> None:
        self.edit(request.thing)

    def edit(self, thing: Entity, *, then: Callable[[Entity], object] | None = None) -> None:
        """Read the thing as it is now and open its form; `then` gets it as it is afterwards."""
        if (operations := self.operations) is None:
            return
        from .edit import load_for_edit

        def loaded(now: Entity) -> None:
            self.app.push_screen(edit_form(operations, now), partial(self._edited, then))

        self.start_job(partial(load_for_edit, operations, thing), then=loaded, group="edit", latest_only=True)

    def _edited(self, then: Callable[[Entity], object] | None, thing: Entity | None) -> None:
        if thing is None:
            return
        self.changed(thing)
        self.say([Span(thing.name), Span(f" changed, now {thing.version}", "muted")])
        if then is not None:
            then(thing)

    def changed(self, thing: Entity) -> None:
        """A thing was made or changed: show it."""
        collection = collection_of(thing)
        if not isinstance(thing, Package):
            self.select(collection, thing.name)
        self.reload(frozenset({collection, "triggers"}) if collection == "rules" else frozenset({collection}))

    # Rules

    @on(ToggleRequested)
    def _toggle(self, request: ToggleRequested) -> None:
        self.toggle(request.rule)

    def toggle(self, rule: Rule, *, then: Callable[[], object] | None = None) -> None:
        """Turn a rule on or off."""
        if (operations := self.operations) is None:
            return
        change = operations.rules.disable if rule.is_active else operations.rules.enable
        word = "off" if rule.is_active else "on"

        def done(_: object) -> None:
            self.reload(frozenset({"rules", "triggers"}))
            self.say([Span(rule.name), Span(f" is {word}", "muted")])
            if then is not None:
                then()

        start = partial(self.start_job, partial(change, rule.name), then=done, group="change rules")
        self._guarded(f"turn {word} rule {rule.name}", start)

    @on(LinkRequested)
    def _link(self, request: LinkRequested) -> None:
        self.link_rule(request.thing)

    def link_rule(self, thing: Entity, *, then: Callable[[Entity], object] | None = None) -> None:
        """Make a rule with a trigger or an action: the other end is picked."""
        if self.operations is None:
            return
        from .create_rule import CreateRuleScreen

        trigger = thing.name if isinstance(thing, Trigger) else None
        action = thing.name if isinstance(thing, Action) else None

        def made(rule: Rule | None) -> None:
            if rule is not None:
                self.changed(rule)
                self.say([Span(rule.name), Span(" created", "muted")])
                if then is not None:
                    then(rule)

        self.app.push_screen(CreateRuleScreen(self.operations, trigger=trigger, action=action), made)

    # Deleting

    @on(DeleteRequested)
    def _delete(self, request: DeleteRequested) -> None:
        self.delete(request.thing)

    def delete(self, thing: Entity, *, then: Callable[[], object] | None = None) -> None:
        """Delete a thing, after a question that names it."""
        if (operations := self.operations) is None:
            return
        question = Question(
            title=f"Delete {noun_of(thing)} {thing.name}?",
            lines=[*self._consequences(thing), *where_in_production(operations.endpoint)],
            key="x",
            verb="delete",
            typed=thing.name if operations.endpoint.production else None,
        )

        def done(deleted: Deleted) -> None:
            self.note_deleted(deleted)
            self.reload(frozenset({collection_of(thing), "triggers", "rules"}))
            keys: Line = [Span("  u", "primary bold"), Span(" undo", "muted")]
            self.say([Span(thing.name), Span(" deleted", "muted"), *keys])
            if then is not None:
                then()

        def answered(yes: bool | None) -> None:
            if yes:
                self.start_job(partial(operations.deletion.delete, thing), then=done, group="delete")

        self.app.push_screen(ConfirmScreen(question), answered)

    def note_deleted(self, deleted: Deleted) -> None:
        """Remember it, for undo."""
        if self.operations is not None:
            self._deleted.append((self.operations.endpoint, deleted))
            del self._deleted[:-MOST_UNDONE]
            self.refresh_bindings()

    def reason_no_undo(self) -> str | None:
        """Why nothing can be undone; `None` if something can."""
        operations = self.operations
        if operations is None:
            return "not connected yet"
        if operations.endpoint.read_only:
            return LOCKED
        if self._last_deleted() is None:
            return "nothing was deleted here in this session"
        return None

    def _last_deleted(self) -> Deleted | None:
        """In this namespace of this platform."""
        operations = self.operations
        if operations is None:
            return None
        here = (operations.endpoint.url, operations.endpoint.namespace)
        return next((one for at, one in reversed(self._deleted) if (at.url, at.namespace) == here), None)

    def action_undo(self, then: Callable[[], object] | None = None) -> None:
        """Make the thing again that was deleted last."""
        operations, deleted = self.operations, self._last_deleted()
        if operations is None or deleted is None:
            self.say(self.reason_no_undo() or "", "warning")
            return
        self._deleted = [pair for pair in self._deleted if pair[1] is not deleted]

        def done(thing: Entity) -> None:
            self.changed(thing)
            self.reload(frozenset({"triggers", "rules"}))
            self.refresh_bindings()
            self.say([Span(thing.name), Span(" is back", "muted")])
            if then is not None:
                then()

        def failed(error: UserError) -> None:
            self.note_deleted(deleted)
            self._deleted[-2:] = reversed(self._deleted[-2:])  # what went before it may be what it needs
            self.say_error(error)

        restore = partial(self.start_job, partial(operations.deletion.restore, deleted), then=done, failed=failed)
        self._guarded(f"make {deleted.noun} {deleted.entity.name} again", restore)

    def _consequences(self, thing: Entity) -> list[Line]:
        """What else changes, by name."""
        match thing:
            case Action():
                names = [rule.name for rule in self.rules_known if rule.action.in_namespace == thing.name]
                what = "will point at nothing"
            case Trigger():
                names = [rule.name for rule in self.rules_known if rule.trigger.in_namespace == thing.name]
                what = "will never be answered"
            case Rule():
                trigger, action = thing.trigger.in_namespace, thing.action.in_namespace
                return [[Span(f"{trigger} will no longer run {action}.", "muted")]]
            case Package():
                return [[Span("Only an empty package can be deleted.", "muted")]]
        if not names:
            return [[Span("No rule uses it.", "muted")]]
        return [[Span(f"{formats.counted(len(names), 'rule')} {what}: {', '.join(names)}.", "warning")]]

    # Being careful

    def _guarded(self, what: str, do: Callable[[], object]) -> None:
        """Do it; in a production context only after `y`."""
        if self.operations is not None:
            ask_in_production(self, self.operations.endpoint, f"{what[0].upper()}{what[1:]}?", do)


def collection_of(thing: Thing | Package) -> str:
    """`actions`, `triggers`, `rules` or `packages`."""
    return f"{noun_of(thing)}s"


def edit_form(operations: Operations, thing: Entity) -> Screen[Any]:
    """The form that fits the thing."""
    if isinstance(thing, Action):
        from .edit_action import EditActionScreen

        return EditActionScreen(operations, thing)
    from .edit import EditThingScreen

    return EditThingScreen(operations, thing)
