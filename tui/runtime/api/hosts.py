"""Which host names are served: a page that points its own name at this machine must not be obeyed.

Where the key is the public one, no page from elsewhere is obeyed at all: the API lets every page read its answers, and
only the key would keep it from asking.
"""

import ipaddress
import re

from .. import messages
from ..faults import BadRequest, Forbidden

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_ORIGIN = re.compile(rb"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
_LOOPBACK = (b"127.0.0.1", b"localhost", b"[::1]")
_REMEMBERED = 64


class HostCheck:
    """Admits loopback names and the configured host, with or without a port."""

    def __init__(self, configured: str, *, admit_foreign_pages: bool) -> None:
        self.checks_origin = not admit_foreign_pages
        host = configured.lower().encode()
        self._served = {*_LOOPBACK, host, b"[%b]" % host}
        self._any_address = configured in ("0.0.0.0", "::", "")
        self._known: set[bytes] = set()

    def check(self, header: bytes | None) -> None:
        """Raises `BadRequest` for what is no host, `Forbidden` for a host that is not ours."""
        if header in self._known:
            return
        match = None if header is None else _HOST.fullmatch(header)
        if header is None or match is None:
            raise BadRequest(messages.BAD_HOST)
        if not self._is_served(match[1].lower()):
            raise Forbidden(messages.FOREIGN_HOST)
        if len(self._known) < _REMEMBERED:
            self._known.add(header)

    def check_origin(self, header: bytes | None) -> None:
        """Raises `Forbidden` for a page that does not come from a host that is served here."""
        if header is None:
            return
        match = _ORIGIN.fullmatch(header)
        if match is None or not self._is_served(match[1].lower()):
            raise Forbidden(messages.FOREIGN_ORIGIN)

    def _is_served(self, host: bytes) -> bool:
        if host in self._served or host.endswith(b".localhost"):
            return True
        # Bound to every address, it is reached by numbers; only names can be pointed elsewhere.
        return self._any_address and _is_address(host)


def _is_address(host: bytes) -> bool:
    try:
        ipaddress.ip_address(host.decode().strip("[]"))
    except ValueError:
        return False
    return True
