"""Several requests at once: all waited for, few at a time, errors as themselves."""

import asyncio

import pytest

from tui.client.errors import Unreachable
from tui.operations.together import map_together


async def test_answers_come_in_the_order_of_the_questions() -> None:
    async def answer(number: int) -> int:
        await asyncio.sleep(0.001 * (10 - number))
        return number * number

    assert await map_together(answer, range(10)) == [number * number for number in range(10)]


async def test_no_more_than_allowed_are_asked_at_once() -> None:
    asking = most = 0

    async def ask(_: int) -> None:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        await asyncio.sleep(0.001)
        asking -= 1

    await map_together(ask, range(40), at_once=3)

    assert most == 3


async def test_the_first_error_ends_the_others_and_comes_without_a_group() -> None:
    ended: list[str] = []

    async def ask(name: str) -> None:
        try:
            if name == "bad":
                raise Unreachable("nobody there")
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    with pytest.raises(Unreachable, match="nobody there"):
        await map_together(ask, ["one", "bad", "two"])

    assert sorted(ended) == ["bad", "one", "two"]
