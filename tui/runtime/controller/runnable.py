"""What it takes to run one revision of an action on behalf of one identity, made once and shared by its runs."""

import zlib
from enum import Enum, auto

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.json import Json, JsonObject
from tui.entities.kinds import SEQUENCE
from tui.entities.names import FullName
from tui.entities.parameters import Parameters, overlay, parameters_from_json, parameters_to_json

from .. import messages
from ..faults import BadRequest
from ..invoker.interpreters import NODE_HINT, Interpreters
from ..invoker.jobs import Executable
from ..jsonbytes import encodable, parse_json, to_json_bytes
from ..store.records import Origin, annotation
from .access import Access
from .catalog import Catalog, Reached
from .identities import Identity

NATIVE = "native"
"""The kind of the actions that the runtime performs itself. Nobody can write one."""

_NO_CONTEXT = b"{}"
_CONDUCTOR = "conductor"


class Manner(Enum):
    """How an action is run."""

    WORKER = auto()
    SEQUENCE = auto()
    COMPOSITION = auto()
    NATIVE = auto()


class Runnable(Struct, frozen=True):
    """One action, ready to be run."""

    action: Action
    snapshot_id: int
    identity: Identity
    executable: Executable
    origin: Origin
    context: bytes
    """What accepted work keeps beside the revision: JSON object."""
    defaults: JsonObject
    """Parameters of package, binding and action that go into the arguments."""
    protected: frozenset[str]
    """Names that a payload may not set: those with a value, if the action is `final`."""
    environment_names: frozenset[str] = field(default_factory=frozenset)
    """Fixed when a worker starts; a payload's value for them goes nowhere."""
    manner: Manner = Manner.WORKER
    components: tuple[FullName, ...] = ()
    """Of a sequence."""
    conductor: "Runnable | None" = None
    """Of a composition: its action alone, which says what the next step is."""

    @property
    def has_steps(self) -> bool:
        """Whether its run is made of others: a sequence or a composition."""
        return self.manner in (Manner.SEQUENCE, Manner.COMPOSITION)

    @property
    def path(self) -> str:
        """`ns/[pkg/]name`."""
        return self.executable.action_name[1:]

    def check_payload(self, payload: JsonObject) -> None:
        """Raises `BadRequest` for a payload that overrides what is protected."""
        if self.protected and not self.protected.isdisjoint(payload):
            raise BadRequest(messages.RESERVED_PARAMETERS)

    def arguments(self, payload: JsonObject, text: bytes | None = None) -> bytes:
        """`payload` over the defaults, as JSON on one line; `text` is the payload in that form already."""
        if self.environment_names and not self.environment_names.isdisjoint(payload):
            payload = {key: value for key, value in payload.items() if key not in self.environment_names}
            text = None
        if self.defaults:
            return to_json_bytes(self.defaults | payload)
        return to_json_bytes(payload) if text is None else text


class Runnables:
    """Finds what a name runs, remembering it until an entity changes."""

    def __init__(self, catalog: Catalog, interpreters: Interpreters, access: Access) -> None:
        self._catalog = catalog
        self._interpreters = interpreters
        self._access = access
        self._generation = -1
        self._known: dict[tuple[str, str], Runnable] = {}

    def get_allowed(self, full_name: FullName, identity: Identity) -> Runnable:
        """What `identity` asks to be run. Raises faults also where it may not, or may not use a sequence's components.

        A component may have been open when the sequence was written, and be closed by now.
        """
        self._access.check_action(full_name, identity.namespace)
        runnable = self.get(full_name, identity)
        if runnable.components:
            self._access.check_actions(runnable.components, identity.namespace)
        return runnable

    def get(self, full_name: FullName, identity: Identity) -> Runnable:
        """Raises faults: no such action or package, another sort of entity, a kind that cannot run here."""
        if self._generation != self._catalog.generation:
            self._known.clear()
            self._generation = self._catalog.generation
        key = (identity.namespace, str(full_name))
        runnable = self._known.get(key)
        if runnable is None:
            runnable = make_runnable(self._catalog.get_action(full_name), identity)
            if runnable.manner in (Manner.WORKER, Manner.COMPOSITION):
                check_kind(runnable.action.kind, self._interpreters)
            self._known[key] = runnable
        return runnable


