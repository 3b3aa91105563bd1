"""Packages over HTTP.

Source: `/namespaces/{namespace}/packages` of OpenWhisk's REST description.
"""

from tui.client.client import HttpClient
from tui.client.paths import collection_path, entity_path
from tui.entities.json import JsonObject
from tui.entities.limits import MAX_LIST_SIZE
from tui.entities.package import Package


class Packages:
    """The packages and bindings of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(self, *, limit: int = MAX_LIST_SIZE, skip: int = 0) -> tuple[Package, ...]:
        """One page, last changed first; elements have no parameters."""
        path = collection_path(self._namespace, "packages")
        return (await self._http.send("GET", path, query={"limit": limit, "skip": skip})).read_list(Package.from_json)

    async def get(self, name: str) -> Package:
        return (await self._http.send("GET", self._path(name), subject=f"package {name}")).read(Package.from_json)

    async def put(self, name: str, body: JsonObject, *, overwrite: bool = False) -> Package:
        """Create, or with `overwrite` create or update; with `binding` it is bound to another package."""
        answer = await self._http.send(
            "PUT", self._path(name), query={"overwrite": overwrite}, body=body, subject=f"package {name}"
        )
        return answer.read(Package.from_json)

    async def delete(self, name: str) -> Package:
        """
        Raises:
            Conflict: There are actions in it.
        """
        return (await self._http.send("DELETE", self._path(name), subject=f"package {name}")).read(Package.from_json)

    def _path(self, name: str) -> str:
        return entity_path(self._namespace, "packages", name)
