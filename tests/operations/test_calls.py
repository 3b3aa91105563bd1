"""A call in other programs' words: it means the same there, whatever the payload holds, and hides the key."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.entities.endpoint import Endpoint, Secret
from tui.operations.calls import Call, Collection, call_forms

ECHO = "def main(args):\n    return {'got': args}\n"
PAYLOAD = {
    "it's": 'a "quoted" $HOME `id` \\ text\nin two lines',
    "five": "5",
    "number": -5,
    "deep": {"list": [1, None, True, "☃ \u2028 \u202e 🎉"]},
    "@file": "--not an option",
}
KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:a-secret-that-nobody-may-see"
ENDPOINT = Endpoint(context="test", url="https://example.com", auth=Secret(KEY), namespace="our space")


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def written(world: World, name: str, language: str) -> str:
    """The call that invokes a new action `name` with the hardest payload there is."""
    await world.action(name, ECHO)
    call = Call(verb="invoke", collection="actions", name=name, payload=PAYLOAD)
    forms = call_forms(call, world.operations.endpoint)
    return next(form.text for form in forms if form.language == language)


def printed_by(command: list[str], **variables: str) -> str:
    """What a copied call prints."""
    environment = {"PATH": os.environ["PATH"]} | variables
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answer_of(command: list[str], runtime: RunningRuntime) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(printed_by(command, WHISK_AUTH=runtime.auth))
    return answer


def run(command: list[str], runtime: RunningRuntime) -> str:
    return str(answer_of(command, runtime)["activationId"])


async def assert_got_payload(world: World, activation_id: str) -> None:
    record = await world.operations.activations.wait(activation_id, timeout_s=30)
    assert record.response is not None
    assert record.response.result == {"got": PAYLOAD}


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
async def test_curl_sends_the_payload_as_it_is(world: World, runtime: RunningRuntime) -> None:
    text = await written(world, "called-by-curl", "curl")

    await assert_got_payload(world, run(["sh", "-c", text], runtime))


async def test_python_sends_the_payload_as_it_is(world: World, runtime: RunningRuntime) -> None:
    text = await written(world, "called-by-python", "Python")

    await assert_got_payload(world, run([sys.executable, "-c", text], runtime))


async def test_a_read_by_python_prints_the_record(world: World, runtime: RunningRuntime) -> None:
    await world.action("read-by-python", ECHO)
    record = await world.ran("read-by-python")
    call = Call(verb="get", collection="activations", name=record.activation_id)
    text = next(form.text for form in call_forms(call, world.operations.endpoint) if form.language == "Python")

    assert run([sys.executable, "-c", text], runtime) == record.activation_id


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
async def test_every_sort_of_thing_is_read_by_curl(world: World, runtime: RunningRuntime) -> None:
    await world.chain("read-by-curl")
    await world.operations.packages.create("read-by-curl-package")
    things: dict[Collection, str] = {
        "actions": "read-by-curl-worker",
        "triggers": "read-by-curl",
        "rules": "read-by-curl-rule",
        "packages": "read-by-curl-package",
    }

    for collection, name in things.items():
        call = Call(verb="get", collection=collection, name=name)
        text = next(form.text for form in call_forms(call, world.operations.endpoint) if form.language == "curl")
        assert answer_of(["sh", "-c", text], runtime)["name"] == name


@pytest.mark.skipif(shutil.which("wsk") is None, reason="put wsk (OpenWhisk's command line) on PATH to run this")
async def test_wsk_sends_the_payload_as_it_is(world: World, runtime: RunningRuntime, tmp_path: Path) -> None:
    text = await written(world, "called-by-wsk", "wsk")

    said = printed_by(["bash", "-c", text], HOME=str(tmp_path), WSK_CONFIG_FILE=str(runtime.wskprops))

    (activation_id,) = re.findall(r"[0-9a-f]{32}", said)
    await assert_got_payload(world, activation_id)


@pytest.mark.parametrize("verb", ["invoke", "fire", "get"])
def test_the_key_stands_in_a_call_only_where_that_was_asked_for(verb: str) -> None:
    collection = "triggers" if verb == "fire" else "actions"
    call = Call(verb=verb, collection=collection, name="pkg/it", payload={"a": 1})  # type: ignore[arg-type]

    hidden, shown = call_forms(call, ENDPOINT), call_forms(call, ENDPOINT, with_key=True)

    assert [form.language for form in hidden] == ["curl", "wsk", "aio", "JavaScript", "Python"]
    for form in hidden:
        assert KEY.split(":")[1] not in form.text
    for form in shown:
        assert KEY.split(":")[1] in form.text


def test_wsk_and_aio_take_plain_parameters_as_words_and_all_else_as_a_file() -> None:
    plain = Call(verb="fire", collection="triggers", name="upload", payload={"name": "Jane Doe", "yes": True})
    deep = replace(plain, payload={"name": "Jane Doe", "five": "5"})

    wsk, aio = ({form.language: form.text for form in call_forms(plain, ENDPOINT)}[name] for name in ("wsk", "aio"))
    by_file = {form.language: form.text for form in call_forms(deep, ENDPOINT)}["wsk"]

    options = "--param name 'Jane Doe' --param yes true"
    assert wsk == f"wsk trigger fire '/our space/upload' {options}"
    assert aio == f"aio rt trigger fire '/our space/upload' {options}"
    assert by_file.splitlines()[1:] == ['{"name": "Jane Doe", "five": "5"}', "END"]


def test_what_a_terminal_might_obey_is_escaped_in_a_call() -> None:
    call = Call(verb="fire", collection="triggers", name="upload", payload={"evil": "\x1b]52;c;QQ==\x07\x9b\u202e"})

    for form in call_forms(call, ENDPOINT):
        assert all(sign.isprintable() or sign == "\n" for sign in form.text)
