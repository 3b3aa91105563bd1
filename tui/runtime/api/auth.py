"""Credentials of a request: HTTP Basic with `uuid:secret`, and what they open."""

import base64
import binascii

from tui.entities.names import FullName

from .. import messages
from ..controller.identities import Identity
from ..faults import Forbidden, Unauthorized
from .call import Call

_REMEMBERED = 256


class Authenticator:
    """Turns `Authorization` headers into identities; remembers the ones that were right."""

    def __init__(self) -> None:
        self._known: dict[bytes, Identity] = {}

    def authenticate(self, call: Call) -> None:
        """Set the call's identity.

        Raises:
            Unauthorized: No Basic credentials (a Bearer token counts as none), or wrong ones.
        """
        header = call.headers.get(b"authorization")
        if header is None or header[:6].lower() != b"basic ":
            raise Unauthorized(messages.NO_CREDENTIALS)
        identity = self._known.get(header) or self._identify(call, header)
        if identity is None:
            raise Unauthorized(messages.BAD_CREDENTIALS)
        call.identity = identity

    def find_caller(self, call: Call) -> Identity | None:
        """For web actions: who asks, if the request says so rightly; anything else is anonymous."""
        try:
            self.authenticate(call)
        except Unauthorized:
            return None
        return call.identity

    def _identify(self, call: Call, header: bytes) -> Identity | None:
        try:
            auth = base64.b64decode(header[6:].strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        identity = call.controller.identities.find_by_key(auth)
        if identity is not None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[header] = identity
        return identity


def authorize(call: Call, namespace: str, name: str | None = None) -> None:
    """Refuse what lies in a namespace that is not the caller's; `name` is what the text says was asked for."""
    if namespace != call.identity.namespace:
        raise Forbidden(messages.not_authorized(namespace if name is None else f"{namespace}/{name}"))


def authorize_action(call: Call, full_name: FullName) -> None:
    """Reading and invoking an action: also open to others where its package is published."""
    call.controller.access.check_action(full_name, call.identity.namespace)
