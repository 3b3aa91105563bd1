"""One branch of a trace, and everything below it."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from tui.entities.activation import Activation, State
from tui.entities.json import JsonObject
from tui.entities.live import RunningActivation

NodeKind = Literal["trigger", "action", "sequence"]


class TraceNode(Struct, frozen=True, kw_only=True):
    """One branch: a firing, a run, or a rule that refused to run anything."""

    activation_id: str | None
    """`None` where a rule refused."""
    kind: NodeKind
    name: str
    """`name` or `package/name`; `""` where nothing but the id is known yet."""
    state: State | None = None
    """`None` where a rule refused, and where nothing is known but that there is no record yet."""
    activation: Activation | None = None
    """The whole record; `None` until the run ends."""
    running: RunningActivation | None = None
    """What the local runtime tells about a run without a record."""
    rule: str | None = None
    """The rule that set it off, without its namespace."""
    error: str | None = None
    """Why the rule refused, in the platform's words."""
    pending: bool = False
    """There is no record yet."""
    inferred: bool = False
    """Its parent mentions its id, in its result or log; the platform tells nothing of it."""
    children: tuple["TraceNode", ...] = ()

    def walk(self) -> Iterator["TraceNode"]:
        """This node and everything below it, from the top down."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def failed_itself(self) -> bool:
        """Whether it failed or was refused, whatever came of what is below it."""
        return self.error is not None or (self.state is not None and self.state.is_failure)

    @property
    def failed(self) -> bool:
        """Whether anything in it failed or was refused; what is only inferred does not count."""
        return any(node.failed_itself for node in self._certain())

    @property
    def settled(self) -> bool:
        """Whether everything in it has ended; what is only inferred does not count."""
        return not any(node.pending for node in self._certain())

    def _certain(self) -> Iterator["TraceNode"]:
        yield self
        for child in self.children:
            if not child.inferred:
                yield from child._certain()

    def to_json(self) -> JsonObject:
        """As `whisktop trace --json` prints it; times are milliseconds."""
        record = self.activation
        response = None if record is None else record.response
        body: JsonObject = {"activationId": self.activation_id} if self.activation_id else {}
        body |= {
            "kind": self.kind,
            "name": self.name,
            "status": None if response is None else response.status,
            "start": None if record is None else record.start_ms,
            "duration": None if record is None else record.duration_ms,
            "result": None if response is None else response.result,
            "children": [child.to_json() for child in self.children],
        }
        optional = {"rule": self.rule, "error": self.error, "pending": self.pending or None}
        optional["inferred"] = self.inferred or None
        return body | {key: value for key, value in optional.items() if value is not None}
