"""Names of container images, as a registry knows them.

Only those: an engine also takes options, and names of files and folders of this machine, in the same place.
"""

import re
from typing import Final

_MAX_CHARACTERS: Final = 512
_COMPONENT = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_REGISTRY = r"(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]{1,5})?/)?"
_IMAGE: Final = re.compile(
    rf"{_REGISTRY}{_COMPONENT}(?:/{_COMPONENT})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?",
    re.ASCII,
)
_TRANSPORTS: Final = re.compile(
    "(?:atomic|containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):"
)
"""What podman takes for a place on this machine."""


def is_image_name(text: str) -> bool:
    """Whether `text` is `[registry[:port]/]name[/name…][:tag][@digest]`."""
    if len(text) > _MAX_CHARACTERS or _TRANSPORTS.match(text):
        return False
    return _IMAGE.fullmatch(text) is not None