def check_kind(kind: str, interpreters: Interpreters) -> str:
    """The concrete kind that is stored for `kind`; raises `BadRequest` where nothing runs it."""
    concrete = interpreters.concrete_kind(kind)
    if concrete is None:
        text = messages.unsupported_kind(kind, interpreters.kinds())
        if kind.startswith("nodejs:") and not interpreters.kinds("nodejs"):
            text = f"{text} {messages.node_is_missing(NODE_HINT)}"
        raise BadRequest(messages.malformed_content(text))
    return concrete


def make_runnable(reached: Reached, identity: Identity) -> Runnable:
    runnable = _make_runnable(reached, identity)
    if runnable.manner is not Manner.WORKER or not reached.action.annotations.is_truthy(_CONDUCTOR):
        return runnable
    origin = _origin(reached, identity, with_steps=True)
    return replace(
        runnable,
        manner=Manner.COMPOSITION,
        origin=replace(origin, annotations=b",".join((origin.annotations, annotation(_CONDUCTOR, True)))),
        conductor=replace(runnable, context=_write_context(reached, conductor=True)),
    )


def _make_runnable(reached: Reached, identity: Identity) -> Runnable:
    action = reached.action
    # Parameters of a sequence play no role: its steps have their own.
    parameters = () if action.is_sequence else action.parameters
    environment = tuple(each for each in parameters if each.init)
    defaults = {each.key: each.value for each in parameters if not each.init}
    final = action.annotations.is_truthy("final")
    context = _write_context(reached)
    return Runnable(
        action=action,
        snapshot_id=reached.snapshot_id,
        identity=identity,
        executable=_executable(reached, identity, environment, context),
        origin=_origin(reached, identity, with_steps=action.is_sequence),
        context=context,
        defaults=defaults,
        protected=frozenset(each.key for each in parameters if each.value is not None) if final else frozenset(),
        environment_names=frozenset(each.key for each in environment),
        manner=_MANNERS.get(action.kind, Manner.WORKER),
        components=tuple(map(FullName.parse, action.exec.components)),
    )


_MANNERS = {SEQUENCE: Manner.SEQUENCE, NATIVE: Manner.NATIVE}


def _origin(reached: Reached, identity: Identity, *, with_steps: bool) -> Origin:
    """Where there are steps, they decide what the record says about limits."""
    action = reached.action
    return Origin.of_action(
        namespace=identity.namespace,
        subject=identity.subject,
        path=str(action.full_name),
        version=action.version,
        kind=SEQUENCE if with_steps else action.kind,
        limits=None if with_steps else action.limits,
        binding=None if reached.binding is None else str(reached.binding),
    )


def revive(document: bytes, snapshot_id: int, context: bytes, identity: Identity) -> Runnable:
    """The runnable that work was accepted with, from what its row kept."""
    action = Action.from_json(parse_json(document))
    kept = parse_json(context)
    binding = kept.get("binding")
    environment = parameters_from_json(kept.get("environment"))
    if environment:
        action = replace(action, parameters=overlay(environment, action.parameters))
    reached = Reached(action, snapshot_id, FullName(*binding.split("/")) if binding else None, environment)
    runnable = make_runnable(reached, identity)
    return runnable.conductor if kept.get(_CONDUCTOR) and runnable.conductor else runnable


def _write_context(reached: Reached, *, conductor: bool = False) -> bytes:
    if reached.binding is None and not reached.environment and not conductor:
        return _NO_CONTEXT
    body: JsonObject = {_CONDUCTOR: True} if conductor else {}
    if reached.binding is not None:
        body["binding"] = str(reached.binding)
    if reached.environment:
        body["environment"] = parameters_to_json(reached.environment)
    return to_json_bytes(body)


def _executable(reached: Reached, identity: Identity, environment: Parameters, context: bytes) -> Executable:
    action = reached.action
    return Executable(
        key=f"{identity.namespace}:{action.full_name}:{reached.snapshot_id}:{zlib.crc32(context):x}",
        name=action.full_name.name,
        action_name=f"/{action.full_name}",
        version=action.version,
        kind=action.kind,
        main=action.exec.main,
        code=action.exec.code or "",
        binary=action.exec.binary,
        init_environment={each.key: _environment_text(each.value) for each in environment},
        limits=action.limits,
        namespace=identity.namespace,
        api_key=identity.auth if _gets_api_key(action) else None,
        image=action.exec.image,
    )


def _gets_api_key(action: Action) -> bool:
    """It does unless its owner declined: an absent annotation counts as consent."""
    return "provide-api-key" not in action.annotations or action.annotations.is_truthy("provide-api-key")


def _environment_text(value: Json) -> str:
    if value is None:
        return ""
    return encodable(value) if isinstance(value, str) else to_json_bytes(value).decode()
