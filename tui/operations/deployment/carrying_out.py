"""Carrying a plan out, step by step: one that fails takes only those along that need it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from enum import StrEnum

from msgspec import Struct

from tui.client import Client
from tui.client.errors import NotFound, Unauthorized, Unreachable
from tui.entities.action import Action
from tui.entities.rule import RuleStatus
from tui.errors import ReadOnly, UserError

from .. import Operations
from ..feeds import call_feed
from .changes import gone_annotations, same_json
from .definitions import (
    ActionDefinition,
    Definition,
    Feed,
    Key,
    Noun,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
    wire_reference,
)
from .plan import Plan, Step, Verdict
from .present import route_for
from .records import action_body, package_body, rule_body, trigger_body

_API_KEY = "provide-api-key"
_SECURED = "require-whisk-auth"


class Result(StrEnum):
    """What became of a step."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


class Outcome(Struct, frozen=True, kw_only=True):
    """One step, and what became of it."""

    step: Step
    result: Result
    said: str = ""
    """Why it failed or was skipped, one sentence."""


async def carry_out(target: Operations, plan: Plan) -> AsyncGenerator[Outcome, None]:
    """Do what a plan says, in its order; it ends when every step has its outcome.

    Doing it again does only what is left. Where the platform stops answering, nothing more is tried.

    Raises:
        ReadOnly: The context refuses every write; nothing was sent.
    """
    if plan.work and target.endpoint.read_only:
        raise ReadOnly(f"The context {target.endpoint.context} is read-only: nothing was sent.")
    performer = _Performer(target.client, exact=plan.exact)
    failed: set[Key] = set()
    given_up = ""
    for step in plan.steps:
        outcome = await _outcome(performer, step, failed, given_up)
        if outcome.result in (Result.FAILED, Result.SKIPPED):
            failed.add(step.key)
        if outcome.result is Result.FAILED and performer.gave_up:
            given_up = "not tried: the platform does not answer, or does not let us in."
        yield outcome


async def _outcome(performer: "_Performer", step: Step, failed: set[Key], given_up: str) -> Outcome:
    if not step.is_work:
        return Outcome(step=step, result=Result.UNCHANGED)
    if given_up:
        return Outcome(step=step, result=Result.SKIPPED, said=given_up)
    missing = sorted(step.needs & failed)
    if missing and step.verdict is not Verdict.DELETE:
        return Outcome(step=step, result=Result.SKIPPED, said=f"not tried: it needs {missing[0]}.")
    try:
        await performer.perform(step)
    except UserError as error:
        return Outcome(step=step, result=Result.FAILED, said=error.message)
    return Outcome(step=step, result=Result.DONE)


class _Performer:
    def __init__(self, client: Client, *, exact: bool) -> None:
        self._client = client
        self._exact = exact
        self._secrets: dict[str, str] = {}
        """What secured web actions ask for, by name: routes to them have to know."""
        self.gave_up = False

    async def perform(self, step: Step) -> None:
        try:
            if step.verdict is Verdict.DELETE:
                assert step.present is not None
                await self._delete(step.present)
            else:
                assert step.wanted is not None
                await self._put(step.wanted, step.present)
        except (Unreachable, Unauthorized):
            self.gave_up = True
            raise

    async def _put(self, wanted: Definition, present: Definition | None) -> None:
        match wanted:
            case PackageDefinition():
                await self._client.packages.put(wanted.name, package_body(wanted), overwrite=True)
            case ActionDefinition():
                await self._put_action(wanted, present)
            case TriggerDefinition():
                await self._put_trigger(wanted, present if isinstance(present, TriggerDefinition) else None)
            case RuleDefinition():
                await self._put_rule(wanted)
            case RouteDefinition():
                route = route_for(wanted, self._client.endpoint.namespace)
                await self._client.routes.put(route, secure_key=await self._secret_of(wanted.action))

    async def _put_action(self, wanted: ActionDefinition, present: Definition | None) -> None:
        gone = () if present is None else gone_annotations(present, wanted)
        # Together with a sequence the platform drops what is to be taken away, so that goes by itself.
        alone = gone if wanted.is_sequence else ()
        body = action_body(wanted, gone=() if alone else gone)
        made = await self._client.actions.put(wanted.name, body, overwrite=True)
        if self._exact and present is None and _withholds_key(made, wanted):
            alone = (_API_KEY,)
        if alone:
            await self._client.actions.put(wanted.name, {"delAnnotations": list(alone)}, overwrite=True)

    async def _put_trigger(self, wanted: TriggerDefinition, present: TriggerDefinition | None) -> None:
        """A feed is told after its trigger is there; a trigger whose feed refuses is taken back, if it is new."""
        before = None if present is None else present.feed
        if before is not None and (wanted.feed is None or wanted.feed.action != before.action):
            await self._leave_feed(before, wanted.name)
        await self._client.triggers.put(wanted.name, trigger_body(wanted), overwrite=True)
        if wanted.feed is None or wanted.feed.parameters is None or _is_told(wanted.feed, before):
            return
        try:
            await self._leave_feed(wanted.feed, wanted.name)  # a feed creates anew, but many do not create twice
            await self._tell(wanted.feed, "CREATE", wanted.name)
        except UserError:
            if present is None:
                await self._client.triggers.delete(wanted.name)
            raise

    async def _put_rule(self, wanted: RuleDefinition) -> None:
        made = await self._client.rules.put(wanted.name, rule_body(wanted), overwrite=True)
        status = RuleStatus.ACTIVE if wanted.active else RuleStatus.INACTIVE
        if made.status is not status:
            await self._client.rules.set_status(wanted.name, status)

    async def _secret_of(self, action: str) -> str | None:
        """What a secured web action asks for."""
        secret = (await self._client.actions.get(action, code=False)).annotations.get(_SECURED)
        return None if secret in (None, False, True) else str(secret)

    async def _delete(self, present: Definition) -> None:
        namespace = self._client.endpoint.namespace
        match present:
            case TriggerDefinition(feed=feed):
                if feed is not None:
                    await self._leave_feed(feed, present.name)
                await self._gone(self._client.triggers.delete, present.name)
            case RouteDefinition():
                await self._client.routes.delete(route_for(present, namespace))
            case _:
                delete: dict[Noun, Callable[[str], Awaitable[object]]] = {
                    Noun.PACKAGE: self._client.packages.delete,
                    Noun.ACTION: self._client.actions.delete,
                    Noun.RULE: self._client.rules.delete,
                }
                await self._gone(delete[present.noun], present.name)

    @staticmethod
    async def _gone(delete: Callable[[str], Awaitable[object]], name: str) -> None:
        try:
            await delete(name)
        except NotFound:
            return

    async def _leave_feed(self, feed: Feed, trigger: str) -> None:
        """Also where the feed has never heard of the trigger, or is gone itself."""
        try:
            await self._tell(feed, "DELETE", trigger)
        except Unreachable:
            raise
        except UserError:
            return

    async def _tell(self, feed: Feed, event: str, trigger: str) -> None:
        parameters = (feed.parameters or {}) if event == "CREATE" else {}
        await call_feed(self._client, wire_reference(feed.action), event, trigger, parameters)


def _withholds_key(made: Action, wanted: ActionDefinition) -> bool:
    """Whether the platform added that the action gets no key, which nobody asked for."""
    return _API_KEY in made.annotations and _API_KEY not in (wanted.annotations or {})


def _is_told(wanted: Feed, before: Feed | None) -> bool:
    return before is not None and before.action == wanted.action and same_json(before.parameters, wanted.parameters)
