"""A stand-in for a remote platform at a real socket: answers that no well-behaved runtime gives, and every trouble.

What it answers, and how badly, is the test's, and may change while clients are connected.
"""

import base64
import itertools
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]
PORTAL = "<html><h1>Welcome to the hotel's network</h1></html>"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """How requests are answered while it lasts."""

    status: int | None = None
    """With this and an error text, whatever was asked."""
    retry_after_s: int | None = None
    page: bool = False
    """With the login page of a network."""
    delay_s: float = 0.0
    """Late."""
    cut: bool = False
    """With half of the body, and then the connection breaks."""
    silent: bool = False
    """Not at all: the connection stays open and nothing comes."""
    loses_writes: bool = False
    """Writes are done, and their answers get lost."""
    times: int | None = None
    """So many requests, then it is over; `None`: until the test ends it."""


THROTTLED = Trouble(status=429, retry_after_s=1)
DOWN = Trouble(status=503)
CUT = Trouble(cut=True)
PAGE = Trouble(page=True)
SILENT = Trouble(silent=True)


class Platform:
    """Answers by method and path (without query); what is not set up is 404."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer | Callable[[], Answer]] = {"GET /api/v1/namespaces": (200, ["guest"])}
        self.asked: list[str] = []
        self.records: list[dict[str, Any]] = []
        """Activations that it lists and gives, newest last."""
        self.trouble: Trouble | None = None
        self.skew_ms = 0
        """How far its clock is ahead of ours."""
        self.page_size = 200
        self.key: str | None = None
        """The only one that it knows; `None`: any."""
        self.tls: ssl.SSLContext | None = None
        """With it, it speaks TLS from the next opening on."""
        self.over = threading.Event()
        """Lets go of those who wait in silence."""
        self._numbers = itertools.count(1)
        self._server: _Server | None = None

    def set(self, request: str, answer: Any, status: int = 200) -> None:
        """`GET actions/hello` and the like, below the namespace; `raw` text is sent as it is."""
        method, _, path = request.partition(" ")
        self.answers[f"{method} /api/v1/namespaces/guest/{path}"] = (status, answer)

    def furnish(self) -> None:
        """Empty collections, and one trigger, so that a dashboard has something to show."""
        for collection in ("actions", "rules", "packages"):
            self.set(f"GET {collection}", [])
        trigger = {"namespace": "guest", "name": "far-away", "version": "0.0.1"}
        self.set("GET triggers", [trigger])
        self.set("GET triggers/far-away", trigger)
        self.answers["GET /"] = (200, {})

    def run(self, name: str, *, result: Any = None) -> str:
        """An action ran and ended right now; its id."""
        now_ms = int(time.time() * 1000) + self.skew_ms
        activation_id = f"{next(self._numbers):032x}"
        self.records.append(
            {
                "activationId": activation_id,
                "namespace": "guest",
                "name": name,
                "version": "0.0.1",
                "start": now_ms,
                "end": now_ms + 1,
                "duration": 1,
                "annotations": [{"key": "path", "value": f"guest/{name}"}],
                "response": {"status": "success", "success": True, "statusCode": 0, "result": result or {}},
                "logs": [],
            }
        )
        return activation_id

    def troubled(self) -> Trouble:
        """How the next request is answered."""
        trouble = self.trouble or Trouble()
        if trouble.times is not None:
            self.trouble = replace(trouble, times=trouble.times - 1) if trouble.times > 1 else None
        return trouble

    @property
    def writes(self) -> list[str]:
        """All that was asked beside reads."""
        return [asked for asked in self.asked if not asked.startswith(("GET", "HEAD"))]

    def answer(self, method: str, target: str) -> Answer:
        address = urlsplit(target)
        request = f"{method} {address.path}"
        self.asked.append(request)
        if request in self.answers:
            found = self.answers[request]
            return found() if callable(found) else found
        activations = "GET /api/v1/namespaces/guest/activations"
        if request == activations:
            return self._list({name: values[-1] for name, values in parse_qs(address.query).items()})
        for record in self.records:
            if request == f"{activations}/{record['activationId']}":
                return 200, record
        return 404, {"error": "The requested resource does not exist.", "code": "c"}

    def _list(self, query: dict[str, str]) -> Answer:
        limit, skip = int(query.get("limit", 30)), int(query.get("skip", 0))
        if limit > self.page_size:
            return 400, {"error": f"limit {limit} is beyond {self.page_size}", "code": "c"}
        since, upto = int(query.get("since", 0)), int(query.get("upto", 10**15))
        matching = [one for one in self.records if since <= one["start"] <= upto]
        if query.get("count") == "true":
            return 200, {"activations": len(matching)}
        newest_first = sorted(matching, key=lambda one: (one["start"], one["activationId"]), reverse=True)
        return 200, newest_first[skip : skip + (limit or self.page_size)]

    # The socket

    def open(self, port: int = 0) -> None:
        """Listen; at a port of its own where none is named."""
        self._server = _Server(self, port)
        scheme = "http" if self.tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Nobody answers any more."""
        self.over.set()
        if self._server is not None:
            self._server.end()
        self._server = None
        self.over = threading.Event()

    def move(self) -> None:
        """Restart at another port."""
        before = self._server
        self.over.set()
        self.over = threading.Event()
        self.open()
        assert before is not None
        before.end()


class _Server(ThreadingHTTPServer):
    """One time of listening."""

    def __init__(self, platform: Platform, port: int) -> None:
        self.platform = platform
        super().__init__(("127.0.0.1", port), _Handler)
        if platform.tls is not None:
            self.socket = platform.tls.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def end(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        platform = self.server.platform
        self.rfile.read(int(self.headers.get("content-length") or 0))
        trouble = platform.troubled()
        if trouble.silent:
            platform.over.wait(60)
            return
        if trouble.delay_s:
            platform.over.wait(trouble.delay_s)
        status, body = platform.answer(self.command, self.path)
        if trouble.loses_writes and self.command != "GET":
            return
        if trouble.status is not None:
            status, body = trouble.status, {"error": "Not now.", "code": "c"}
        elif trouble.page:
            status, body = 200, PORTAL
        elif not self._knows_key(platform):
            status, body = 401, {"error": "The supplied authentication is invalid", "code": "c"}
        self._send(status, body, trouble)

    def _knows_key(self, platform: Platform) -> bool:
        if platform.key is None or self.path == "/":
            return True
        return self.headers.get("authorization") == "Basic " + base64.b64encode(platform.key.encode()).decode()

    def _send(self, status: int, body: Any, trouble: Trouble) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if trouble.page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        if trouble.retry_after_s is not None:
            self.send_header("Retry-After", str(trouble.retry_after_s))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if trouble.cut else content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(time.time() + self.server.platform.skew_ms / 1000, usegmt=True)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Platform]:
    platform = Platform()
    platform.open()
    try:
        yield platform
    finally:
        platform.close()
