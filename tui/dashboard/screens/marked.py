"""Verbs on marked rows: asked for once, done to each, with a preview before and an outcome after."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.message import Message

from tui.operations.payloads import parse_payload

from ..panels.messages import DeleteRequested, StartRequested, StopRequested, Thing, ToggleRequested
from ..render import formats
from ..render.entry import Entry
from ..render.json_masking import mask_text
from ..render.line import Line, plain_text
from ..widgets.payload_history import SentPayload, payload_history
from .bulk import BulkScreen, Plan, Task
from .confirm import where_in_production
from .listing import Listing
from .payload_text import payload_of

if TYPE_CHECKING:
    from tui.client.triggers import Fired
    from tui.entities.json import JsonObject
    from tui.entities.rule import Rule
    from tui.operations import Operations
    from tui.operations.actions import Invoked

    from ..panels.panel import Panel
    from .payload_form import Kind

Start = Callable[[], Awaitable[str]]


class MarkedVerbs(Listing):
    """Takes what a panel asks for the row under the cursor, where rows are marked, as asked for all of those."""

    def _marked_for(self, message: Message, name: str) -> Panel | None:
        """The panel whose marks are meant; the usual handler then leaves the message alone."""
        panel = self.current
        if self.operations is None or self.app.screen is not self or not panel.marked:
            return None
        selected = getattr(panel, "selected", None)
        if selected is None or name not in (getattr(selected, "name", None), getattr(selected, "activation_id", None)):
            return None  # it was named elsewhere: in the palette, on the command line
        message.prevent_default()
        return panel

    @on(DeleteRequested)
    def _delete_marked(self, request: DeleteRequested) -> None:
        operations = self.operations
        if (panel := self._marked_for(request, request.thing.name)) is None or operations is None:
            return

        async def delete(thing: Thing) -> None:
            self.note_deleted(await operations.deletion.delete(thing))

        def consequence(thing: Thing) -> str:
            return " ".join(map(plain_text, self._consequences(thing)))

        tasks = [Task(thing.name, partial(delete, thing), consequence(thing)) for thing in panel.marked]
        count = len(tasks)
        typed = f"delete {count}" if operations.endpoint.production else None
        self._ask(panel, f"Delete {_counted(panel, count)}?", "delete", "x", tasks, typed=typed)

    @on(ToggleRequested)
    def _toggle_marked(self, request: ToggleRequested) -> None:
        operations = self.operations
        if (panel := self._marked_for(request, request.rule.name)) is None or operations is None:
            return
        rules: list[Rule] = panel.marked
        turn_on = not all(rule.is_active for rule in rules)
        change = operations.rules.enable if turn_on else operations.rules.disable
        word = "on" if turn_on else "off"

        async def turn(rule: Rule) -> str:
            await change(rule.name)
            return word

        tasks = [
            Task(rule.name, partial(turn, rule), f"is {'on' if rule.is_active else 'off'}")
            for rule in rules
            if rule.is_active is not turn_on
        ]
        self._ask(panel, f"Turn {word} {_counted(panel, len(tasks))}?", f"turn {word}", "t", tasks)

    @on(StartRequested)
    def _start_marked(self, request: StartRequested) -> None:
        operations = self.operations
        selected: Any = getattr(self.current, "selected", None)
        if (panel := self._marked_for(request, request.name)) is None or operations is None or selected is None:
            return
        if request.again or isinstance(selected, Entry):
            self._ask_to_start(panel, operations, None, again=request.again)
            return
        from .payload_shared import SharedPayloadScreen

        kind: Kind = "trigger" if request.collection == "trigger" else "action"

        def typed(text: str | None) -> None:
            if text is not None:
                self._ask_to_start(panel, operations, text, again=False)

        self.app.push_screen(SharedPayloadScreen(operations, kind, request.name, len(panel.marked)), typed)

    def _ask_to_start(self, panel: Panel, operations: Operations, text: str | None, *, again: bool) -> None:
        """
        Args:
            text: What all of them get; `None`: each what it got before.
        """
        tasks = [self._starting(operations, thing, text) for thing in panel.marked]
        verb = "fire" if all(task.note.startswith("fire") for task in tasks) else "start"
        key = "F" if again else "f"
        self._ask(panel, f"{verb.capitalize()} {_counted(panel, len(tasks))}?", verb, key, tasks)

    def _starting(self, operations: Operations, thing: Any, text: str | None) -> Task:
        """One invocation or firing: with a payload that was typed, with its own, or with that of before."""
        is_trigger = thing.is_trigger if isinstance(thing, Entry) else hasattr(thing, "active_rules")
        collection = "trigger" if is_trigger else "action"
        history = payload_history(self.app)
        own = _own_payload(thing)
        last = history.last(operations.endpoint, collection, thing.name)
        given = json.dumps(own) if own is not None else "{}" if last is None else last.text
        sends = given if text is None else text
        is_repeated = own is not None and text is None
        read = parse_payload if is_repeated else partial(payload_of, app=self.app)

        async def start() -> str:
            payload = read(sends)
            answer: Fired | Invoked | None
            if is_trigger:
                answer = await operations.triggers.fire(thing.name, payload)
            else:
                answer = await operations.actions.invoke(thing.name, payload)
            activation_id = None if answer is None else answer.activation_id
            sent = SentPayload(sends, int(time.time() * 1000), activation_id)
            history.note(operations.endpoint, collection, thing.name, sent, is_repeated=is_repeated)
            if activation_id is None:
                return "no active rule answers: nothing runs"
            self.own.add(activation_id)
            self.follow(activation_id, thing.name)
            return activation_id[:8]

        note = f"{'fire' if is_trigger else 'invoke'} with {mask_text(' '.join(sends.split()))}"
        return Task(thing.name, start, note)

    @on(StopRequested)
    def _stop_marked(self, request: StopRequested) -> None:
        operations = self.operations
        if (panel := self._marked_for(request, request.activation_id)) is None or operations is None:
            return
        open_ = [entry for entry in panel.marked if self.book.can_stop(entry.activation_id)]
        live = operations.platform.live

        async def stop(entry: Entry) -> str:
            if live:
                await operations.activations.cancel(entry.activation_id)
                return "cancelled"
            self.forget(entry)
            return "goes on; its record appears when it ends"

        tasks = [
            Task(f"{entry.name} {entry.activation_id[:8]}", partial(stop, entry), entry.state.value) for entry in open_
        ]
        verb = "cancel" if live else "stop waiting"
        self._ask(
            panel, f"{verb.capitalize()}{'' if live else ' for'} {_counted(panel, len(tasks))}?", verb, "x", tasks
        )

    def _ask(
        self, panel: Panel, title: str, verb: str, key: str, tasks: Sequence[Task], *, typed: str | None = None
    ) -> None:
        operations = self.operations
        if operations is None:
            return
        if not tasks:
            self.say("nothing of what is marked can be changed so", "warning")
            return
        where: Sequence[Line] = where_in_production(operations.endpoint)
        if where and typed is None:
            key = "y"
        plan = Plan(title=title, verb=verb, key=key, tasks=tasks, lines=[*where, ()], typed=typed)

        def left(anything: bool | None) -> None:
            if anything:
                panel.clear_marks()
                self.reload(frozenset({"actions", "triggers", "rules"}))

        self.app.push_screen(BulkScreen(plan), left)


def _counted(panel: Panel, count: int) -> str:
    return formats.counted(count, panel.TITLE.lower().removesuffix("s"))


def _own_payload(thing: Any) -> JsonObject | None:
    """What a firing was given, which its record tells; an action's record does not."""
    if not isinstance(thing, Entry) or not thing.is_trigger or thing.activation is None:
        return None
    response = thing.activation.response
    return response.result if response is not None and isinstance(response.result, dict) else None
