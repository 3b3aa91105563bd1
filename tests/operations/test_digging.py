"""Further back than a feed reaches: page by page to the first record, whatever a platform's pages are like."""

from contextlib import aclosing

import pytest

from tests.operations.simulated import OPENED_MS, Run, SimulatedPlatform, client_of
from tui.operations.digging import Dug, dig_back

SAME_MS = [Run(number, -50_000, 10) for number in range(1, 121)]
BEFORE = [*SAME_MS, *(Run(number, -number * 100, 40) for number in range(200, 400))]
UPTO = -25_000


@pytest.mark.parametrize("documents", ["given", "ignored", "refused"])
@pytest.mark.parametrize("page", [30, 200])
async def test_every_older_record_is_given_out_whole_and_how_far_that_reaches(documents: str, page: int) -> None:
    platform = SimulatedPlatform(BEFORE, page=page, documents=documents)
    dug: list[Dug] = []
    async with client_of(platform) as client, aclosing(dig_back(client, upto_ms=OPENED_MS + UPTO)) as pages:
        async for one in pages:
            dug.append(one)

    wanted = {run.activation_id for run in BEFORE if run.start <= UPTO}
    records = [record for one in dug for record in one.records]
    assert {record.activation_id for record in records} == wanted
    assert all(record.response is not None for record in records)
    assert [one.is_end for one in dug] == [*[False] * (len(dug) - 1), True]
    given: set[str] = set()
    for one in dug:
        given |= {record.activation_id for record in one.records}
        reached = {run.activation_id for run in BEFORE if one.since_ms - OPENED_MS <= run.start <= UPTO}
        assert reached <= given
