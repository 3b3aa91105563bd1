"""What this user has seen of one account: records, who set off whom, what is in flight, in a file that opens offline.

Everything here is synchronous and takes a `Database`; `History` is the same for an event loop, in threads of its own.
"""

from .activations import Added, Kept, Position
from .database import Database, UnusableHistory, history_path, open_database
from .filters import EVERYTHING, Field, Filter, Term
from .graph import Child
from .inflight import InFlight
from .keeper import History, open_history
from .rollups import Durations, Tally

__all__ = [
    "EVERYTHING",
    "Added",
    "Child",
    "Database",
    "Durations",
    "Field",
    "Filter",
    "History",
    "InFlight",
    "Kept",
    "Position",
    "Tally",
    "Term",
    "UnusableHistory",
    "history_path",
    "open_database",
    "open_history",
]
