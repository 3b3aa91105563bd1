"""The one place that speaks HTTP to a platform.

Every request goes through `HttpClient.send` (or `stream`, for events): there a read-only context refuses writes,
foreign exceptions become ours, reads are retried, and the platform's clock is learned. Only this file knows httpx.
"""

import asyncio
import json
import logging
import os
import random
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import httpx

from tui import __version__
from tui.client.clock import ServerClock, retry_after_s
from tui.client.errors import RETRYABLE_STATUSES, ApiError, RateLimited, UnexpectedAnswer, Unreachable, error_of
from tui.client.observed import observed
from tui.entities.endpoint import Endpoint
from tui.entities.json import Json, JsonObject
from tui.errors import ConfigError, ReadOnly

logger = logging.getLogger(__name__)

T = TypeVar("T")
QueryValue = str | int | bool

API: Final = "/api/v1"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_CONNECT_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 30.0
_EVENT_TIMEOUT_S = 20.0
"""The local runtime sends a comment every 15 s; longer silence means that nobody is there."""
_RETRY_PAUSES_S = (0.2, 0.6)
_KEEPALIVE_S = 3.0
"""Below the 5 s after which common servers close an idle connection, so that no write meets a closing one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer."""

    asked: str
    """`GET /api/v1/…`"""
    status: int
    headers: Mapping[str, str]
    body: Json
    """`None` where the answer is empty or no JSON."""

    def read(self, parse: Callable[[JsonObject], T]) -> T:
        """The body as a value of ours.

        Raises:
            UnexpectedAnswer: It is none.
        """
        if not isinstance(self.body, dict):
            raise self.unexpected()
        return self._parsed(parse, self.body)

    def read_list(self, parse: Callable[[JsonObject], T]) -> tuple[T, ...]:
        """As `read`, for a body that is an array of objects."""
        if not isinstance(self.body, list) or not all(isinstance(member, dict) for member in self.body):
            raise self.unexpected()
        return tuple(self._parsed(parse, member) for member in self.body)

    def unexpected(self) -> UnexpectedAnswer:
        error = UnexpectedAnswer(
            f"{self.asked} was answered with something that is not OpenWhisk's (HTTP {self.status})."
        )
        error.status = self.status
        return error

    def _parsed(self, parse: Callable[[JsonObject], T], body: JsonObject) -> T:
        try:
            return parse(body)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self.unexpected() from error


