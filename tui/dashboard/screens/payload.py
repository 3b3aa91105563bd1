"""Fire a trigger or invoke an action: the payload, what was sent before, and who will answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.entities.json import JsonObject
from tui.errors import UserError
from tui.operations.payloads import parse_payload

from ..widgets.form_drafts import drafts_of
from ..widgets.payload_history import SentPayload, payload_history
from ..widgets.payload_rules import RulesNotice
from .answers import Answer, Remedy, apply_remedy, find_answer
from .confirm import ask_in_production
from .now import now_ms
from .payload_form import Kind, PayloadForm
from .payload_text import payload_of

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.entities.endpoint import Endpoint
    from tui.operations import Operations
    from tui.operations.actions import Invoked
    from tui.operations.batch import Batch, Item
    from tui.operations.triggers import Fired

    from .verbs import Verbs

MANY = "many"
"""In place of an id, where a payload was sent many times."""
NOBODY_ANSWERED = "no active rule answered: nothing ran"


class Accepted(Struct, frozen=True):
    """What was sent and taken."""

    activation_id: str
    entity: str
    """Name of the trigger or action."""
    payload: JsonObject
    kind: Kind = "action"
    waited: bool = False
    """Whether the platform held its answer: the run is worth looking at now."""
    is_guess: bool = False
    """Whether the answer got lost, and the run that was found may be somebody else's."""


