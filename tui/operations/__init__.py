"""What a user may do on a platform, without a screen: the dashboard and the command line both ask for it here."""

from typing import TYPE_CHECKING

from tui.late import late

if TYPE_CHECKING:
    from .operations import Operations, open_operations
    from .platform import PlatformInfo
else:
    __getattr__ = late(__name__, operations=("Operations", "open_operations"), platform=("PlatformInfo",))

__all__ = ["Operations", "PlatformInfo", "open_operations"]
