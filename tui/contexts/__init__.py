"""Which platforms there are to talk to, with which keys, and where that was found.

Sources are asked in a fixed order, and every value knows its place. Nothing here talks to a network: whether a key
opens the namespace is found out by its first use.
"""

from .catalog import LOCAL, Catalog, Context, find_contexts
from .choosing import Choice, choose, local_endpoint, locked
from .sightings import Family, Setting, Sighting, Surroundings

__all__ = [
    "LOCAL",
    "Catalog",
    "Choice",
    "Context",
    "Family",
    "Setting",
    "Sighting",
    "Surroundings",
    "choose",
    "find_contexts",
    "local_endpoint",
    "locked",
]
