"""Packages: listed, read, created, bound, changed, deleted."""

from tui.client import Client
from tui.client.errors import BadRequest
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Parameters, parameters_to_json
from tui.errors import UsageError

from .definitions import change_of
from .naming import explaining_conflicts
from .pages import all_pages

_MISSING_PROVIDER = "does not exist"


class PackageOperations:
    """The packages and bindings of the connected namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list(self) -> tuple[Package, ...]:
        """All of them, last changed first; without parameters."""
        return await all_pages(lambda limit, skip: self._client.packages.list(limit=limit, skip=skip))

    async def get(self, name: str) -> Package:
        return await self._client.packages.get(name)

    async def create(self, name: str, parameters: Parameters = (), *, binding: str | None = None) -> Package:
        """An empty package, or with `binding` (`/ns/package`) a name of one's own for somebody's package.

        Raises:
            Conflict: The name is taken.
            UsageError: The package to bind to is none, or does not exist.
        """
        body: dict[str, object] = {"parameters": parameters_to_json(parameters)}
        if binding is not None:
            provider = _parse_provider(binding)
            body["binding"] = {"namespace": provider.namespace, "name": provider.name}
        with explaining_conflicts("package", name):
            try:
                return await self._client.packages.put(name, body)
            except BadRequest as error:
                if binding is None or _MISSING_PROVIDER not in error.message:
                    raise
                raise UsageError(f"There is no package {binding} that could be bound.") from error

    async def update(self, before: Package, after: Package) -> Package:
        """Send what differs."""
        return await self._client.packages.put(before.name, change_of(before, after), overwrite=True)

    async def delete(self, name: str) -> Package:
        """
        Raises:
            Conflict: There are actions in it.
        """
        return await self._client.packages.delete(name)


def _parse_provider(reference: str) -> FullName:
    try:
        name = FullName.parse(reference)
    except ValueError as error:
        raise UsageError(f"{error}.", hint="Write it as /namespace/package.") from error
    if name.package is not None:
        raise UsageError(f"{reference} names an action, not a package.", hint="Write it as /namespace/package.")
    return name
