"""Logs whose lines are JSON: folded to what matters, unfolded by key, narrowed by their fields."""

import json

import pytest

from tests.dashboard.stage import bench, has_control_characters
from tui.dashboard.render.log_json import LineFilter
from tui.dashboard.widgets.log_view import LogView

CHECKPOINT = {"level": "info", "msg": "checkpoint \x1b[2J", "page": 5, "user": {"id": "u1"}, "time": "2024"}


def line(text: str, stream: str = "stdout") -> str:
    return f"2024-07-02T10:03:00.111222333Z {stream}: {text}"


LINES = [
    line("start"),
    line(json.dumps(CHECKPOINT)),
    line(json.dumps({"level": 50, "message": "no luck", "page": 6}), "stderr"),
    line('{"broken": '),
    line("error: the end", "stderr"),
]


async def test_a_line_of_json_is_folded_to_level_message_and_fields() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log(LINES, running=False)
        view.focus()

        assert stage.row("▸ info checkpoint").endswith('page=5 user={"id": "u1"}')
        assert "▸ error no luck  page=6" in stage.text
        assert '{"broken":' in stage.text
        assert not has_control_characters(stage.text)

        await stage.press("j", "space")
        assert '"msg": "checkpoint' in stage.text
        assert "▸ error no luck" in stage.text
        await stage.press("w")
        assert '"msg": "checkpoint' in stage.text
        await stage.press("space")
        assert "▸ info checkpoint" in stage.text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("error", [4]),
        ("level=info", [1]),
        ("level!=info", [2]),
        ("page>5", [2]),
        ("page>=5", [1, 2]),
        ("user.id=u1", [1]),
        ("stderr", [2, 4]),
        ("stderr !luck", [4]),
        ("page>word", []),
    ],
)
def test_lines_are_narrowed_by_word_stream_and_field(text: str, kept: list[int]) -> None:
    assert LineFilter.parse(text).kept(LINES) == kept


async def test_a_narrowed_log_goes_on_growing_and_is_searched_where_it_shows() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log(LINES, running=True)
        view.focus()

        assert await view.narrow("stderr") == "2 lines of 5"
        await stage.pilot.pause()
        assert "start" not in stage.text
        view.append_lines([line("more"), line("worse", "stderr")])
        await stage.pilot.pause()
        assert "worse" in stage.text
        assert "more" not in stage.text
        assert (await view.search("r")).total == 4  # none of those that are hidden
        await view.narrow("")
        await stage.pilot.pause()
        assert "start" in stage.text
        assert "more" in stage.text


async def test_narrowed_and_wrapped_rows_are_found_again() -> None:
    view = LogView()
    async with bench(view, size=(60, 20)) as stage:
        view.show_log([line(f"{'long ' * 30}{number % 2}") for number in range(50)], running=False)
        view.focus()
        await stage.press("w")
        await view.narrow("long")

        for index in (0, 7, len(view.rows) - 1):
            assert view.rows.index_of(view.rows.id_at(index)) == index
