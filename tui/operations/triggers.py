"""Triggers: listed with their rules, created, fired, deleted."""

import logging
from functools import partial

from tui.client import Client, Fired
from tui.client.errors import NotFound
from tui.entities.json import JsonObject
from tui.entities.parameters import Parameters, parameters_to_json
from tui.entities.trigger import Trigger
from tui.errors import UsageError

from .definitions import change_of
from .fate import Said, or_find
from .naming import explaining_conflicts
from .pages import all_pages
from .together import map_together

logger = logging.getLogger(__name__)

__all__ = ["Fired", "TriggerOperations"]


class TriggerOperations:
    """The triggers of the connected namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list(self) -> tuple[Trigger, ...]:
        """All of them with their rules, last changed first. Lists do not tell rules, so each is asked for by itself."""
        summaries = await all_pages(lambda limit, skip: self._client.triggers.list(limit=limit, skip=skip))
        triggers = await map_together(self._find, [summary.name for summary in summaries])
        return tuple(trigger for trigger in triggers if trigger is not None)

    async def get(self, name: str) -> Trigger:
        return await self._client.triggers.get(name)

    async def create(self, name: str, parameters: Parameters = ()) -> Trigger:
        """
        Raises:
            Conflict: The name is taken.
            UsageError: It is no name.
        """
        if "/" in name:
            raise UsageError(f"{name} cannot name a trigger: triggers live in no package.", hint="Leave out the slash.")
        with explaining_conflicts("trigger", name):
            return await self._client.triggers.put(name, {"parameters": parameters_to_json(parameters)})

    async def update(self, before: Trigger, after: Trigger) -> Trigger:
        """Send what differs; its rules stay."""
        return await self._client.triggers.put(before.name, change_of(before, after), overwrite=True)

    async def delete(self, name: str) -> Trigger:
        """Its rules stay, and become inactive."""
        return await self._client.triggers.delete(name)

    async def fire(self, name: str, payload: JsonObject, *, said: Said = logger.info) -> Fired | None:
        """`None`: no active rule answered, nothing runs, and the platform keeps no record.

        If the answer gets lost, the firing is looked for; `said` is told so.

        Raises:
            FateUnknown: Nobody knows whether it was accepted. It is not sent again.
        """
        send = partial(self._client.triggers.fire, name, payload)
        return await or_find(self._client, send, name=name, payload=payload, found=Fired, said=said)

    async def _find(self, name: str) -> Trigger | None:
        try:
            return await self._client.triggers.get(name)
        except NotFound:  # deleted since it was listed
            return None
