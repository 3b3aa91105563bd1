"""The one place that speaks HTTP to a platform.

Every request goes through `HttpClient.send` (or `stream`, for events): there a locked context refuses writes, foreign
exceptions become ours, reads are retried, and the platform's clock is learned. Only this file knows httpx.
"""

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import httpx
from msgspec.structs import replace

from tui import __version__
from tui.client.answer import PAGE_HINT, Answer
from tui.client.clock import ServerClock
from tui.client.errors import FateUnknown, RateLimited, UnexpectedAnswer, Unreachable, error_of
from tui.client.lock import WriteLock
from tui.client.observed import observed
from tui.client.resolving import look_up_apart
from tui.client.retrying import pause_after_answer_s, pause_after_error_s, told_pause_s
from tui.client.under_way import UnderWay
from tui.entities.endpoint import Endpoint
from tui.entities.json import JsonObject
from tui.errors import ConfigError

logger = logging.getLogger(__name__)

QueryValue = str | int | bool

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_CONNECT_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 30.0
_EVENT_TIMEOUT_S = 20.0
"""The local runtime sends a comment every 15 s; longer silence means that nobody is there."""
_RETRY_PAUSES_S = (0.2, 0.6)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_CERTIFICATE_HINT = "Name the platform's certificate in ca_file of this context, or switch the check off with insecure."
_KEEPALIVE_S = 3.0
"""Below the 5 s after which common servers close an idle connection, so that no write meets a closing one."""


