"""Plans: what has to be done to a namespace so that it is as a blueprint says. Making one sends nothing but reads."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct

from tui.entities.kinds import BLACKBOX, default_kind, family_of
from tui.entities.limits import Limits

from .. import Operations
from ..actions import limit_problems
from ..together import map_together
from .changes import Change, changes_between, completed
from .definitions import (
    ActionDefinition,
    Blueprint,
    Definition,
    Key,
    Noun,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
    is_own,
)
from .present import NameTaken, Present


class Verdict(StrEnum):
    """What a step does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """It cannot be done as it is; the step says why. A plan with one of these is not carried out."""


class Step(Struct, frozen=True, kw_only=True):
    """What happens to one entity."""

    key: Key
    verdict: Verdict
    wanted: Definition | None
    """Complete; `None` for one that is to go."""
    present: Definition | None
    """`None` for one that is not there."""
    changes: tuple[Change, ...] = ()
    """Of an update."""
    reason: str = ""
    """Of a conflict: why, one sentence."""
    needs: frozenset[Key] = frozenset()
    """Steps of the same plan that have to have been done."""

    @property
    def is_work(self) -> bool:
        return self.verdict in (Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE)


class Plan(Struct, frozen=True, kw_only=True):
    """Steps in the order in which they can be done."""

    steps: tuple[Step, ...]
    exact: bool
    notes: tuple[str, ...] = ()

    @property
    def work(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_work)

    @property
    def conflicts(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.verdict is Verdict.CONFLICT)

    def count(self, verdict: Verdict) -> int:
        return sum(step.verdict is verdict for step in self.steps)


async def make_plan(target: Operations, blueprint: Blueprint, *, gone: Iterable[Key] = ()) -> Plan:
    """Compare a blueprint with what is there.

    Args:
        gone: Entities that are not to be there afterwards.
    """
    return await Planner(target, blueprint).plan(tuple(gone))


async def only_there(target: Operations, blueprint: Blueprint) -> tuple[Key, ...]:
    """Entities of the namespace that the blueprint does not speak of."""
    return tuple(key for key in await Present(target.client).keys() if key not in blueprint.definitions)


