"""Which entities of a namespace belong together: what is named, what that needs, and what sets it off."""

from collections.abc import Sequence

from tui.client.errors import NotFound
from tui.entities.names import FullName
from tui.entities.rule import Rule

from .. import Operations
from ..pages import all_pages
from .definitions import Blueprint, Definition, Key, Noun, own_reference
from .present import Present


async def blueprint_of(source: Operations, names: Sequence[str] = ()) -> Blueprint:
    """Entities of a namespace as they are, complete.

    Args:
        names: `name` or `package/name` of actions, packages, triggers and rules. An action comes with its package,
            the steps of a sequence, the rules that run it and their triggers, and the routes to it; a package with
            all its actions; a trigger with its rules and what they run. None: everything that is there.

    Raises:
        NotFound: There is nothing of such a name.
    """
    selection = _Selection(source)
    keys = await selection.keys(names)
    found = await selection.present.find_all(keys)
    definitions = {key: definition for key in keys if (definition := found.get(key)) is not None}
    return Blueprint(definitions=definitions, exact=True)


class _Selection:
    def __init__(self, source: Operations) -> None:
        self.present = Present(source.client)
        self._client = source.client
        self._namespace = source.endpoint.namespace
        self._chosen: dict[Key, None] = {}

    async def keys(self, names: Sequence[str]) -> tuple[Key, ...]:
        there = await self.present.keys()
        if not names:
            return there
        rules = await all_pages(lambda limit, skip: self._client.rules.list(limit=limit, skip=skip))
        for name in names:
            meant = [key for key in there if key.name == name]
            if not meant:
                raise NotFound(f"There is no action, package, trigger, rule or route {name}.")
            for key in meant:
                await self._choose_named(key, there, rules)
        return tuple(self._chosen)

    async def _choose_named(self, key: Key, there: Sequence[Key], rules: Sequence[Rule]) -> None:
        await self._choose(key)
        if key.noun is Noun.PACKAGE:
            members = [one for one in there if one.noun is Noun.ACTION and one.name.startswith(f"{key.name}/")]
            for member in members:
                await self._choose_named(member, there, rules)
        for rule in rules:
            causes = {Noun.ACTION: rule.action, Noun.TRIGGER: rule.trigger}
            if (cause := causes.get(key.noun)) is not None and self._is(cause, key.name):
                await self._choose(Key(Noun.RULE, rule.name))
        if key.noun is Noun.ACTION:
            for route in await self.present.routes():
                if route.action == key.name:
                    await self._choose(route.key)

    async def _choose(self, key: Key) -> None:
        """This entity and all that it needs."""
        if key in self._chosen:
            return
        definition: Definition | None = await self.present.find(key)
        if definition is None:  # deleted since it was listed, or pointed at though it is gone
            return
        self._chosen[key] = None
        for need in definition.needs:
            await self._choose(need)

    def _is(self, name: FullName, own: str) -> bool:
        return own_reference(str(name), self._namespace) == own
