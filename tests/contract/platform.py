"""A platform under test, and the words that the tests use to speak with it."""

import base64
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

PYTHON = "python:default"
NODE = "nodejs:default"
ECHO = "def main(args):\n    return args\n"
RECORD_WITHIN_S = 30

_numbers = itertools.count(1)


@dataclass
class Platform:
    """One namespace on one platform."""

    url: str
    auth: str
    namespace: str
    http: httpx.Client
    made: list[str] = field(default_factory=list)

    def name(self, stem: str) -> str:
        """A name that no other test uses."""
        return f"{stem}-{time.time_ns():x}-{next(_numbers)}"

    def call(self, method: str, path: str, *, signed: bool = True, **options: Any) -> httpx.Response:
        """Any path of the server."""
        headers = dict(options.pop("headers", None) or {})
        if signed:
            headers.setdefault("Authorization", "Basic " + base64.b64encode(self.auth.encode()).decode())
        return self.http.request(method, self.url + path, headers=headers, **options)

    def rest(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """A path below the own namespace; `body` is sent as JSON."""
        if body is not None:
            options["content"] = json.dumps(body)
            options["headers"] = {"Content-Type": "application/json"} | dict(options.get("headers") or {})
        return self.call(method, f"/api/v1/namespaces/_/{path}", **options)

    def web(self, method: str, path: str, *, signed: bool = False, **options: Any) -> httpx.Response:
        """A web action of the own namespace: `default/name.json`."""
        return self.call(method, f"/api/v1/web/{quote(self.namespace)}/{path}", signed=signed, **options)

    def given(self, path: str, body: Any) -> dict[str, Any]:
        """An entity that exists; it goes with the session."""
        answer = self.rest("PUT", f"{path}?overwrite=true", body)
        assert answer.status_code == 200, answer.text
        self.made.append(path)
        return dict(answer.json())

    def given_action(self, stem: str, code: str = ECHO, *, kind: str = PYTHON, **body: Any) -> str:
        """The name of a new action."""
        name = self.name(stem)
        self.given(f"actions/{name}", {"exec": {"kind": kind, "code": code}, **body})
        return name

    def given_web_action(self, code: str, annotations: dict[str, Any] | None = None, **body: Any) -> str:
        members = {"web-export": True} | (annotations or {})
        listed = [{"key": key, "value": value} for key, value in members.items()]
        return self.given_action("web", code, annotations=listed, **body)

    def given_trigger(self, **body: Any) -> str:
        name = self.name("trigger")
        self.given(f"triggers/{name}", body)
        return name

    def given_rule(self, trigger: str, action: str) -> str:
        name = self.name("rule")
        self.given(f"rules/{name}", {"trigger": f"/_/{trigger}", "action": f"/_/{action}"})
        return name

    def invoke(self, action: str, payload: Any = None, **query: Any) -> httpx.Response:
        """Blocking, unless the query says otherwise."""
        params = {"blocking": "true"} | query
        return self.rest("POST", f"actions/{action}", {} if payload is None else payload, params=params)

    def record(self, activation_id: str) -> dict[str, Any]:
        """Waits for it: a run that goes on has none."""
        end = time.monotonic() + RECORD_WITHIN_S
        while True:
            answer = self.rest("GET", f"activations/{activation_id}")
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code == 404, answer.text
            assert time.monotonic() < end, f"no record of {activation_id} within {RECORD_WITHIN_S} s"
            time.sleep(0.05)


def annotations_of(entity: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in entity["annotations"]}


def error_of(answer: httpx.Response) -> str:
    """The text of a server's own error, after checking its shape."""
    body = answer.json()
    assert set(body) == {"error", "code"}, body
    assert body["code"] == answer.headers["x-request-id"]
    return str(body["error"])
