"""Every group of rows, in the order of the table."""

from ..bench import Group
from . import (
    cold,
    disk,
    firing,
    first_paint,
    first_result,
    flat_memory,
    help_text,
    idle_cpu,
    idle_memory,
    keys,
    listing,
    log_capture,
    opening,
    round_trip,
    store_cost,
    warm_node,
    warm_python,
)

GROUPS: tuple[Group, ...] = (
    warm_node.GROUP,
    warm_python.GROUP,
    round_trip.GROUP,
    firing.GROUP,
    cold.GROUP,
    first_result.GROUP,
    store_cost.GROUP,
    listing.GROUP,
    disk.GROUP,
    log_capture.GROUP,
    idle_memory.GROUP,
    idle_cpu.GROUP,
    flat_memory.GROUP,
    first_paint.GROUP,
    keys.GROUP,
    opening.GROUP,
    help_text.GROUP,
)
