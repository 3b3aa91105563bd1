"""Wiring: which trigger runs which action, which sequence uses which step, and where a wire is loose."""

import asyncio
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from tui.client import Client
from tui.client.errors import ApiError, NotFound
from tui.entities.action import Action
from tui.entities.json import JsonObject
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from .actions import ActionOperations
from .feeds import feed_of
from .packages import PackageOperations
from .rules import RuleOperations
from .together import map_together
from .triggers import TriggerOperations

_QUOTED = re.compile(r"""["'`]/?(?:[\w@.&-]+/)*([\w@ .&-]{1,256})["'`]""")
_MOST_CODE = 200_000
"""Characters of code that are looked through for names."""


class Trouble(StrEnum):
    """What is loose, the worst first."""

    NO_ACTION = "rule to a missing action"
    NO_TRIGGER = "rule to a missing trigger"
    NO_STEP = "sequence with a missing step"
    NO_PROVIDER = "binding to a missing package"
    NO_FEED = "trigger without its feed"
    OFF = "rule that is off"
    NO_RULE = "trigger without a rule"
    TWICE = "rules that do the same"


class LooseWire(Struct, frozen=True, kw_only=True):
    """One finding of the wiring doctor."""

    trouble: Trouble
    collection: str
    """`actions`, `triggers`, `rules` or `packages`: where `name` stands."""
    name: str
    text: str
    """What is wrong, in a sentence."""
    fix: str
    """What would mend it, in a sentence."""

    def to_json(self) -> JsonObject:
        return {
            "trouble": self.trouble.value,
            "kind": self.collection.removesuffix("s"),
            "name": self.name,
            "text": self.text,
            "fix": self.fix,
        }


class Wiring(Struct, frozen=True, dict=True):
    """All things of a namespace at one moment. Sequences have their steps, nothing else has code."""

    namespace: str
    actions: tuple[Action, ...]
    triggers: tuple[Trigger, ...]
    rules: tuple[Rule, ...]
    packages: tuple[Package, ...]
    missing: frozenset[str] = frozenset()
    """`ns/[pkg/]name` of actions, and `/ns/[pkg/]name` of feeds, in other namespaces or bindings that are not there."""

    @cached_property
    def _action_names(self) -> frozenset[str]:
        return frozenset(action.name for action in self.actions)

    @cached_property
    def _trigger_names(self) -> frozenset[str]:
        return frozenset(trigger.name for trigger in self.triggers)

    def rules_of_action(self, name: str) -> tuple[Rule, ...]:
        """Rules that run it."""
        return tuple(rule for rule in self.rules if self._is_ours(rule.action) and rule.action.in_namespace == name)

    def rules_of_trigger(self, name: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.trigger.name == name)

    def sequences_with(self, name: str) -> tuple[Action, ...]:
        """Sequences of which it is a step."""
        return tuple(
            action for action in self.actions if name in (self.own_name(step) for step in action.exec.components)
        )

    def own_name(self, reference: str) -> str:
        """`/ns/pkg/name` as its owner calls it; of another namespace as it stands."""
        try:
            name = FullName.parse(reference)
        except ValueError:
            return reference
        return name.in_namespace if self._is_ours(name) else reference

    def has_action(self, name: FullName) -> bool:
        """Whether there is such an action; those elsewhere count as there unless they were looked for in vain."""
        if self._is_ours(name) and name.in_namespace in self._action_names:
            return True
        bindings = {package.name for package in self.packages if package.binding is not None}
        elsewhere = not self._is_ours(name) or name.package in bindings
        return elsewhere and str(name) not in self.missing

    def named_in(self, action: Action) -> tuple[str, ...]:
        """Actions and triggers whose names stand in its code as texts: what it seems to start."""
        if action.exec.code is None or action.exec.binary:
            return ()
        words = set(_QUOTED.findall(action.exec.code[:_MOST_CODE]))
        own = {*self._action_names, *self._trigger_names} - {action.name}
        return tuple(sorted(name for name in own if name.rpartition("/")[2] in words))

    def loose_wires(self) -> tuple[LooseWire, ...]:
        """What the wiring doctor has to say, the worst first."""
        order = list(Trouble)
        found = (*self._loose_rules(), *self._loose_triggers(), *self._loose_sequences(), *self._loose_bindings())
        return tuple(sorted(found, key=lambda wire: (order.index(wire.trouble), wire.name)))

    def _is_ours(self, name: FullName) -> bool:
        return name.resolve(self.namespace).namespace == self.namespace

    def _loose_rules(self) -> Iterator[LooseWire]:
        seen: dict[tuple[str, str], str] = {}
        for rule in self.rules:
            trigger, action = rule.trigger.in_namespace, rule.action.in_namespace
            if not self.has_action(rule.action):
                text = f"{rule.name} runs {action}, which is not there."
                yield _loose(Trouble.NO_ACTION, "rules", rule.name, text, f"Create {action}, or delete the rule.")
            if trigger not in self._trigger_names:
                text = f"{rule.name} waits for {trigger}, which is not there."
                yield _loose(Trouble.NO_TRIGGER, "rules", rule.name, text, f"Create {trigger}, or delete the rule.")
            elif not rule.is_active and rule.status is not None:
                text = f"{rule.name} is off: a fire of {trigger} does not run {action}."
                yield _loose(Trouble.OFF, "rules", rule.name, text, "Turn it on.")
            first = seen.setdefault((trigger, str(rule.action)), rule.name)
            if first != rule.name:
                text = f"{rule.name} does the same as {first}: each fire of {trigger} runs {action} twice."
                yield _loose(Trouble.TWICE, "rules", rule.name, text, "Delete one of the two.")

    def _loose_triggers(self) -> Iterator[LooseWire]:
        for trigger in self.triggers:
            if not self.rules_of_trigger(trigger.name):
                text = f"{trigger.name} has no rule: a fire runs nothing and leaves no record."
                yield _loose(Trouble.NO_RULE, "triggers", trigger.name, text, "Make a rule, or delete the trigger.")
            feed = feed_of(trigger)
            if feed is not None and feed in self.missing:
                text = f"{trigger.name} is fired by {feed}, which is not there."
                yield _loose(Trouble.NO_FEED, "triggers", trigger.name, text, "Create the trigger anew with a feed.")

    def _loose_sequences(self) -> Iterator[LooseWire]:
        for action in self.actions:
            for step in action.exec.components:
                try:
                    is_there = self.has_action(FullName.parse(step))
                except ValueError:
                    is_there = False
                if not is_there:
                    text = f"{action.name} has the step {self.own_name(step)}, which is not there."
                    yield _loose(Trouble.NO_STEP, "actions", action.name, text, "Create it, or edit the sequence.")

    def _loose_bindings(self) -> Iterator[LooseWire]:
        own = {package.name for package in self.packages}
        for package in self.packages:
            bound = package.binding
            if (
                bound is not None
                and bound.resolve(self.namespace).namespace == self.namespace
                and bound.name not in own
            ):
                text = f"{package.name} is bound to {bound.name}, which is not there."
                yield _loose(Trouble.NO_PROVIDER, "packages", package.name, text, "Delete the binding.")


