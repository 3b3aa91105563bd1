"""Searches of one history that come one upon another."""

import asyncio
import threading
from pathlib import Path

import pytest

from tui.history import Database
from tui.history.keeper import open_history

_ENDLESS = "with recursive up(n) as (select 1 union all select n + 1 from up) select count(*) from up"


async def test_whoever_gives_up_while_waiting_leaves_the_search_before_alone(path: Path) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def patient(database: Database) -> tuple[int, bool]:
        begun.set()
        assert may_go_on.wait(30)
        found = database.connection.execute("select count(*) from (values (1), (2))").fetchone()[0]
        return found, database.is_cancelled

    async with open_history(path) as history:
        first = asyncio.create_task(history.search(patient))
        await asyncio.to_thread(begun.wait, 30)
        second = asyncio.create_task(history.search(lambda _: 1))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        may_go_on.set()
        assert await first == (2, False)


async def test_whoever_gives_up_a_search_ends_it(path: Path) -> None:
    begun = threading.Event()

    def endless(database: Database) -> None:
        begun.set()
        database.connection.execute(_ENDLESS).fetchone()

    async with open_history(path) as history:
        search = asyncio.create_task(history.search(endless))
        await asyncio.to_thread(begun.wait, 30)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert await history.search(lambda _: "next") == "next"