class PayloadScreen(PayloadForm[Accepted]):
    """Dismisses with what was accepted, or `None`. A text that was not sent stays as a draft."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+b",
            "send_blocking",
            "and wait",
            id="payload.blocking",
            tooltip="invoke it blocking: the platform holds its answer, then the run opens",
            priority=True,
        ),
        Binding(
            "ctrl+n",
            "many",
            "many",
            id="payload.many",
            tooltip="send it many times, at a pace, or each line of a file",
            priority=True,
        ),
        Binding(
            "ctrl+g",
            "elsewhere",
            "other context",
            id="payload.elsewhere",
            tooltip="send it to another context, and see what comes of it there",
            priority=True,
        ),
        Binding(
            "ctrl+r",
            "mend_rule",
            "mend the rule",
            id="form.mend_rule",
            tooltip="create the missing rule, or turn one on",
            priority=True,
        ),
    ]

    def __init__(
        self,
        operations: Operations,
        kind: Kind,
        name: str,
        initial: str | None = None,
        *,
        repeats: bool = False,
        unanswered: bool = False,
    ) -> None:
        """
        Args:
            initial, repeats: See `PayloadForm`.
            unanswered: A fire with `initial` ran nothing just now: say so.
        """
        super().__init__(operations, kind, name, initial, repeats=repeats)
        if unanswered and initial is not None:
            self._news = (initial, NOBODY_ANSWERED)
        self._answer: Answer | None = None

    def keys(self) -> tuple[tuple[str, str], ...]:
        own = () if self.kind == "trigger" else (("ctrl+b", "wait"),)
        templates, *others = super().keys()
        return (*own, templates, ("ctrl+n", "many"), ("ctrl+g", "elsewhere"), *others)

    def compose_notices(self) -> ComposeResult:
        yield RulesNotice()
        yield Static("", classes="same", markup=False)

    def on_mount(self) -> None:
        self.query_one(".same", Static).update(f"same as  whisktop {self.verb} {self.entity} --payload @payload.json")
        if self.kind == "trigger":
            self._ask_who_answers()

    # Who answers

    def _ask_who_answers(self) -> None:
        ask = partial(find_answer, self.operations, self.entity)
        self.start_job(ask, then=self._show_answer, failed=self._cannot_tell, group="who answers", latest_only=True)

    def _show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.query_one(RulesNotice).show(answer)
        self.refresh_bindings()

    def _cannot_tell(self, error: UserError) -> None:
        self._answer = None
        self.query_one(RulesNotice).show(None)
        self.say_error(error)

    @property
    def remedy(self) -> Remedy | None:
        """What `ctrl+r` would do."""
        return None if self._answer is None else self.query_one(RulesNotice).remedy

    def action_mend_rule(self) -> None:
        if (remedy := self.remedy) is not None:
            question = f"{remedy.verb.capitalize()} rule {remedy.rule}?"
            ask_in_production(self, self.operations.endpoint, question, partial(self._mend_rule, remedy))

    def _mend_rule(self, remedy: Remedy) -> None:
        self.busy("mending the rule")
        mend = partial(apply_remedy, self.operations, remedy)
        self.start_job(mend, then=self._mended, failed=self.not_done, group="mend the rule")

    def _mended(self, said: str) -> None:
        self.say(said)
        self.busy(None)
        self._ask_who_answers()

    # Sending

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action == "send_blocking":
            return False if self.kind == "trigger" else super().check_action("send", parameters)
        if action == "many":
            return super().check_action("send", parameters)
        if action == "mend_rule":
            return self.remedy is not None and self._busy is None and not self.operations.endpoint.read_only
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        return super().reason_disabled("send" if action in ("send_blocking", "many") else action)

    def start(self, text: str) -> None:
        self._ask_and_send(text, blocking=False)

    def action_send_blocking(self) -> None:
        if (text := self.checked_text()) is not None:
            self._ask_and_send(text, blocking=True)

    def _ask_and_send(self, text: str, *, blocking: bool) -> None:
        payload = self.payload()
        send = partial(self._start_sending, text, payload, blocking=blocking)
        ask_in_production(self, self.operations.endpoint, f"{self.verb.capitalize()} {self.entity}?", send)

    def _start_sending(self, text: str, payload: JsonObject, *, blocking: bool) -> None:
        self.busy("running; esc leaves it to run" if blocking else "being sent")
        send = partial(self._send, text, payload, blocking=blocking)
        self.start_job(send, then=self._sent, failed=self.not_done, group="send")

    async def _send(self, text: str, payload: JsonObject, *, blocking: bool) -> Accepted | None:
        """Send it and note it in the history, whether the screen is still there or not."""
        app, endpoint, is_repeated = self.app, self.operations.endpoint, text == self._repeated
        answer: Fired | Invoked | None
        if self.kind == "trigger":
            answer = await self.operations.triggers.fire(self.entity, payload, said=self.busy)
        else:
            invoke = self.operations.actions.invoke
            answer = await invoke(self.entity, payload, blocking=blocking, said=self.busy)
        sent = SentPayload(text, now_ms(app), None if answer is None else answer.activation_id)
        payload_history(app).note(endpoint, self.kind, self.entity, sent, is_repeated=is_repeated)
        drafts_of(app).forget(endpoint, self.draft_name)
        if answer is None:
            return None
        return Accepted(answer.activation_id, self.entity, payload, self.kind, blocking, answer.is_guess)

    def _sent(self, accepted: Accepted | None) -> None:
        if accepted is not None:
            self.dismiss(accepted)
            return
        self._show_history()
        self.busy(None)
        self.tell(NOBODY_ANSWERED)
        self._ask_who_answers()

    # Many times

    def action_many(self) -> None:
        if (text := self.checked_text()) is None:
            return
        from .many_form import ManyForm

        app, repeats = self.app, self.is_repeated

        def payload(item: Item) -> JsonObject:
            return parse_payload(item.text) if repeats else payload_of(item.text, app, number=item.number)

        form = ManyForm(self.operations, self.kind, self.entity, text, payload, lambda item: parse_payload(item.text))
        app.push_screen(form, self._begin_many)

    def _begin_many(self, batch: Batch | None) -> None:
        if batch is None:
            return
        from .many import ManyScreen

        app, main = self.app, cast("Verbs", self.app.screen_stack[0])
        endpoint, first = self.operations.endpoint, batch.items[0].text
        if all(item.text == first for item in batch.items):
            sent = SentPayload(first, now_ms(app), MANY)
            payload_history(app).note(endpoint, self.kind, self.entity, sent, is_repeated=first == self._repeated)
        drafts_of(app).forget(endpoint, self.draft_name)
        self.dismiss(None)
        app.push_screen(ManyScreen(self.operations, batch, main))

    # To another context

    def action_elsewhere(self) -> None:
        try:
            payload = self.payload()
        except UserError:
            self._recheck()
            return
        from .other_contexts import other_contexts
        from .picker import PickScreen

        targets = other_contexts(self._settings, self.operations.endpoint)
        if not targets:
            self.tell("there is no other context: config.toml or a .wskprops names one")
            return

        def picked(name: str | None) -> None:
            if name is not None:
                self._keep_draft()
                self._find_elsewhere(name, payload)

        self.app.push_screen(PickScreen(f"{self.verb.capitalize()} {self.entity} in", targets), picked)

    def _find_elsewhere(self, name: str, payload: JsonObject) -> None:
        from .other_contexts import endpoint_of

        find = partial(endpoint_of, self._settings, name, read_only=self.operations.endpoint.is_lock_fixed)
        ask = partial(self._ask_elsewhere, payload)
        self.start_job(find, then=ask, failed=self.not_done, group="elsewhere", latest_only=True)

    def _ask_elsewhere(self, payload: JsonObject, there: Endpoint) -> None:
        if there.read_only:
            self.tell(f"{there.context} is read-only: nothing is sent there")
            return
        from .elsewhere import ElsewhereScreen

        main = cast("Verbs", self.app.screen_stack[0])
        newest = main.book.newest_of(self.entity, trigger=self.kind == "trigger")
        last = None if newest is None else newest.activation
        screen = ElsewhereScreen(
            there, self.kind, self.entity, payload, here=self.operations.endpoint.context, last=last
        )
        question = f"{self.verb.capitalize()} {self.entity}?"
        ask_in_production(self, there, question, partial(self.app.push_screen, screen))

    @property
    def _settings(self) -> Settings:
        settings: Settings = self.app.settings  # type: ignore[attr-defined]
        return settings
