"""What every runtime offers beside its users' own entities: the packages of `whisk.system` and of `adobeio`.

They are written into the store at a start if they are not there as they should be. Whoever holds the system's key may
change or delete them, until then.
"""

import logging
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.action import Action, Exec
from tui.entities.json import Json
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations

from ..faults import Conflict
from ..store.database import Connection
from . import utilities
from .catalog import Stored, find_stored, full_name_of, save
from .changes import FIRST_VERSION, next_updated_ms, next_version
from .natives import NativeFunction
from .runnable import NATIVE

logger = logging.getLogger(__name__)

SYSTEM = "whisk.system"
ADOBE = "adobeio"


class NativeAction(Struct, frozen=True):
    """One of them: what it does, and what is said about it."""

    function: NativeFunction
    description: str
    annotations: Mapping[str, Json] = field(default_factory=dict)


class NativePackage(Struct, frozen=True):
    namespace: str
    name: str
    description: str
    actions: Mapping[str, NativeAction]
    is_public: bool = True


def make_utilities(url: Callable[[], str]) -> tuple[NativePackage, ...]:
    """The packages that need nothing but the runtime's address."""
    return (
        NativePackage(
            SYSTEM,
            "utils",
            "Building blocks that format and assemble data",
            {
                "echo": NativeAction(utilities.echo, "Returns the input"),
                "cat": NativeAction(utilities.cat, "Concatenates input into a string", taking("lines")),
                "sort": NativeAction(utilities.sort, "Sorts an array", taking("lines")),
                "head": NativeAction(utilities.head, "Extract prefix of an array", taking("lines", "num?")),
                "split": NativeAction(utilities.split, "Split a string into an array", taking("payload", "separator?")),
                "date": NativeAction(utilities.date, "Current date and time"),
                "namespace": NativeAction(
                    utilities.namespace, "Returns namespace for the authorization key used to invoke this action"
                ),
                "smash": NativeAction(
                    utilities.smash, "Nests all properties under given property", taking("$fieldName")
                ),
                "hosturl": NativeAction(
                    utilities.make_host_url(url),
                    "Returns the URL to activate an action or trigger",
                    taking("web?", "ext?", "trigger?", "path?"),
                ),
            },
        ),
        NativePackage(
            SYSTEM,
            "samples",
            "A suite of simple actions to help you get started with OpenWhisk",
            {
                "greeting": NativeAction(utilities.greeting, "Returns a friendly greeting", taking("name?", "place?")),
                "wordCount": NativeAction(utilities.word_count, "Count words in a string", taking("payload")),
            },
        ),
        NativePackage(
            ADOBE,
            "shared-validators-v1",
            "Stands in for Adobe's validators: requests are passed on unchecked",
            {"headless-v2": NativeAction(utilities.echo, "Passes its input on")},
        ),
    )


def functions_of(packages: tuple[NativePackage, ...]) -> dict[str, NativeFunction]:
    """By `ns/package/name`."""
    return {
        f"{package.namespace}/{package.name}/{name}": action.function
        for package in packages
        for name, action in package.actions.items()
    }


def install(connection: Connection, packages: tuple[NativePackage, ...], *, now_ms: int) -> None:
    """Write what is missing or different."""
    for package in packages:
        try:
            for entity in _entities(package):
                _ensure(connection, entity, now_ms)
        except Conflict:
            logger.warning("%s/%s is something else here: its package is left out", package.namespace, package.name)


def _entities(package: NativePackage) -> Iterator[Package | Action]:
    yield Package(
        namespace=package.namespace,
        name=package.name,
        publish=package.is_public,
        annotations=Annotations({"description": package.description}),
    )
    for name, action in package.actions.items():
        yield Action(
            full_name=FullName(package.namespace, name, package.name),
            exec=Exec(kind=NATIVE),
            annotations=Annotations({"description": action.description, **action.annotations, "exec": NATIVE}),
        )


def _ensure(connection: Connection, entity: Package | Action, now_ms: int) -> None:
    key = str(full_name_of(entity))
    stored: Stored[Package] | Stored[Action] | None
    if isinstance(entity, Package):
        stored = find_stored(connection, key, Package)
    else:
        stored = find_stored(connection, key, Action)
    if stored is None:
        save(connection, replace(entity, version=FIRST_VERSION, updated_ms=now_ms))
        return
    kept = stored.entity
    if replace(entity, version=kept.version, updated_ms=kept.updated_ms).to_json() != kept.to_json():
        version, updated_ms = next_version(kept.version, None), next_updated_ms(now_ms, kept.updated_ms)
        save(connection, replace(entity, version=version, updated_ms=updated_ms))


def taking(*names: str) -> dict[str, Json]:
    """The annotation that says which parameters there are; a question mark follows those that may be left out."""
    listed: list[Json] = [{"name": name.removesuffix("?"), "required": not name.endswith("?")} for name in names]
    return {"parameters": listed}
