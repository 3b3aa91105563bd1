"""What the main screen does when a panel asks for it: forms, fires, deletes, and the way to other screens."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.entities.action import Action
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.errors import UserError
from tui.operations.payloads import parse_payload

from ..panels.activation_book import ActivationBook
from ..panels.messages import (
    AddRequested,
    CauseRequested,
    DetailsRequested,
    NewestRequested,
    OpenRequested,
    RunRequested,
    StartRequested,
    StopRequested,
    Tab,
    WiringRequested,
)
from ..render.line import Span
from ..widgets.payload_history import SentPayload, payload_history
from .changing import Changing
from .confirm import where_in_production
from .payload_text import payload_of
from .stopping import ask_to_stop

if TYPE_CHECKING:
    from tui.client.triggers import Fired
    from tui.entities.json import JsonObject
    from tui.operations import Operations
    from tui.operations.actions import Invoked
    from tui.operations.definitions import Entity

    from ..render.entry import Entry

Lists = frozenset({"actions", "triggers", "rules"})


class Verbs(Changing):
    """Handlers of what panels ask for. The main screen adds the state that they change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "doctor", "loose wires", show=False, id="main.wiring", tooltip="every wire that is loose"),
        Binding("P", "packages", "packages", show=False, id="main.packages", tooltip="packages and bindings"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.book = ActivationBook()
        self.own: set[str] = set()
        """Ids that were accepted for us in this session."""

    # What the main screen has to offer

    def follow(self, activation_id: str, entity: str) -> None:
        """Show a run or a firing of ours in the list of activations."""
        raise NotImplementedError

    # Making

    @on(AddRequested)
    def _add(self, request: AddRequested) -> None:
        if self.operations is None:
            return
        screen: Screen[Any]
        if request.collection == "sequence":
            from .create_sequence import CreateSequenceScreen

            screen = CreateSequenceScreen(self.operations)
        elif request.collection == "action":
            from .create_action import CreateActionScreen

            screen = CreateActionScreen(self.operations)
        elif request.collection == "trigger":
            from .create_trigger import CreateTriggerScreen

            screen = CreateTriggerScreen(self.operations)
        else:
            from .create_rule import CreateRuleScreen

            screen = CreateRuleScreen(self.operations)
        self.app.push_screen(screen, self._added)

    def _added(self, thing: Action | Trigger | Rule | None) -> None:
        if thing is None:
            return
        self.changed(thing)
        self.say([Span(thing.name), Span(" created", "muted")])

    # Firing and invoking

    @on(StartRequested)
    def _start(self, request: StartRequested) -> None:
        if (operations := self.operations) is None:
            return
        initial = None if request.payload is None else json.dumps(request.payload, ensure_ascii=False, indent=2)
        if not request.again:
            from .payload import PayloadScreen

            kind = "trigger" if request.collection == "trigger" else "action"
            screen = PayloadScreen(operations, kind, request.name, initial, repeats=initial is not None)  # type: ignore[arg-type]
            self.app.push_screen(screen, self._accepted)
            return
        last = payload_history(self.app).last(operations.endpoint, request.collection, request.name)
        text = initial if initial is not None else last.text if last is not None else "{}"
        self._guarded(f"{_start_verb(request.collection)} {request.name}", partial(self._start_again, request, text))

    def _start_again(self, request: StartRequested, text: str) -> None:
        operations = self.operations
        assert operations is not None
        try:
            payload: JsonObject = parse_payload(text) if request.payload is not None else payload_of(text, self.app)
        except UserError as error:
            self.say_error(error)
            return
        started: Callable[[], Awaitable[Fired | Invoked | None]]
        if request.collection == "trigger":
            started = partial(operations.triggers.fire, request.name, payload, said=self.say)
        else:
            started = partial(operations.actions.invoke, request.name, payload, said=self.say)

        def note(answer: Fired | Invoked | None) -> None:
            activation_id = None if answer is None else answer.activation_id
            sent = SentPayload(text, int(time.time() * 1000), activation_id)
            payload_history(self.app).note(
                operations.endpoint, request.collection, request.name, sent, is_repeated=request.payload is not None
            )
            if answer is None:
                self._unanswered(request, text)
            else:
                self._started(answer.activation_id, request.name, request.collection, is_guess=answer.is_guess)

        self.start_job(started, then=note, group="start")

    def _accepted(self, accepted: Any) -> None:
        """The payload editor was left: with `None`, or with what was accepted."""
        if accepted is not None:
            self._started(accepted.activation_id, accepted.entity, accepted.kind, is_guess=accepted.is_guess)
            if accepted.waited:
                self._open_run(RunRequested(accepted.activation_id, "result"))

    def _unanswered(self, request: StartRequested, text: str) -> None:
        """A fire ran nothing: say so where one key makes a rule, or turns one on."""
        from .payload import PayloadScreen

        if self.operations is not None:
            repeats = request.payload is not None
            screen = PayloadScreen(self.operations, "trigger", request.name, text, repeats=repeats, unanswered=True)
            self.app.push_screen(screen, self._accepted)

    def _started(self, activation_id: str, name: str, collection: str, *, is_guess: bool) -> None:
        self.own.add(activation_id)
        self.follow(activation_id, name)
        word = "fired" if collection == "trigger" else "started"
        doubt = [Span("  the answer got lost; this is perhaps another's", "warning")] if is_guess else []
        self.say([Span(name), Span(f" {word}  ", "muted"), Span(activation_id[:8], "faint"), *doubt])

    # Looking

    @on(RunRequested)
    def _open_run(self, request: RunRequested) -> None:
        if (operations := self.operations_at_hand) is None:
            return
        entry = self.book.find(request.activation_id)
        has_parts = entry is not None and (entry.is_trigger or entry.is_sequence)
        if request.tab is None and has_parts:
            from .trace import TraceScreen

            self.app.push_screen(TraceScreen(operations, request.activation_id, self.book))
            return
        from .activation import ActivationScreen

        tab: Tab = request.tab or ("logs" if entry is not None and entry.is_open else "result")
        self.app.push_screen(ActivationScreen(operations, request.activation_id, tab=tab, state=self.book))

    @on(NewestRequested)
    def _open_newest(self, request: NewestRequested) -> None:
        is_trigger = request.collection == "trigger"
        entry = self.book.newest_of(request.name, trigger=is_trigger)
        if entry is None:
            self.say(f"{request.name} has not {'been fired' if is_trigger else 'run'} yet: f starts it", "warning")
        else:
            self._open_run(RunRequested(entry.activation_id, request.tab))

    @on(OpenRequested)
    def _open_thing(self, request: OpenRequested) -> None:
        match request.thing:
            case Action():
                self.open_details(request.thing)
            case Rule():
                self._open_action(request.thing.action.in_namespace)
            case Trigger():
                entry = self.book.newest_of(request.thing.name, trigger=True)
                if entry is None:
                    self.open_details(request.thing)
                else:
                    self._open_run(RunRequested(entry.activation_id))

    @on(DetailsRequested)
    def _details(self, request: DetailsRequested) -> None:
        self.open_details(request.thing)

    def open_details(self, thing: Entity) -> None:
        """Everything about a thing, on the whole screen."""
        if isinstance(thing, Action):
            self._open_action(thing.name)
        elif self.operations is not None:
            from .thing import ThingScreen

            self.app.push_screen(ThingScreen(self.operations, thing, state=self.book))

    def open_named(self, collection: str, name: str) -> None:
        """The same of what is known by name only."""
        operations = self.operations
        if operations is None or not collection:
            self.say("it lies in another namespace", "warning")
            return
        if collection == "actions":
            self._open_action(name)
            return
        read = getattr(operations, collection).get
        self.start_job(partial(read, name), then=self.open_details, group="open", latest_only=True)

    def _open_action(self, name: str) -> None:
        if self.operations is not None:
            from .action import ActionScreen

            self.app.push_screen(ActionScreen(self.operations, name, state=self.book))

    @on(WiringRequested)
    def _wiring(self, request: WiringRequested) -> None:
        self.open_wiring(request.thing)

    def open_wiring(self, thing: Entity | None = None) -> None:
        """What uses it and what it uses; without a thing every loose wire."""
        if self.operations is not None:
            from .wiring import WiringScreen

            self.app.push_screen(WiringScreen(self.operations, thing))

    def action_doctor(self) -> None:
        self.open_wiring()

    def action_packages(self) -> None:
        if self.operations is not None:
            from .packages import PackagesScreen

            self.app.push_screen(PackagesScreen(self.operations))

    @on(CauseRequested)
    def _open_cause(self, request: CauseRequested) -> None:
        entry = self.book.find(request.activation_id)
        if entry is not None and entry.parent_id is not None:
            self._show_cause(request.activation_id, entry.parent_id)
        elif self.operations is None:
            self.say("what caused it is not known")
        else:
            from tui.operations.causes import find_cause_id

            find = partial(
                find_cause_id, self.operations.activations, request.activation_id, known=self.find_kept_cause
            )
            show = partial(self._show_cause, request.activation_id)
            self.say("looking for what caused it")
            self.start_job(find, then=show, group="find the cause", latest_only=True)

    def _show_cause(self, activation_id: str, cause_id: str | None) -> None:
        if cause_id is None or (operations := self.operations_at_hand) is None:
            self.say("what caused it is not known, and no firing of its time names it", "warning")
            return
        from .trace import TraceScreen

        self.app.push_screen(TraceScreen(operations, cause_id, self.book, chosen=activation_id))

    async def find_kept_cause(self, activation_id: str) -> str | None:
        """What set it off, where that was seen."""
        return None

    @property
    def operations_at_hand(self) -> Operations | None:
        """For looking at what was seen: those of the connection, or some of which every request fails."""
        return self.operations

    # Changing

    @on(StopRequested)
    def _stop(self, request: StopRequested) -> None:
        entry = self.book.find(request.activation_id)
        if (operations := self.operations) is not None and entry is not None:
            ask_to_stop(
                self,
                operations,
                self.book,
                entry,
                where=where_in_production(operations.endpoint),
                forget=self._stop_waiting,
            )

    def _stop_waiting(self, entry: Entry) -> None:
        if self.app.screen is not self:  # it was looked at: there is nothing left to see
            self.app.screen.dismiss()
        self.forget(entry)
        self.say([Span(entry.name), Span(" goes on; its record appears when it ends", "muted")])

    def forget(self, entry: Entry) -> None:
        """Take a run off the screen."""
        raise NotImplementedError


def _start_verb(collection: str) -> str:
    return "fire trigger" if collection == "trigger" else "invoke action"
