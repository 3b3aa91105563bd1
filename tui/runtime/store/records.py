"""Activation records as they are kept and printed.

A record is put together from bytes: the part that all runs of one revision share is rendered once (`Origin`), the
result and the logs are spliced in as the worker sent them, and nothing is decoded on the way in or out.
"""

import orjson
from msgspec import Struct

from tui.entities.activation import STATUS_TEXTS
from tui.entities.json import Json, JsonObject
from tui.entities.limits import Limits

_RESPONSES = tuple(
    b'{"status":%b,"success":%b' % (orjson.dumps(text), b"true" if code == 0 else b"false")
    for code, text in enumerate(STATUS_TEXTS)
)
_TIMED_OUT = {True: b'{"key":"timeout","value":true}', False: b'{"key":"timeout","value":false}'}
_CAUSED_BY = b'{"key":"causedBy","value":"sequence"}'


def annotation(key: str, value: Json) -> bytes:
    """One element of `annotations`, as JSON."""
    return orjson.dumps({"key": key, "value": value})


class Origin(Struct, frozen=True):
    """What all records of one revision of an entity have in common."""

    namespace: str
    """Of the invoker."""
    listed_name: str
    """What `?name=` finds it by: `name` or `package/name`."""
    identity: bytes
    """JSON members: namespace, name, version, publish."""
    subject: bytes
    """JSON string."""
    annotations: bytes
    """JSON elements, separated by commas; empty for a trigger."""

    @classmethod
    def of_trigger(cls, *, namespace: str, name: str, version: str, subject: str) -> "Origin":
        return cls(namespace, name, _identity(namespace, name, version), orjson.dumps(subject), b"")

    @classmethod
    def of_action(
        cls,
        *,
        namespace: str,
        subject: str,
        path: str,
        version: str,
        kind: str,
        limits: Limits | None,
        binding: str | None = None,
    ) -> "Origin":
        """`path` is `ns/[pkg/]name` of the resolved action, `binding` the `ns/name` it was reached through."""
        segments = path.split("/")
        elements = [annotation("path", path), annotation("kind", kind)]
        if limits is not None:
            elements.insert(0, annotation("limits", limits.to_json()))
        if binding is not None:
            elements.append(annotation("binding", binding))
        package = segments[1] if len(segments) == 3 else None
        if package and binding:
            package = binding.rpartition("/")[2]
        listed_name = f"{package}/{segments[-1]}" if package else segments[-1]
        identity = _identity(namespace, segments[-1], version)
        return cls(namespace, listed_name, identity, orjson.dumps(subject), b",".join(elements))


def _identity(namespace: str, name: str, version: str) -> bytes:
    body: JsonObject = {"namespace": namespace, "name": name, "version": version, "publish": False}
    return orjson.dumps(body)[1:-1]


class Record(Struct, kw_only=True):
    """One activation. Times are epoch milliseconds, `result` and `logs` are JSON."""

    activation_id: str
    origin: Origin
    start_ms: int
    end_ms: int | None
    """`None` for a trigger."""
    duration_ms: int | None = None
    """Where it is not `end - start`."""
    status_code: int
    result: bytes | None
    size_bytes: int | None = None
    logs: bytes = b"[]"
    cause: str | None = None
    wait_ms: int | None = None
    init_ms: int | None = None
    timed_out: bool | None = None
    """`None` where the annotation is absent: triggers and sequences."""
    extra: bytes | None = None
    """Further annotations: JSON elements separated by commas."""

    @property
    def lasted_ms(self) -> int:
        """What `duration` says; 0 for a trigger, whose record says nothing."""
        if self.duration_ms is not None:
            return self.duration_ms
        return 0 if self.end_ms is None else self.end_ms - self.start_ms

    def response(self) -> bytes:
        """`{"status", "success", "size"?, "result"?}`."""
        size = b"" if self.size_bytes is None else b',"size":%d' % self.size_bytes
        result = b"" if self.result is None else b',"result":%b' % self.result
        return b"%b%b%b}" % (_RESPONSES[self.status_code], size, result)

    def document(self, *, with_logs: bool = True) -> bytes:
        """The full record; `with_logs=False` is what a blocking call answers, before logs are collected."""
        return b'%b,"subject":%b,"response":%b,"logs":%b}' % (
            self._head(),
            self.origin.subject,
            self.response(),
            self.logs if with_logs else b"[]",
        )

    def summary(self) -> bytes:
        """An element of a list: neither response nor logs nor subject."""
        if self.end_ms is None:
            return self._head() + b"}"
        return b'%b,"statusCode":%d}' % (self._head(), self.status_code)

    def _head(self) -> bytes:
        end = cause = b""
        if self.end_ms is not None:
            end = b',"end":%d,"duration":%d' % (self.end_ms, self.lasted_ms)
        if self.cause is not None:
            cause = b',"cause":"%b"' % self.cause.encode()
        return b'{%b,"activationId":"%b","start":%d%b%b,"annotations":[%b]' % (
            self.origin.identity,
            self.activation_id.encode(),
            self.start_ms,
            end,
            cause,
            b",".join(self._annotations()),
        )

    def _annotations(self) -> list[bytes]:
        elements = [self.origin.annotations] if self.origin.annotations else []
        if self.timed_out is not None:
            elements.append(_TIMED_OUT[self.timed_out])
        if self.wait_ms is not None:
            elements.append(b'{"key":"waitTime","value":%d}' % self.wait_ms)
        if self.init_ms is not None:
            elements.append(b'{"key":"initTime","value":%d}' % self.init_ms)
        if self.cause is not None:
            elements.append(_CAUSED_BY)
        if self.extra:
            elements.append(self.extra)
        return elements