class HttpClient:
    """Requests to one endpoint. Made by `open_http`."""

    def __init__(
        self, endpoint: Endpoint, http: httpx.AsyncClient, under_way: UnderWay, clock: ServerClock, lock: WriteLock
    ) -> None:
        self.clock = clock
        self.lock = lock
        self._under_way = under_way
        self._endpoint = endpoint
        self._http = http

    @property
    def endpoint(self) -> Endpoint:
        """With `read_only` as it is now."""
        if self._endpoint.read_only != self.lock.is_locked:
            self._endpoint = replace(self._endpoint, read_only=self.lock.is_locked)
        return self._endpoint

    def for_namespace(self, namespace: str) -> "HttpClient":
        """The same connections and the same lock, for an endpoint whose namespace was asked for."""
        endpoint = replace(self.endpoint, namespace=namespace)
        return HttpClient(endpoint, self._http, self._under_way, self.clock, self.lock)

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
        retries: bool = True,
    ) -> Answer:
        """Ask once (reads: up to three times) and parse the answer.

        Args:
            query: Members that are `None` are left out.
            subject: What this is about, as the user calls it, for error texts: `action hello`.
            accept: Failure statuses that the caller wants to read itself.
            answer_timeout_s: How long the whole exchange may take.
            retries: Whether a read may be tried again.

        Raises:
            ReadOnly: A write, and the context is locked.
            FateUnknown: A write went out, and no answer came: it may have been done, and is never sent again.
            ApiError: One of its kinds; see `client.errors`.
        """
        is_read = method in _READS
        if not is_read:
            self.lock.refuse_write(self._endpoint)
        for pause_s in (*(_RETRY_PAUSES_S if is_read and retries else ()), None):
            try:
                answer = await self._exchange(method, path, query, body, answer_timeout_s)
            except Unreachable as error:
                wait_s = pause_after_error_s(error, pause_s)
                if wait_s is None:
                    raise
            else:
                wait_s = None if answer.status in accept else pause_after_answer_s(answer, pause_s)
                if wait_s is None:
                    return self._checked(method, answer, accept, subject)
            await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def knock(self, timeout_s: float) -> None:
        """See whether anybody listens at the address, or at the proxy before it. No request is made of the platform.

        Raises:
            Unreachable: Nobody does, or not in time.
        """
        address = httpx.URL(self._endpoint.proxy or self._endpoint.url)
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            async with asyncio.timeout(timeout_s):
                _, writer = await asyncio.open_connection(address.host, port)
        except TimeoutError as error:
            raise self._silent("a connection", timeout_s) from error
        except OSError as error:
            raise Unreachable(f"{self._endpoint.host}: {_reason(error)}.") from error
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

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
                async with self._under_way.limit(None):
                    response = await stack.enter_async_context(opening)
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    self._checked("GET", self._answer("GET", path, response), (), "")
            yield self._chunks(path, response)

    async def _chunks(self, path: str, response: httpx.Response) -> AsyncIterator[bytes]:
        with self._translating("GET", path, _EVENT_TIMEOUT_S):
            async for chunk in response.aiter_bytes():
                yield chunk

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
            headers=self._headers(method, content),
            timeout=httpx.Timeout(answer_timeout_s, connect=_CONNECT_TIMEOUT_S),
        )
        sent_ms = self.clock.local_ms()
        where = (self.endpoint.url, self.endpoint.insecure)
        with (
            observed(where, method, path, request.url.query.decode(), content) as answered,
            self._translating(method, path, answer_timeout_s),
        ):
            async with self._under_way.limit(answer_timeout_s + _CONNECT_TIMEOUT_S):
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

    def _headers(self, method: str, content: bytes | None) -> dict[str, str]:
        headers = {} if content is None else {"content-type": "application/json"}
        if method == "POST" and self._endpoint.extra_logging:
            headers["x-ow-extra-logging"] = "on"
        return headers

    def _checked(self, method: str, answer: Answer, accept: Collection[int], subject: str) -> Answer:
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        if method not in _READS and answer.status == httpx.codes.GATEWAY_TIMEOUT:
            raise self._fate_unknown(answer.asked, "a gateway in between gave up waiting")
        error = error_of(answer.status, answer.body, asked=answer.asked, subject=subject)
        if isinstance(error, RateLimited):
            error.retry_after_s = told_pause_s(answer)
        elif isinstance(error, UnexpectedAnswer):
            error.hint = PAGE_HINT
        raise error

    @contextmanager
    def _translating(self, method: str, path: str, answer_timeout_s: float) -> Iterator[None]:
        asked = f"{method} {path}"
        closed = f"The connection to {self._endpoint.host} was closed."
        if self._under_way.is_closed:  # a feed of the connection before, on its way out
            raise Unreachable(closed)
        try:
            yield
        except _NOTHING_SENT as error:
            raise self._not_reached(asked, error) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            silent = Unreachable(closed) if self._under_way.is_closed else self._silent(asked, answer_timeout_s)
            raise silent if method in _READS else self._fate_unknown(asked, silent.message) from error
        except (httpx.TransportError, ssl.SSLError) as error:  # httpx lets alerts of TLS pass as they are
            broken = f"{self._endpoint.host}: {_reason(error)}."
            raise Unreachable(broken) if method in _READS else self._fate_unknown(asked, broken) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnexpectedAnswer(f"{method} {path}: {error}") from error

    def _not_reached(self, asked: str, error: httpx.TransportError) -> Unreachable:
        if isinstance(error, httpx.TimeoutException):
            return self._silent(asked, _CONNECT_TIMEOUT_S)
        hint = _CERTIFICATE_HINT if _has_cause(error, ssl.SSLCertVerificationError) else None
        return Unreachable(f"{self._endpoint.host}: {_reason(error)}.", hint=hint)

    def _silent(self, asked: str, timeout_s: float) -> Unreachable:
        silent = Unreachable(f"{self._endpoint.host} did not answer {asked} in {timeout_s:g} s.")
        silent.timed_out = True
        return silent

    def _fate_unknown(self, asked: str, why: str) -> FateUnknown:
        return FateUnknown(f"Whether {asked} was done is not known: {why.rstrip('.')}.")


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
    under_way = UnderWay()
    look_up_apart(asyncio.get_running_loop())
    async with http:
        try:
            yield HttpClient(endpoint, http, under_way, clock or ServerClock(), WriteLock(endpoint))
        finally:
            await under_way.end()


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


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, kind):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _reason(error: Exception) -> str:
    """The operating system's words where it has any: httpx says "All connection attempts failed" for all of them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno).lower()  # asyncio's own text would be "Connect call failed (…)"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror[0].lower() + cause.strerror[1:]
        cause = cause.__cause__ or cause.__context__
    return str(error) or "the connection broke"