class Planner:
    """Makes one plan."""

    def __init__(self, target: Operations, blueprint: Blueprint) -> None:
        self._target = target
        self._wanted = blueprint.definitions
        self._blueprint = blueprint
        self._present = Present(target.client)

    async def plan(self, gone: tuple[Key, ...]) -> Plan:
        # Packages first: what is read of their actions depends on them.
        packages = [key for key in self._wanted if key.noun is Noun.PACKAGE]
        others = [key for key in self._wanted if key.noun is not Noun.PACKAGE]
        steps = await map_together(self._step, packages) + await map_together(self._step, others)
        removals = [step for step in await map_together(self._removal, gone) if step is not None]
        return Plan(
            steps=(*_in_order(steps), *reversed(_in_order(removals))),
            exact=self._blueprint.exact,
            notes=self._blueprint.notes,
        )

    async def _step(self, key: Key) -> Step:
        wanted = self._wanted[key]
        try:
            present = await self._present.find(key)
        except NameTaken as error:
            return self._conflict(wanted, None, error.message)
        after = completed(wanted, present, exact=self._blueprint.exact)
        if problem := await self._problem(after, present):
            return self._conflict(after, present, problem)
        changes = () if present is None else changes_between(present, after)
        verdict = Verdict.CREATE if present is None else Verdict.UPDATE if changes else Verdict.UNCHANGED
        needs = frozenset(need for need in after.needs if need in self._wanted)
        return Step(key=key, verdict=verdict, wanted=after, present=present, changes=changes, needs=needs)

    async def _removal(self, key: Key) -> Step | None:
        try:
            present = await self._present.find(key)
        except NameTaken:  # somebody else's by now
            return None
        if present is None:
            return None
        return Step(key=key, verdict=Verdict.DELETE, wanted=None, present=present, needs=frozenset(present.needs))

    def _conflict(self, wanted: Definition, present: Definition | None, reason: str) -> Step:
        return Step(key=wanted.key, verdict=Verdict.CONFLICT, wanted=wanted, present=present, reason=reason)

    async def _problem(self, wanted: Definition, present: Definition | None) -> str:
        """Why the platform would refuse it; `""` if there is no reason known."""
        match wanted:
            case PackageDefinition() if present is not None:
                was = getattr(present, "binding", None)
                if (was is None) != (wanted.binding is None):
                    sorts = ("a package", "a binding")
                    return f"it is {sorts[was is not None]} there, and cannot become {sorts[was is None]}."
            case ActionDefinition():
                if problem := self._unfit(wanted):
                    return problem
            case TriggerDefinition() if wanted.feed is not None and wanted.feed.parameters is None:
                if present is None or getattr(present, "feed", None) != wanted.feed:
                    return f"its feed {wanted.feed.action} does not tell how it was set up."
            case _:
                pass
        return await self._missing(wanted)

    def _unfit(self, wanted: ActionDefinition) -> str:
        """Limits and kind that the platform does not have."""
        platform = self._target.platform
        problems = list(limit_problems(wanted.limits.over(Limits()), platform.bounds).values())
        if not self._runs(wanted):
            problems.append(f"this platform does not run {wanted.exec.kind}: it runs {', '.join(platform.kinds)}")
        return f"{'; '.join(problems)}." if problems else ""

    def _runs(self, wanted: ActionDefinition) -> bool:
        kind, kinds = wanted.exec.kind, self._target.platform.kinds
        if wanted.is_sequence or kind == BLACKBOX or not kinds or kind in kinds:
            return True
        family = family_of(kind)
        return kind == default_kind(family) and family in map(family_of, kinds)

    async def _missing(self, wanted: Definition) -> str:
        """What it refers to that is neither there nor part of the plan."""
        for noun, reference in references(wanted):
            if is_own(reference) and Key(noun, reference) in self._wanted:
                continue
            if not await self._present.exists(noun, reference):
                return f"it needs {noun} {reference}, which is not there."
        return ""


def references(definition: Definition) -> Iterator[tuple[Noun, str]]:
    """What it refers to, of whichever namespace."""
    match definition:
        case PackageDefinition(binding=str(provider)):
            yield Noun.PACKAGE, provider
        case ActionDefinition():
            if definition.package is not None:
                yield Noun.PACKAGE, definition.package
            for step in definition.exec.components:
                yield Noun.ACTION, step
        case TriggerDefinition(feed=feed) if feed is not None:
            yield Noun.ACTION, feed.action
        case RuleDefinition():
            yield Noun.TRIGGER, definition.trigger
            yield Noun.ACTION, definition.action
        case RouteDefinition():
            yield Noun.ACTION, definition.action


_NOUNS = tuple(Noun)


def _in_order(steps: Iterable[Step]) -> list[Step]:
    """What needs others comes after them; else packages, actions, triggers, rules, routes, each by name."""
    ranked = sorted(steps, key=lambda step: (_NOUNS.index(step.key.noun), step.key.name))
    by_key = {step.key: step for step in ranked}
    order = TopologicalSorter({step.key: step.needs & by_key.keys() for step in ranked})
    try:
        return [by_key[key] for key in _stable(order, {step.key: number for number, step in enumerate(ranked)})]
    except CycleError:  # sequences that contain each other: the platform says so
        return ranked


def _stable(order: "TopologicalSorter[Key]", rank: Mapping[Key, int]) -> Iterator[Key]:
    """By rank, as far as needs allow it."""
    order.prepare()
    ready: list[Key] = []
    while order.is_active():
        ready = sorted([*ready, *order.get_ready()], key=rank.__getitem__)
        first = ready.pop(0)
        yield first
        order.done(first)
