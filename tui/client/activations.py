"""Activation records over HTTP.

Source: `/namespaces/{namespace}/activations` of OpenWhisk's REST description.
"""

from tui.client.client import HttpClient
from tui.client.paths import collection_path
from tui.entities.activation import Activation
from tui.entities.json import Json
from tui.entities.limits import DEFAULT_LIST_SIZE


class Activations:
    """The records of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(
        self,
        *,
        limit: int = DEFAULT_LIST_SIZE,
        skip: int = 0,
        name: str | None = None,
        since_ms: int | None = None,
        upto_ms: int | None = None,
        docs: bool = False,
    ) -> tuple[Activation, ...]:
        """Newest first.

        Args:
            limit: At most this many, 0 to 200; 0 asks for 200.
            name: `name` or `package/name`; a bare name does not match packaged actions.
            since_ms: Only those that *started* at or after this time, by the platform's clock. A run that starts
                early and ends late appears late, so callers that poll must look back by the longest allowed run.
            upto_ms: Likewise, at or before.
            docs: Whole records, with results and logs.
        """
        query = {"limit": limit, "skip": skip or None, "name": name, "since": since_ms, "upto": upto_ms, "docs": docs}
        return (await self._http.send("GET", self._path(), query=query)).read_list(Activation.from_json)

    async def list_as_it_comes(
        self, *, limit: int, skip: int = 0, since_ms: int | None, upto_ms: int | None, docs: bool
    ) -> tuple[Json, ...]:
        """As `list`, its elements unread: for who has to go on where one of them is no activation."""
        query = {"limit": limit, "skip": skip or None, "since": since_ms, "upto": upto_ms, "docs": docs}
        answer = await self._http.send("GET", self._path(), query=query)
        if not isinstance(answer.body, list):
            raise answer.unexpected()
        return tuple(answer.body)

    async def count(self, *, since_ms: int, upto_ms: int) -> int | None:
        """How many records started in this interval, both ends included; `None` where the platform does not count.

        Raises:
            BadRequest, Forbidden, NotFound: What other platforms answer that do not count.
        """
        answer = await self._http.send("GET", self._path(), query={"since": since_ms, "upto": upto_ms, "count": True})
        number = answer.body.get("activations") if isinstance(answer.body, dict) else None
        return number if type(number) is int else None  # some take the word for nothing, and send a page

    async def get(self, activation_id: str) -> Activation:
        """
        Raises:
            NotFound: No such run, or it has not ended.
        """
        answer = await self._http.send(
            "GET", self._path(activation_id), subject=f"record of activation {activation_id}"
        )
        return answer.read(Activation.from_json)

    async def logs(self, activation_id: str) -> tuple[str, ...]:
        path = self._path(activation_id, "logs")
        answer = await self._http.send("GET", path, subject=f"record of activation {activation_id}")
        return answer.read(lambda body: tuple(map(str, body["logs"])))

    async def result(self, activation_id: str) -> Json:
        path = self._path(activation_id, "result")
        answer = await self._http.send("GET", path, subject=f"record of activation {activation_id}")
        return answer.read(lambda body: body.get("result"))

    def _path(self, *segments: str) -> str:
        return collection_path(self._namespace, "activations", *segments)
