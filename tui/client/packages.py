"""Packages over HTTP.

Source: `/namespaces/{namespace}/packages` of OpenWhisk's REST description.
"""

from tui.client.client import HttpClient
from tui.client.paths import collection_path, entity_path
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
        path = entity_path(self._namespace, "packages", name)
        return (await self._http.send("GET", path, subject=f"package {name}")).read(Package.from_json)
