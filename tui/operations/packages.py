"""Packages: listed and read."""

from tui.client import Client
from tui.entities.package import Package

from .pages import all_pages


class PackageOperations:
    """The packages and bindings of the connected namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list(self) -> tuple[Package, ...]:
        """All of them, last changed first; without parameters."""
        return await all_pages(lambda limit, skip: self._client.packages.list(limit=limit, skip=skip))

    async def get(self, name: str) -> Package:
        return await self._client.packages.get(name)
