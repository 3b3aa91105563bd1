"""What can be copied and saved of a run, a thing or an account, each form made when it is asked for."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from tui.entities.action import Action
from tui.entities.endpoint import Endpoint, Wskprops
from tui.entities.package import Package
from tui.entities.trigger import Trigger
from tui.errors import UserError
from tui.operations.calls import Call, Collection, call_forms
from tui.operations.definitions import Entity
from tui.operations.deletion import noun_of
from tui.operations.environment import variables_for
from tui.operations.exports import csv_bytes, json_bytes, log_bytes
from tui.operations.payloads import parse_payload

from ..render.json_table import find_table
from ..render.json_text import raw_lines

if TYPE_CHECKING:
    from tui.entities.json import Json, JsonObject
    from tui.operations import Operations

    from ..widgets.payload_history import PayloadHistory
    from .run import Run


class Copyable(Struct, frozen=True):
    """One form of a thing."""

    label: str
    make: Callable[[bool], str]
    """Given whether keys may stand in it in clear."""


class Savable(Struct, frozen=True):
    """One file that can be made of a thing."""

    label: str
    suffix: str
    make: Callable[[], bytes]
    stem: str = ""
    """How the file's name begins; empty: as whatever is looked at is called."""


def plain(label: str, text: str) -> Copyable:
    """A form without any key."""
    return Copyable(label, lambda _: text)


def printed(label: str, value: Json) -> Copyable:
    """JSON, indented; a text alone as it is."""
    return Copyable(label, lambda _: value if isinstance(value, str) else "\n".join(raw_lines(value)))


def copies_of_run(run: Run, operations: Operations, payloads: PayloadHistory) -> list[Copyable]:
    """Of a run, a firing, or a rule that refused."""
    copies: list[Copyable] = []
    if run.activation_id is not None:
        copies.append(plain("id", run.activation_id))
    if run.name:
        copies.append(plain("name", run.name))
    if run.error is not None:
        copies.append(plain("reason", run.error))
    response = None if run.activation is None else run.activation.response
    if response is not None:
        copies.append(printed("payload" if run.kind == "trigger" else "result", response.result))
        if (error := response.error_text) is not None:
            copies.append(plain("error", error))
    if run.logs and run.kind == "action":
        copies.append(Copyable("log", lambda _: _log_text(run.logs, bare=True)))
        copies.append(Copyable("log with times", lambda _: _log_text(run.logs, bare=False)))
    if run.record is not None:
        copies.append(printed("record", run.record))
    if run.activation_id is not None:
        read = Call(verb="get", collection="activations", name=run.activation_id)
        copies.append(plain("URL", read.url(operations.endpoint)))
        copies += calls_as_copies("read it", read, operations)
    if run.name:
        copies += calls_as_copies("do it again", _start_of(run, operations, payloads), operations)
    return copies


def copies_of_thing(thing: Entity, operations: Operations, payloads: PayloadHistory) -> list[Copyable]:
    """Of a row of a list."""
    endpoint = operations.endpoint
    collection = cast(Collection, f"{noun_of(thing)}s")
    full_name = f"{thing.namespace}/{thing.name}" if isinstance(thing, Package) else thing.full_name
    read = Call(verb="get", collection=collection, name=thing.name)
    copies = [
        plain("name", thing.name),
        plain("full name", f"/{full_name}"),
        plain("URL", read.url(endpoint)),
    ]
    if isinstance(thing, Action) and thing.is_web:
        copies.append(plain("web URL", operations.actions.web_url(thing)))
    if thing.received is not None:
        copies.append(printed("definition", thing.received))
    if not isinstance(thing, Action | Trigger):
        return [*copies, *calls_as_copies("read it", read, operations)]
    kind = "action" if isinstance(thing, Action) else "trigger"
    start = Call(
        verb="invoke" if kind == "action" else "fire",
        collection=collection,
        name=thing.name,
        payload=_last_payload(kind, thing.name, operations, payloads),
    )
    words = "invoke it" if kind == "action" else "fire it"
    return [*copies, *calls_as_copies(words, start, operations), *calls_as_copies("read it", read, operations)]


def files_of_thing(thing: Entity) -> list[Savable]:
    """Its record, as the platform gave it."""
    return [Savable("record", ".json", lambda: json_bytes(thing.received or {}))]


