"""Typed calls to an OpenWhisk-compatible platform: one attribute per collection, entities in and out."""

import sys
from typing import TYPE_CHECKING

from tui.late import late

# What httpx would load if it were there, and does without: a command line of its own, with 3 MB of what draws it; and
# what tells other event loops from asyncio, which is looked for at every request.
for _name in ("httpx._main", "sniffio"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]

if TYPE_CHECKING:
    from .actions import Invoked
    from .clock import ServerClock
    from .namespaces import PlatformDescription
    from .platform_client import Client, open_client
    from .routes import Route
    from .triggers import Fired
else:
    __getattr__ = late(
        __name__,
        actions=("Invoked",),
        clock=("ServerClock",),
        namespaces=("PlatformDescription",),
        platform_client=("Client", "open_client"),
        routes=("Route",),
        triggers=("Fired",),
    )

__all__ = ["Client", "Fired", "Invoked", "PlatformDescription", "Route", "ServerClock", "open_client"]
