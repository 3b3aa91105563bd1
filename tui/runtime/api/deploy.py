"""The deploy service's path: OpenWhisk's API once more below `/runtime`, where `aio` deploys with a Bearer token.

No CORS headers are sent there. The token counts as the namespace's key, and only there; the key itself is taken too.
"""

import base64
import hmac

from tui.entities.endpoint import Secret

from ..controller.identities import Identity
from .call import Call

RUNTIME = "/runtime"
_API = f"{RUNTIME}/api/v1"
_BEARER = b"bearer "


class DeployService:
    """Turns requests to the deploy service into requests to the API."""

    def __init__(self, token: Secret, identity: Identity) -> None:
        self._token = token.reveal().encode()
        self._key = b"Basic " + base64.b64encode(identity.auth.reveal().encode())

    def enter(self, call: Call) -> None:
        """For a call below `/runtime/api/v1`: from here on it is one to `/api/v1`. Any other is left as it is."""
        path: str = call.scope["path"]
        if not path.startswith(RUNTIME):
            return
        call.is_private = True
        self._exchange_token(call)
        if path == _API or path.startswith(f"{_API}/"):
            call.scope["path"] = path.removeprefix(RUNTIME)

    def _exchange_token(self, call: Call) -> None:
        header = call.headers.get(b"authorization", b"")
        if header[: len(_BEARER)].lower() != _BEARER:
            return
        if hmac.compare_digest(header[len(_BEARER) :].strip(), self._token):
            call.headers[b"authorization"] = self._key
