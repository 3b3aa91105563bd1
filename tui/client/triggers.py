"""Triggers over HTTP.

Source: `/namespaces/{namespace}/triggers` of OpenWhisk's REST description.
"""

from msgspec import Struct

from tui.client.client import HttpClient
from tui.client.paths import collection_path, entity_path
from tui.entities.json import JsonObject
from tui.entities.limits import MAX_LIST_SIZE
from tui.entities.trigger import Trigger

_NO_ACTIVE_RULE = 204


class Fired(Struct, frozen=True):
    """A fire that at least one active rule answered."""

    activation_id: str
    """Of the trigger's own record, which names the runs it set off."""
    is_guess: bool = False
    """As of `Invoked`."""


class Triggers:
    """The triggers of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(self, *, limit: int = MAX_LIST_SIZE, skip: int = 0) -> tuple[Trigger, ...]:
        """One page, last changed first; elements do not tell their rules."""
        path = collection_path(self._namespace, "triggers")
        return (await self._http.send("GET", path, query={"limit": limit, "skip": skip})).read_list(Trigger.from_json)

    async def get(self, name: str) -> Trigger:
        return (await self._http.send("GET", self._path(name), subject=f"trigger {name}")).read(Trigger.from_json)

    async def put(self, name: str, body: JsonObject, *, overwrite: bool = False) -> Trigger:
        """Create, or with `overwrite` create or update."""
        answer = await self._http.send(
            "PUT", self._path(name), query={"overwrite": overwrite}, body=body, subject=f"trigger {name}"
        )
        return answer.read(Trigger.from_json)

    async def delete(self, name: str) -> Trigger:
        """Its rules stay, and become inactive."""
        return (await self._http.send("DELETE", self._path(name), subject=f"trigger {name}")).read(Trigger.from_json)

    async def fire(self, name: str, payload: JsonObject) -> Fired | None:
        """`None` (HTTP 204): no rule is active, and no record will be kept."""
        answer = await self._http.send("POST", self._path(name), body=payload, subject=f"trigger {name}")
        if answer.status == _NO_ACTIVE_RULE:
            return None
        return Fired(answer.read(lambda body: str(body["activationId"])))

    def _path(self, name: str) -> str:
        return entity_path(self._namespace, "triggers", name)
