"""One run or firing as the lists show it: accepted, running or ended, with what is known around it."""

from msgspec import Struct, field

from tui.entities.activation import Activation, State
from tui.entities.kinds import SEQUENCE
from tui.entities.live import RunningActivation

TRIGGER = "trigger"


class Entry(Struct, eq=False):
    """What is known of one activation id now. Changes in place; `revision` counts the changes."""

    activation_id: str
    name: str
    """`name` or `package/name` of what ran."""
    order: tuple[int, int, int]
    """Place in the list, fixed when it was first seen: time, triggers below their runs, order of becoming known."""
    activation: Activation | None = None
    """The record; `None` while it runs."""
    running: RunningActivation | None = None
    """What the platform told while there was no record; kept afterwards."""
    logs: list[str] = field(default_factory=list)
    """Raw lines: what came in while it ran, then what the record holds."""
    logs_from_start: bool = True
    """Whether `logs` has all lines: not where the run was under way before we listened, or while the link was down."""
    unbroken_from: int = 0
    """Index in `logs` from which no line is missing."""
    so_far: tuple[str, ...] = ()
    """All lines up to a moment, as long as some of them may be told again."""
    logs_since: list[str] = field(default_factory=list)
    """Lines told one by one, to be joined with `so_far`."""
    logs_edition: int = 0
    """Differs once lines came in before others: until then they only grow at their end."""
    asked_for_lines: bool = False
    """Whether the platform was asked for the lines that are missing."""
    parent_id: str | None = None
    """The firing or the sequence that caused it, where that is known."""
    children: tuple[str, ...] = ()
    """Ids of the runs it caused, in order."""
    finished_at: float | None = None
    """On the monotonic clock, when the end of a run that was seen running became known."""
    late_ms: int | None = None
    """How long after its end the record was listed, where that was late."""
    revision: int = 0

    @property
    def state(self) -> State:
        if self.activation is not None:
            return self.activation.state
        return State.RUNNING if self.running is None else self.running.state

    @property
    def is_open(self) -> bool:
        """Whether there is no record yet."""
        return self.activation is None

    @property
    def start_ms(self) -> int:
        """When it started, or was accepted if it has not."""
        if self.activation is not None:
            return self.activation.start_ms
        if self.running is None:
            return self.order[0]
        return self.running.started_ms or self.running.accepted_ms

    @property
    def kind(self) -> str | None:
        """`trigger`, `sequence`, or the action's kind."""
        if self.activation is not None:
            return TRIGGER if self.activation.is_trigger else self.activation.kind
        return None if self.running is None else self.running.kind

    @property
    def version(self) -> str | None:
        """Of what ran, where it is known."""
        if self.activation is not None:
            return self.activation.version
        return None if self.running is None else self.running.version

    @property
    def is_trigger(self) -> bool:
        return self.kind == TRIGGER

    @property
    def is_sequence(self) -> bool:
        return self.kind == SEQUENCE

    @property
    def timeout_ms(self) -> int | None:
        """The time limit, where it is known."""
        if self.activation is not None:
            limits = self.activation.limits
        else:
            limits = None if self.running is None else self.running.limits
        return None if limits is None else limits.timeout_ms

    @property
    def is_moving(self) -> bool:
        """Whether it waits or runs, so that time changes its row."""
        return self.state in (State.QUEUED, State.RUNNING)

    def elapsed_ms(self, now_ms: int) -> int | None:
        """How long it ran, or has run until now: since it was accepted, where nobody told when it began.

        `None` while queued and for triggers.
        """
        if self.activation is not None:
            return self.activation.duration_ms
        if self.running is None or self.state is not State.RUNNING:
            return None
        return max(0, now_ms - (self.running.started_ms or self.running.accepted_ms))
