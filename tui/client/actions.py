"""Actions over HTTP.

Source: `/namespaces/{namespace}/actions` of OpenWhisk's REST description.
"""

from msgspec import Struct

from tui.client.answer import Answer
from tui.client.client import HttpClient
from tui.client.errors import error_of, is_server_error_body
from tui.client.paths import collection_path, entity_path
from tui.entities.action import Action
from tui.entities.activation import Activation
from tui.entities.json import JsonObject
from tui.entities.limits import MAX_BLOCKING_WAIT_MS, MAX_LIST_SIZE

_UPLOAD_TIMEOUT_S = 180.0
_BLOCKING_TIMEOUT_S = MAX_BLOCKING_WAIT_MS / 1000 + 15
_ENDED_BADLY = (500, 502)


class Invoked(Struct, frozen=True):
    """What an invocation was answered with."""

    activation_id: str
    activation: Activation | None = None
    """`None` where nobody waited, or the wait ended before the run did."""
    is_guess: bool = False
    """The answer got lost, and this is the only run that it could be about: somebody else's may look the same."""


class Actions:
    """The actions of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(self, *, limit: int = MAX_LIST_SIZE, skip: int = 0) -> tuple[Action, ...]:
        """One page, last changed first; elements have neither code nor parameters."""
        path = collection_path(self._namespace, "actions")
        return (await self._http.send("GET", path, query={"limit": limit, "skip": skip})).read_list(Action.from_json)

    async def get(self, name: str, *, code: bool = True) -> Action:
        answer = await self._http.send("GET", self._path(name), query={"code": code}, subject=f"action {name}")
        return answer.read(Action.from_json)

    async def put(self, name: str, body: JsonObject, *, overwrite: bool = False) -> Action:
        """Create, or with `overwrite` create or update.

        Args:
            body: `exec`, `limits`, `parameters`, `annotations` as the wire has them.
        """
        answer = await self._http.send(
            "PUT",
            self._path(name),
            query={"overwrite": overwrite},
            body=body,
            subject=f"action {name}",
            answer_timeout_s=_UPLOAD_TIMEOUT_S,
        )
        return answer.read(Action.from_json)

    async def delete(self, name: str) -> Action:
        return (await self._http.send("DELETE", self._path(name), subject=f"action {name}")).read(Action.from_json)

    async def invoke(self, name: str, payload: JsonObject, *, blocking: bool = False) -> Invoked:
        """Start a run; `blocking` lets the platform hold its answer until the run ends, at most a minute.

        Raises:
            ApiError: The platform did not accept it. A run that fails is no error.
        """
        answer = await self._http.send(
            "POST",
            self._path(name),
            query={"blocking": blocking},
            body=payload,
            subject=f"action {name}",
            accept=_ENDED_BADLY,
            answer_timeout_s=_BLOCKING_TIMEOUT_S,
        )
        return _read_invoked(answer, name)

    def _path(self, name: str) -> str:
        return entity_path(self._namespace, "actions", name)


def _read_invoked(answer: Answer, name: str) -> Invoked:
    body = answer.body
    if answer.status in _ENDED_BADLY and (is_server_error_body(body) or not isinstance(body, dict)):
        raise error_of(answer.status, body, asked=answer.asked, subject=f"action {name}")
    if isinstance(body, dict) and "response" in body:
        activation = answer.read(Activation.from_json)
        return Invoked(activation.activation_id, activation)
    # A result that is an array comes bare; the header still tells the id.
    activation_id = body.get("activationId") if isinstance(body, dict) else None
    activation_id = activation_id or answer.headers.get("x-openwhisk-activation-id")
    if not activation_id:
        raise answer.unexpected()
    return Invoked(activation_id)
