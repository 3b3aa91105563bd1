"""A fire or invoke whose answer got lost: sent once, then looked for among the records."""

import httpx
import pytest

from tests.client.platform import client_of, failure
from tui.client import Client
from tui.client.errors import FateUnknown
from tui.operations import fate
from tui.operations.actions import ActionOperations
from tui.operations.platform import load_platform
from tui.operations.triggers import TriggerOperations

ID = "5f4fa69d910f4c738fa69d910f9c73af"


class LosingAnswers:
    """Takes every write and answers none; what it lists is the test's."""

    def __init__(self, *results: dict[str, object], looks_before: int = 1) -> None:
        self.results = results
        self.writes = 0
        self._looks_before = looks_before

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.writes += 1
            raise httpx.ReadError("reset")
        if request.url.path.endswith("/running"):
            return failure(404, "no such thing")
        self._looks_before -= 1
        listed = self.results if self._looks_before < 0 else ()
        return httpx.Response(200, json=[_record(number, result) for number, result in enumerate(listed)])


def _record(number: int, result: dict[str, object]) -> dict[str, object]:
    return {
        "activationId": f"{ID[:-1]}{number}",
        "namespace": "guest",
        "name": "upload",
        "version": "0.0.1",
        "start": 1,
        "response": {"status": "success", "success": True, "result": result},
        "logs": [],
        **({"cause": result["caused_by"]} if "caused_by" in result else {}),
    }


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fate, "_EVERY_S", 0.01)
    monkeypatch.setattr(fate, "LOOK_FOR_S", 0.2)


async def fire(client: Client, said: list[str]) -> str | None:
    fired = await TriggerOperations(client).fire("upload", {"file": "a.png"}, said=said.append)
    return None if fired is None else fired.activation_id


async def test_a_fire_that_was_accepted_all_the_same_is_found_and_not_sent_again() -> None:
    said: list[str] = []
    platform = LosingAnswers({"file": "b.png"}, {"file": "a.png", "more": 1})
    async with client_of(platform) as client:
        assert await fire(client, said) == f"{ID[:-1]}1"

    assert platform.writes == 1
    assert said == ["unknown whether that was accepted: checking"]


@pytest.mark.parametrize(
    ("results", "words"),
    [((), "no run of upload showed up"), (({"file": "a.png"}, {"file": "a.png"}), "2 runs of upload began then")],
)
async def test_what_cannot_be_told_is_said_to_be_unknown(results: tuple[dict[str, object], ...], words: str) -> None:
    platform = LosingAnswers(*results)
    async with client_of(platform) as client:
        with pytest.raises(FateUnknown, match=words):
            await fire(client, [])

    assert platform.writes == 1


async def test_the_only_run_that_it_could_be_is_called_a_guess() -> None:
    said: list[str] = []
    platform = LosingAnswers({}, {"caused_by": "a rule's trigger"})
    async with client_of(platform) as client:
        actions = ActionOperations(client, await load_platform(client))
        invoked = await actions.invoke("upload", {"file": "a.png"}, said=said.append)

    assert (invoked.activation_id, invoked.is_guess) == (f"{ID[:-1]}0", True)
    assert said[-1] == f"{ID[:-1]}0 is the only run of upload that began then: perhaps this one"
    assert platform.writes == 1
