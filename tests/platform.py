"""A stand-in for a remote platform, for answers that no well-behaved runtime gives."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]


class Platform:
    """Answers by method and path (without query); what is not set up is 404."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer] = {"GET /api/v1/namespaces": (200, ["guest"])}
        self.asked: list[str] = []

    def set(self, request: str, answer: Any, status: int = 200) -> None:
        """`GET actions/hello` and the like, below the namespace; `raw` text is sent as it is."""
        method, _, path = request.partition(" ")
        self.answers[f"{method} /api/v1/namespaces/guest/{path}"] = (status, answer)

    def answer(self, method: str, path: str) -> Answer:
        request = f"{method} {path.partition('?')[0]}"
        self.asked.append(request)
        return self.answers.get(request, (404, {"error": "The requested resource does not exist.", "code": "c"}))


@contextmanager
def serving() -> Iterator[Platform]:
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            status, body = platform.answer(self.command, self.path)
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
