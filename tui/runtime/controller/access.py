"""Who may read and invoke what: everything of one's own, and of others the actions in published packages.

What lies behind a binding is open to its owner only as long as the package that it is bound to is.
"""

from collections.abc import Iterable

from tui.entities.names import FullName
from tui.entities.package import Package

from .. import messages
from ..faults import Conflict, Forbidden, NotFound
from ..store.database import Connection
from .catalog import Catalog, find_stored


class Access:
    """Decides, and remembers what it allowed until an entity changes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._generation = -1
        self._allowed: set[tuple[str, str, str]] = set()

    def check_action(self, full_name: FullName, caller: str) -> None:
        """Raises faults: `Forbidden`, or what is wrong with a package of the caller's own."""
        self.check_actions((full_name,), caller)

    def check_actions(self, full_names: Iterable[FullName], caller: str, *, denied: Iterable[str] = ()) -> None:
        """The same for several actions; one text names all that is refused, `denied` from elsewhere included."""
        refused = set(denied)
        for full_name in full_names:
            if full_name.package is not None:
                if not self._may_use(caller, full_name.namespace, full_name.package):
                    refused.add(full_name.path)
            elif full_name.namespace != caller:
                refused.add(str(full_name))
        if refused:
            raise Forbidden(messages.not_authorized(*sorted(refused)))

    def check_package(self, full_name: FullName, caller: str) -> None:
        if not self._may_use(caller, full_name.namespace, full_name.name):
            raise Forbidden(messages.not_authorized(str(full_name)))

    def _may_use(self, caller: str, namespace: str, package: str) -> bool:
        if self._generation != self._catalog.generation:
            self._allowed.clear()
            self._generation = self._catalog.generation
        key = (caller, namespace, package)
        if key in self._allowed:
            return True
        if not self._catalog.look_up(lambda connection: _is_open(connection, caller, namespace, package)):
            return False
        self._allowed.add(key)
        return True


def _is_open(connection: Connection, caller: str, namespace: str, name: str) -> bool:
    """Of a stranger's namespace nothing is told, not even what is missing."""
    own = namespace == caller
    try:
        stored = find_stored(connection, f"{namespace}/{name}", Package)
    except Conflict:
        if own:
            raise
        return False
    if stored is None:
        if own:
            raise NotFound
        return False
    binding = stored.entity.binding
    if binding is None:
        return own or stored.entity.publish
    return own and _is_open(connection, caller, binding.namespace, binding.name)