class HttpClient:
    """Requests to one endpoint. Made by `open_http`."""

    def __init__(self, endpoint: Endpoint, http: httpx.AsyncClient, clock: ServerClock) -> None:
        self.endpoint = endpoint
        self.clock = clock
        self._http = http

    def for_namespace(self, namespace: str) -> "HttpClient":
        """The same connections, for an endpoint whose namespace was asked for."""
        return HttpClient(replace(self.endpoint, namespace=namespace), self._http, self.clock)

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, QueryValue | None] | None = None,
        body: JsonObject | None = None,
        subject: str = "",
        accept: Collection[int] = (),
        answer_timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> Answer:
        """Ask once (reads: up to three times) and parse the answer.

        Args:
            query: Members that are `None` are left out.
            subject: What this is about, as the user calls it, for error texts: `action hello`.
            accept: Failure statuses that the caller wants to read itself.
            answer_timeout_s: How long the whole exchange may take.

        Raises:
            ReadOnly: A write, and the context is locked.
            ApiError: One of its kinds; see `client.errors`.
        """
        self._refuse_writes(method)
        pauses = _RETRY_PAUSES_S if method in _READS else ()
        for pause_s in (*pauses, None):
            try:
                answer = await self._exchange(method, path, query, body, answer_timeout_s)
            except Unreachable as error:
                if pause_s is None or error.timed_out:
                    raise
            else:
                if answer.status not in RETRYABLE_STATUSES or pause_s is None:
                    return self._checked(answer, accept, subject)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
        raise AssertionError("the last attempt returns or raises")

    @asynccontextmanager
    async def stream(self, path: str, *, headers: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """An answer without an end, chunk by chunk; inside the block the platform has accepted it.

        Raises:
            ApiError: It could not be opened. `Unreachable` also later, from the iterator, when the connection breaks.
        """
        timeout = httpx.Timeout(_CONNECT_TIMEOUT_S, read=_EVENT_TIMEOUT_S)
        async with AsyncExitStack() as stack:
            with self._translating("GET", path, _EVENT_TIMEOUT_S):
                opening = self._http.stream("GET", path, headers=dict(headers), timeout=timeout)
                response = await stack.enter_async_context(opening)
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    self._checked(self._answer("GET", path, response), (), "")
            yield self._chunks(path, response)

    async def _chunks(self, path: str, response: httpx.Response) -> AsyncIterator[bytes]:
        with self._translating("GET", path, _EVENT_TIMEOUT_S):
            async for chunk in response.aiter_bytes():
                yield chunk

    def _refuse_writes(self, method: str) -> None:
        if self.endpoint.read_only and method not in _READS:
            raise ReadOnly(f"The context {self.endpoint.context} is read-only: nothing was sent.")

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, QueryValue | None] | None,
        body: JsonObject | None,
        answer_timeout_s: float,
    ) -> Answer:
        content = None if body is None else _encode(body)
        request = self._http.build_request(
            method,
            path,
            params={key: _query_text(value) for key, value in (query or {}).items() if value is not None},
            content=content,
            headers=None if content is None else {"content-type": "application/json"},
            timeout=httpx.Timeout(answer_timeout_s, connect=_CONNECT_TIMEOUT_S),
        )
        sent_ms = self.clock.local_ms()
        where = (self.endpoint.url, self.endpoint.insecure)
        with (
            observed(where, method, path, request.url.query.decode(), content) as answered,
            self._translating(method, path, answer_timeout_s),
        ):
            async with asyncio.timeout(answer_timeout_s + _CONNECT_TIMEOUT_S):
                response = await self._http.send(request)
            answered.note(response.status_code, len(response.content))
        self.clock.observe(response.headers.get("date"), sent_ms=sent_ms, received_ms=self.clock.local_ms())
        logger.debug("%s %s: %d", method, path, response.status_code)
        return self._answer(method, path, response)

    def _answer(self, method: str, path: str, response: httpx.Response) -> Answer:
        try:
            body = json.loads(response.content) if response.content else None
        except (ValueError, RecursionError):
            body = None
        return Answer(f"{method} {path}", response.status_code, response.headers, body)

    def _checked(self, answer: Answer, accept: Collection[int], subject: str) -> Answer:
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        error = error_of(answer.status, answer.body, asked=answer.asked, subject=subject)
        if isinstance(error, RateLimited):
            error.retry_after_s = retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date"))
        raise error

    @contextmanager
    def _translating(self, method: str, path: str, answer_timeout_s: float) -> Iterator[None]:
        try:
            yield
        except (httpx.TimeoutException, TimeoutError) as error:
            silent = Unreachable(f"{self.endpoint.host} did not answer {method} {path} in {answer_timeout_s:g} s.")
            silent.timed_out = True
            raise silent from error
        except httpx.TransportError as error:
            raise Unreachable(f"{self.endpoint.host}: {_reason(error)}.") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnexpectedAnswer(f"{method} {path}: {error}") from error


@asynccontextmanager
async def open_http(
    endpoint: Endpoint, *, transport: httpx.AsyncBaseTransport | None = None, clock: ServerClock | None = None
) -> AsyncIterator[HttpClient]:
    """A client for as long as the block lasts.

    Args:
        transport: Stands in for the network, in tests of what a remote platform may answer.

    Raises:
        ConfigError: The address or a certificate file of the context cannot be used.
    """
    user, _, password = endpoint.auth.reveal().partition(":")
    try:
        http = httpx.AsyncClient(
            base_url=endpoint.url,
            auth=httpx.BasicAuth(user, password),
            headers={"user-agent": f"whisktop/{__version__}", "accept": "*/*"},
            verify=_tls(endpoint),
            proxy=endpoint.proxy,
            transport=transport,
            trust_env=False,  # a proxy of the shell must never see a loopback request, nor a key it was not given
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=_KEEPALIVE_S),
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigError(
            f"The address {endpoint.url} of the context {endpoint.context} cannot be used: {error}"
        ) from error
    async with http:
        yield HttpClient(endpoint, http, clock or ServerClock())


def _tls(endpoint: Endpoint) -> ssl.SSLContext | bool:
    if not endpoint.url.startswith("https://"):
        return False  # saves reading the certificates of the whole world
    try:
        context = (
            ssl.create_default_context(cafile=endpoint.ca_file) if endpoint.ca_file else httpx.create_ssl_context()
        )
        if endpoint.cert_file:
            context.load_cert_chain(endpoint.cert_file, endpoint.key_file)
    except OSError as error:  # ssl.SSLError is one as well
        raise ConfigError(f"The certificates of the context {endpoint.context} cannot be read: {error}") from error
    if endpoint.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _encode(body: JsonObject) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only carry escaped
        return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


def _query_text(value: QueryValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reason(error: httpx.TransportError) -> str:
    """The operating system's words where it has any: httpx says "All connection attempts failed" for all of them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno).lower()  # asyncio's own text would be "Connect call failed (…)"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror[0].lower() + cause.strerror[1:]
        cause = cause.__cause__ or cause.__context__
    return str(error) or "the connection broke"


def is_transient(error: ApiError) -> bool:
    """Whether the same request may well succeed in a while."""
    return error.exit_code == Unreachable.exit_code
