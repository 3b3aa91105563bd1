"""Who may call: one identity per namespace, found by its key."""

import hmac
from collections.abc import Iterable

from msgspec import Struct

from tui.entities.endpoint import Secret

PUBLIC_GUEST_KEY = Secret(
    "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"
)
"""What every standalone OpenWhisk has: no secret, since it is printed in the documentation."""


class Identity(Struct, frozen=True):
    """The holder of a key."""

    subject: str
    namespace: str
    auth: Secret
    """`uuid:secret`."""


class Identities:
    """All that this runtime knows."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._by_uuid = {identity.auth.reveal().partition(":")[0]: identity for identity in identities}
        self._by_namespace = {identity.namespace: identity for identity in self._by_uuid.values()}

    def find_by_key(self, auth: str) -> Identity | None:
        """`auth` is `uuid:secret`."""
        identity = self._by_uuid.get(auth.partition(":")[0])
        if identity is None or not hmac.compare_digest(identity.auth.reveal().encode(), auth.encode()):
            return None
        return identity

    def find_by_namespace(self, namespace: str) -> Identity | None:
        return self._by_namespace.get(namespace)
