"""Rules over HTTP.

Source: `/namespaces/{namespace}/rules` of OpenWhisk's REST description.
"""

from tui.client.client import HttpClient
from tui.client.paths import collection_path, entity_path
from tui.entities.json import JsonObject
from tui.entities.limits import MAX_LIST_SIZE
from tui.entities.rule import Rule, RuleStatus


class Rules:
    """The rules of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(self, *, limit: int = MAX_LIST_SIZE, skip: int = 0) -> tuple[Rule, ...]:
        """One page, last changed first; elements do not tell their status."""
        path = collection_path(self._namespace, "rules")
        return (await self._http.send("GET", path, query={"limit": limit, "skip": skip})).read_list(Rule.from_json)

    async def get(self, name: str) -> Rule:
        return (await self._http.send("GET", self._path(name), subject=f"rule {name}")).read(Rule.from_json)

    async def put(self, name: str, body: JsonObject, *, overwrite: bool = False) -> Rule:
        """Create, or with `overwrite` create or update; a new rule is active at once."""
        answer = await self._http.send(
            "PUT", self._path(name), query={"overwrite": overwrite}, body=body, subject=f"rule {name}"
        )
        return answer.read(Rule.from_json)

    async def set_status(self, name: str, status: RuleStatus) -> None:
        """Turn it on or off; the platform answers with the text `OK`."""
        await self._http.send("POST", self._path(name), body={"status": status.value}, subject=f"rule {name}")

    async def delete(self, name: str) -> Rule:
        return (await self._http.send("DELETE", self._path(name), subject=f"rule {name}")).read(Rule.from_json)

    def _path(self, name: str) -> str:
        return entity_path(self._namespace, "rules", name)
