"""The same request in the words of other programs: `curl`, `wsk`, `aio`, the npm client `openwhisk`, Python's httpx.

A key is named by the variable that `whisktop env` sets, or left to the file that the program reads; it stands in the
text only where the user asked for that. Payloads are quoted so that neither shell nor language reads anything in them.
"""

import json
import shlex
from collections.abc import Callable
from pprint import pformat
from typing import Final, Literal

from msgspec import Struct

from tui.client.paths import collection_path, entity_path
from tui.entities.endpoint import Endpoint
from tui.entities.json import Json, JsonObject

Verb = Literal["invoke", "fire", "get"]
Collection = Literal["actions", "triggers", "rules", "packages", "activations"]

_AUTH: Final = "WHISK_AUTH"
_WIDTH: Final = 100


class Call(Struct, frozen=True, kw_only=True):
    """One request, as the dashboard makes it."""

    verb: Verb
    collection: Collection
    name: str
    """`name` or `package/name`; the id of an activation."""
    payload: JsonObject | None = None
    """Of `invoke` and `fire`."""

    def path(self, namespace: str) -> str:
        """Below the address of the platform, escaped."""
        if self.collection == "activations":
            return collection_path(namespace, self.collection, self.name)
        return entity_path(namespace, self.collection, self.name)

    def url(self, endpoint: Endpoint) -> str:
        return endpoint.url + self.path(endpoint.namespace)


class CallForm(Struct, frozen=True):
    """One way to write a call."""

    language: str
    """`curl`, `wsk`, `aio`, `JavaScript`, `Python`."""
    text: str


def call_forms(call: Call, endpoint: Endpoint, *, with_key: bool = False) -> tuple[CallForm, ...]:
    """The call in every language that there is.

    Args:
        with_key: Write the key in clear. Otherwise it is named: `$WHISK_AUTH`, or the file that the program reads.
    """
    writers: tuple[tuple[str, Callable[[Call, Endpoint, bool], str]], ...] = (
        ("curl", _curl),
        ("wsk", _wsk),
        ("aio", _aio),
        ("JavaScript", _javascript),
        ("Python", _python),
    )
    return tuple(CallForm(language, write(call, endpoint, with_key)) for language, write in writers)


# Shell


def _curl(call: Call, endpoint: Endpoint, with_key: bool) -> str:
    words = ["curl", "-sS"]
    if endpoint.insecure:
        words.append("-k")
    user = shlex.quote(endpoint.auth.reveal()) if with_key else f'"${_AUTH}"'
    words += ["-u", user]
    if call.verb == "get":
        return " ".join([*words, shlex.quote(call.url(endpoint))])
    words += ["-X POST", shlex.quote(call.url(endpoint))]
    return f"{' '.join(words)} \\\n  -H 'Content-Type: application/json' -d {shlex.quote(_compact(call.payload or {}))}"


def _wsk(call: Call, endpoint: Endpoint, with_key: bool) -> str:
    words = ["wsk", *(["-i"] if endpoint.insecure else [])]
    if with_key:
        words += ["--apihost", shlex.quote(endpoint.url), "--auth", shlex.quote(endpoint.auth.reveal())]
    return _command([*words, *_subcommand(call, endpoint)], call)


def _aio(call: Call, endpoint: Endpoint, with_key: bool) -> str:
    words = ["aio", "rt", *_subcommand(call, endpoint)]
    if endpoint.insecure:
        words.append("-i")
    if with_key:
        words += ["--apihost", shlex.quote(endpoint.url), "--auth", shlex.quote(endpoint.auth.reveal())]
    return _command(words, call)


def _subcommand(call: Call, endpoint: Endpoint) -> list[str]:
    noun = call.collection.removesuffix("s")
    name = call.name if call.collection == "activations" else f"/{endpoint.namespace}/{call.name}"
    return [noun, call.verb, shlex.quote(name)]


def _command(words: list[str], call: Call) -> str:
    """With the payload as parameters where they are plain, else as a file that stands below the command."""
    if not call.payload:
        return " ".join(words)
    if not all(map(_is_plain, call.payload.items())):
        return f"{' '.join(words)} --param-file /dev/stdin <<'END'\n{_compact(call.payload)}\nEND"
    for key, value in call.payload.items():
        words += ["--param", shlex.quote(key), shlex.quote(_parameter(value))]
    return " ".join(words)


def _is_plain(member: tuple[str, Json]) -> bool:
    """Whether `--param KEY VALUE` carries it.

    `wsk` reads a value as JSON where it is any, `aio` only what looks like an object, an array or a truth value; and
    what begins with a dash is an option to it. The rest has to go through a file.
    """
    key, value = member
    if not key or not key.isprintable() or key.startswith("-"):
        return False
    if isinstance(value, bool):
        return True
    if not isinstance(value, str) or not value or not value.isprintable() or value[0] in "-@{[":
        return False
    try:
        json.loads(value)
    except ValueError:
        return True
    return False


def _parameter(value: Json) -> str:
    return value if isinstance(value, str) else _compact(value)


# Languages


def _javascript(call: Call, endpoint: Endpoint, with_key: bool) -> str:
    key = _compact(endpoint.auth.reveal()) if with_key else f"process.env.{_AUTH}"
    options = [f"apihost: {_compact(endpoint.url)}", f"api_key: {key}", f"namespace: {_compact(endpoint.namespace)}"]
    if endpoint.insecure:
        options.append("ignore_certs: true")
    method = "get" if call.verb == "get" else "invoke"
    arguments = f"name: {_compact(call.name)}"
    if call.verb != "get":
        arguments += f", params: {_compact(call.payload or {})}"
    return (
        f'const openwhisk = require("openwhisk");\n\n'
        f"const ow = openwhisk({{ {', '.join(options)} }});\n"
        f"ow.{call.collection}.{method}({{ {arguments} }}).then(\n"
        f"  (answer) => console.log(JSON.stringify(answer)),\n"
        f"  (error) => {{ console.error(error.message); process.exitCode = 1; }},\n"
        f");"
    )


def _python(call: Call, endpoint: Endpoint, with_key: bool) -> str:
    user, _, password = endpoint.auth.reveal().partition(":")
    auth = repr((user, password)) if with_key else f'tuple(os.environ["{_AUTH}"].split(":", 1))'
    arguments = [_literal(call.url(endpoint)), f"auth={auth}"]
    if call.verb != "get":
        arguments.append(f"json={_literal(call.payload or {})}")
    if endpoint.insecure:
        arguments.append("verify=False")
    imports = "import httpx\n" if with_key else "import os\n\nimport httpx\n"
    lines = "".join(f"    {argument},\n" for argument in arguments)
    method = "get" if call.verb == "get" else "post"
    return f"{imports}\nanswer = httpx.{method}(\n{lines})\nanswer.raise_for_status()\nprint(answer.text)"


def _literal(value: Json) -> str:
    text = f'"{value}"' if isinstance(value, str) and _compact(value) == f'"{value}"' else None
    return text or pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n    ")


def _compact(value: Json) -> str:
    """JSON on one line; escaped where a terminal or an editor might not keep what it is given."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)
