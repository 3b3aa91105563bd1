"""What was seen is there again at the next start, with and without a connection, and is found by filters."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.stage import whisktop
from tests.history.given import failed, firing, of_action, run
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


async def test_without_a_link_rows_open_with_result_log_and_what_caused_them() -> None:
    endpoint = replace(NOBODY, auth=Secret("three:key"))
    path = history_path(endpoint)
    database = open_database(path)
    log = "2026-01-01T00:00:00.000000000Z stdout: printed long ago"
    activations.add(database, [firing(1, f"{2:032x}"), run(2, logs=[log]), *map(run, range(3, 9))])
    database.close()
    async with whisktop(endpoint) as stage:
        feed = stage.app.screen_stack[0].feed  # type: ignore[attr-defined]
        await stage.until(lambda: len(feed.source) == 8, "all rows")
        await stage.press("4", "G", "k")
        assert feed.selected_id == f"{2:032x}"

        await stage.press("l")
        await stage.until_said("printed long ago")
        await stage.press("escape", "r")
        await stage.until_said('"greeting"')
        await stage.press("U")
        await stage.until_said("Trace", "upload", "rule-0")
        await stage.press("escape", "escape", "U")
        await stage.until_said("Trace", "upload")
        await stage.press("escape", "g", "enter")
        await stage.until_said('"greeting"')
        await stage.press("U")
        await stage.until_said("what caused it is not known")