def copies_of_account(endpoint: Endpoint) -> list[Copyable]:
    """What other programs need to get there."""
    context = shlex.quote(endpoint.context)

    def shell(with_key: bool) -> str:
        if not with_key:
            return f'eval "$(whisktop env --context {context})"'
        names = variables_for(endpoint, deploy_token=None)
        return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in names.items())

    def wsk(with_key: bool) -> str:
        key = shlex.quote(endpoint.auth.reveal()) if with_key else '"$WHISK_AUTH"'
        return f"wsk property set --apihost {shlex.quote(endpoint.url)} --auth {key}"

    return [
        plain("name", endpoint.context),
        plain("URL", endpoint.url),
        plain("namespace", endpoint.namespace),
        Copyable("shell: its variables", shell),
        Copyable("wsk: use it from now on", wsk),
    ]


def files_of_account(endpoint: Endpoint) -> list[Savable]:
    """With its key: the file is readable by its owner alone."""
    text = Wskprops.render(apihost=endpoint.url, auth=endpoint.auth, namespace=endpoint.namespace)
    return [Savable("for wsk, with its key", ".wskprops", text.encode)]


def calls_as_copies(words: str, call: Call, operations: Operations) -> list[Copyable]:
    """The same request in every language."""

    def form(number: int, with_key: bool) -> str:
        return call_forms(call, operations.endpoint, with_key=with_key)[number].text

    languages = [each.language for each in call_forms(call, operations.endpoint)]
    return [
        Copyable(f"{language}: {words}", lambda with_key, number=number: form(number, with_key))  # type: ignore[misc]
        for number, language in enumerate(languages)
    ]


def files_of_run(run: Run, tab: str) -> list[Savable]:
    """Of a run or firing; what `tab` shows comes first."""
    result: list[Savable] = []
    response = None if run.activation is None else run.activation.response
    if response is not None:
        result = files_of_value("payload" if run.kind == "trigger" else "result", response.result)
    logs: list[Savable] = []
    if run.logs:
        logs = [
            Savable("log with times", ".log", lambda: log_bytes(run.logs)),
            Savable("log, text only", ".txt", lambda: log_bytes(run.logs, bare=True)),
        ]
    record = [] if run.record is None else [Savable("record", ".json", lambda: json_bytes(run.record))]
    by_tab = {"result": result, "logs": logs, "record": record}
    return [*by_tab.get(tab, []), *(file for name, files in by_tab.items() if name != tab for file in files)]


def files_of_value(label: str, value: Json) -> list[Savable]:
    """JSON, and a table where there is one in it."""
    files = [Savable(label, ".json", lambda: json_bytes(value))]
    if (table := find_table(value)) is not None:
        files.append(Savable(f"{table.name or label} as a table", ".csv", lambda: csv_bytes(table.items)))
    return files


def files_of_list(label: str, records: Sequence[JsonObject], *, stem: str) -> list[Savable]:
    """A list as it is shown: whole records, or the same as a table."""
    rows = list(records)
    return [
        Savable(label, ".json", lambda: json_bytes(rows), stem),
        Savable(f"{label} as a table", ".csv", lambda: csv_bytes(rows), stem),
    ]


def _start_of(run: Run, operations: Operations, payloads: PayloadHistory) -> Call:
    if run.kind == "trigger":
        response = None if run.activation is None else run.activation.response
        payload = response.result if response is not None and isinstance(response.result, dict) else {}
        return Call(verb="fire", collection="triggers", name=run.name, payload=payload)
    sent = payloads.of(operations.endpoint, "action", run.name)
    own = next((entry.text for entry in sent if entry.activation_id == run.activation_id), "{}")
    return Call(verb="invoke", collection="actions", name=run.name, payload=_parsed(own))


def _last_payload(kind: str, name: str, operations: Operations, payloads: PayloadHistory) -> JsonObject:
    last = payloads.last(operations.endpoint, kind, name)
    return {} if last is None else _parsed(last.text)


def _parsed(text: str) -> JsonObject:
    try:
        return parse_payload(text)
    except UserError:  # it names a file that is gone
        return {}


def _log_text(lines: Sequence[str], *, bare: bool) -> str:
    return log_bytes(lines, bare=bare).decode("utf-8", "surrogatepass").removesuffix("\n")


def file_stem(name: str) -> str:
    """A file's name that begins with `name`, with nothing in it that a path or a shell could trip over."""
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name)
    return safe.strip(".-")[:60] or "whisktop"


def json_text(value: Json) -> str:
    """Compact, for a value under the cursor."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