def _loose(trouble: Trouble, collection: str, name: str, text: str, fix: str) -> LooseWire:
    return LooseWire(trouble=trouble, collection=collection, name=name, text=text, fix=fix)


async def load_wiring(client: Client, actions: ActionOperations) -> Wiring:
    """Read everything that is wired. Lists do not tell the steps of sequences: each is asked for by itself."""
    async with asyncio.TaskGroup() as tasks:
        listed = tasks.create_task(actions.list())
        triggers = tasks.create_task(TriggerOperations(client).list())
        rules = tasks.create_task(RuleOperations(client).list())
        packages = tasks.create_task(PackageOperations(client).list())
    sequences = [action.name for action in listed.result() if action.is_sequence]
    whole = dict(zip(sequences, await map_together(lambda name: _find(client, name), sequences), strict=True))
    wiring = Wiring(
        namespace=client.endpoint.namespace,
        actions=tuple(whole.get(action.name) or action for action in listed.result()),
        triggers=triggers.result(),
        rules=rules.result(),
        packages=packages.result(),
    )
    missing = await _missing_elsewhere(client, wiring)
    return Wiring(wiring.namespace, wiring.actions, wiring.triggers, wiring.rules, wiring.packages, missing)


async def _missing_elsewhere(client: Client, wiring: Wiring) -> frozenset[str]:
    """Of what lies in other namespaces or behind bindings: what is asked for in vain."""
    known = {action.name for action in wiring.actions}
    wanted: set[str] = set()
    for rule in wiring.rules:
        if rule.action.namespace != wiring.namespace or (rule.action.package and rule.action.in_namespace not in known):
            wanted.add(str(rule.action))
    for action in wiring.actions:
        wanted.update(step.removeprefix("/") for step in action.exec.components if wiring.own_name(step) not in known)
    feeds = {feed for trigger in wiring.triggers if (feed := feed_of(trigger)) is not None}
    references = sorted({*(f"/{name}" for name in wanted), *feeds})
    are_missing = await map_together(lambda reference: _is_missing(client, reference), references)
    gone = {reference for reference, is_missing in zip(references, are_missing, strict=True) if is_missing}
    return frozenset({*(reference for reference in gone if reference in feeds), *(one[1:] for one in gone)})


async def _is_missing(client: Client, reference: str) -> bool:
    try:
        await client.actions.get(reference, code=False)
    except NotFound:
        return True
    except ApiError:  # not ours to read: it may well be there
        return False
    return False


async def _find(client: Client, name: str) -> Action | None:
    try:
        return await client.actions.get(name, code=False)
    except NotFound:
        return None
