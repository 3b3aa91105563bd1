"""Rules: listed with their status, created, turned on and off, deleted."""

from tui.client import Client
from tui.client.errors import NotFound
from tui.entities.names import OWN_NAMESPACE
from tui.entities.rule import Rule, RuleStatus
from tui.errors import UsageError

from .definitions import change_of
from .naming import explaining_conflicts
from .pages import all_pages
from .together import map_together


class RuleOperations:
    """The rules of the connected namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list(self) -> tuple[Rule, ...]:
        """All of them with their status, last changed first. Lists do not tell it, so each is asked for by itself."""
        summaries = await all_pages(lambda limit, skip: self._client.rules.list(limit=limit, skip=skip))
        rules = await map_together(self._find, [summary.name for summary in summaries])
        return tuple(rule for rule in rules if rule is not None)

    async def get(self, name: str) -> Rule:
        return await self._client.rules.get(name)

    async def create(self, name: str, *, trigger: str, action: str) -> Rule:
        """When `trigger` fires, run `action` (`name` or `package/name`); active at once.

        Raises:
            Conflict: The name is taken.
            BadRequest: The trigger or the action does not exist.
        """
        if "/" in name:
            raise UsageError(f"{name} cannot name a rule: rules live in no package.", hint="Leave out the slash.")
        body = {"trigger": _reference(trigger), "action": _reference(action)}
        with explaining_conflicts("rule", name):
            return await self._client.rules.put(name, body)

    async def update(self, before: Rule, after: Rule) -> Rule:
        """Send what differs; it stays on or off.

        Raises:
            BadRequest: The trigger or the action does not exist.
        """
        return await self._client.rules.put(before.name, change_of(before, after), overwrite=True)

    async def enable(self, name: str) -> None:
        """
        Raises:
            NotFound: No such rule, or its trigger is gone.
        """
        await self._client.rules.set_status(name, RuleStatus.ACTIVE)

    async def disable(self, name: str) -> None:
        await self._client.rules.set_status(name, RuleStatus.INACTIVE)

    async def delete(self, name: str) -> Rule:
        return await self._client.rules.delete(name)

    async def _find(self, name: str) -> Rule | None:
        try:
            return await self._client.rules.get(name)
        except NotFound:  # deleted since it was listed
            return None


def _reference(name: str) -> str:
    return name if name.startswith("/") else f"/{OWN_NAMESPACE}/{name}"
