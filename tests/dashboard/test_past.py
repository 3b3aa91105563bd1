"""What was seen is there again at the next start, with and without a connection, and is found by filters."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.stage import whisktop
from tests.history.given import failed, of_action, run
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database

NOBODY = Endpoint(context="away", url="http://127.0.0.1:9", auth=Secret("user:key"), namespace="guest")


def seen(endpoint: Endpoint) -> Path:
    """The history of an account with a thousand runs, the newest of which failed."""
    path = history_path(endpoint)
    database = open_database(path)
    activations.add(database, [*map(run, range(1, 1000)), failed(1000), of_action("other", 500_000)])
    database.close()
    return path


async def test_without_a_link_everything_that_was_seen_is_shown_and_filtered() -> None:
    endpoint = replace(NOBODY, auth=Secret("one:key"))
    seen(endpoint)
    async with whisktop(endpoint) as stage:
        feed = stage.app.screen_stack[0].feed  # type: ignore[attr-defined]
        await stage.until(lambda: len(feed.source) == 1001, "all rows")
        assert "other" in stage.text
        assert "app error" in stage.text

        await stage.press("4", "exclamation_mark")
        await stage.until(lambda: len(feed.source) == 1, "the failure alone")
        await stage.press("exclamation_mark", "G")
        await stage.until(lambda: feed.selected_id == f"{1:032x}", "the oldest row under the cursor")


@pytest.mark.parametrize("content", [b"no database at all" * 1000])
async def test_a_history_that_cannot_be_read_is_said_and_stops_nothing(content: bytes) -> None:
    endpoint = replace(NOBODY, auth=Secret("two:key"))
    seen(endpoint).write_bytes(content)
    async with whisktop(endpoint) as stage:
        await stage.until_said("file is not a database")
        assert stage.app.screen_stack[0].keeper is None  # type: ignore[attr-defined]
        assert stage.app.is_running
