"""Writing packages and bindings. Each function runs inside one transaction."""

from tui.entities.json import JsonObject
from tui.entities.names import DEFAULT_PACKAGE, FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations

from .. import messages
from ..faults import BadRequest, Conflict, NotFound
from ..jsonbytes import parse_json
from ..store import entities
from ..store.database import Connection
from .catalog import find_stored, get_stored, save
from .changes import FIRST_VERSION, PackageChange, next_updated_ms, next_version

_BINDING = "binding"


def put(
    connection: Connection, *, namespace: str, name: str, change: PackageChange, overwrite: bool, now_ms: int
) -> tuple[Package, bool]:
    """The package as written, and whether it is new."""
    if name == DEFAULT_PACKAGE:
        raise BadRequest(messages.RESERVED_PACKAGE)
    if change.binding is not None:
        _check_binding(connection, change.binding, namespace, name)
    stored = find_stored(connection, f"{namespace}/{name}", Package)
    if stored is None:
        package = _create(namespace, name, change, now_ms)
    elif not overwrite:
        raise Conflict(messages.ALREADY_EXISTS)
    else:
        package = _update(stored.entity, change, now_ms)
    save(connection, package)
    return package, stored is None


def delete(connection: Connection, *, namespace: str, name: str, force: bool) -> tuple[Package, tuple[str, ...]]:
    """The deleted package, and the actions that went with it as `package/name`."""
    package = get_stored(connection, f"{namespace}/{name}", Package).entity
    contained = [] if package.binding else contents(connection, namespace, name)
    if contained and not force:
        raise Conflict(messages.package_not_empty(len(contained)))
    for action in contained:
        entities.delete(connection, f"{namespace}/{name}/{action['name']}")
    entities.delete(connection, f"{namespace}/{name}")
    return package, tuple(f"{name}/{action['name']}" for action in contained)


def contents(connection: Connection, namespace: str, name: str) -> list[JsonObject]:
    """List elements of the package's actions."""
    return [parse_json(summary) for summary in entities.summaries_of_package(connection, namespace, name)]


def _check_binding(connection: Connection, binding: FullName, namespace: str, name: str) -> None:
    if (binding.namespace, binding.name) == (namespace, name):
        raise BadRequest(messages.BINDING_TO_BINDING)
    try:
        provider = get_stored(connection, str(binding), Package).entity
    except NotFound:
        raise BadRequest(messages.BINDING_WITHOUT_PACKAGE) from None
    except Conflict:
        raise Conflict(messages.BINDING_TO_OTHER) from None
    if provider.binding is not None:
        raise BadRequest(messages.BINDING_TO_BINDING)


def _create(namespace: str, name: str, change: PackageChange, now_ms: int) -> Package:
    return Package(
        namespace=namespace,
        name=name,
        version=change.version or FIRST_VERSION,
        publish=change.publish or False,
        updated_ms=now_ms,
        parameters=change.parameters or (),
        annotations=_annotations(change.annotations or Annotations(), change.binding),
        binding=change.binding,
    )


def _update(stored: Package, change: PackageChange, now_ms: int) -> Package:
    if change.binding is not None and stored.binding is None:
        raise Conflict(messages.PACKAGE_TO_BINDING)
    binding = change.binding or stored.binding
    annotations = stored.annotations if change.annotations is None else change.annotations
    return Package(
        namespace=stored.namespace,
        name=stored.name,
        version=next_version(stored.version, change.version),
        publish=stored.publish if change.publish is None else change.publish,
        updated_ms=next_updated_ms(now_ms, stored.updated_ms),
        parameters=stored.parameters if change.parameters is None else change.parameters,
        annotations=_annotations(annotations, binding),
        binding=binding,
    )


def _annotations(annotations: Annotations, binding: FullName | None) -> Annotations:
    """The annotation `binding` is the server's; a client's value for it is dropped."""
    own = annotations.without([_BINDING])
    if binding is None:
        return own
    return own.with_({_BINDING: {"namespace": binding.namespace, "name": binding.name}})
