"""The views of results and logs by themselves: folding, searching, following, at any size."""

import time

from tests.dashboard.stage import bench, has_control_characters
from tui.dashboard.widgets.json_view import JsonView
from tui.dashboard.widgets.log_view import LogView

RESULT = {
    "status": "done",
    "items": [{"id": f"eu-{index:04}", "score": index, "tags": ["a", "b"]} for index in range(300)],
    "evil": "\x1b[2J\x9b\u202e",
}
OPENS_WITHIN_S = 3.0
"""A generous bound that only a widget which lays out everything misses."""


def lines(count: int, said: str = "page {}") -> list[str]:
    return [f"2024-07-02T10:03:00.{index % 1000:03}Z       stdout: " + said.format(index) for index in range(count)]


async def test_a_result_folds_and_opens_by_key() -> None:
    view = JsonView()
    async with bench(view) as stage:
        view.show_value(RESULT)
        view.focus()

        await stage.press("j", "j", "space")
        assert stage.row('"items"').endswith("[ 300 items ]")
        await stage.press("space")
        assert "{ id, score, tags }" in stage.text
        await stage.press("underscore")
        assert "{ id, score, tags }" not in stage.text
        await stage.press("plus")
        assert '"id": "eu-0000"' in stage.text


async def test_a_result_is_seen_as_tree_as_text_and_as_table() -> None:
    view = JsonView()
    async with bench(view) as stage:
        view.show_value(RESULT)
        view.focus()

        await stage.press("V")
        await stage.until_said('"score": 0,')
        await stage.press("V")
        await stage.until(lambda: stage.row("id", "score", "tags") != "", "the heads")
        assert stage.row("eu-0003").split()[:3] == ["4", "eu-0003", "3"]
        await stage.press("V")
        await stage.until_said("{ id, score, tags }")


async def test_a_search_finds_what_is_folded_and_counts() -> None:
    view = JsonView()
    async with bench(view) as stage:
        view.show_value(RESULT)

        found = await view.search("EU-029")
        assert (found.total, found.at) == (10, 1)
        await stage.until_said('"id": "eu-0290"')
        for _ in range(9):
            last = view.step(1)
        assert last is not None
        assert last.at == 10
        await stage.until_said('"id": "eu-0299"')
        assert view.step(1) is not None
        await stage.until_said('"id": "eu-0290"')
        assert (await view.search("not there")).sentence() == "no match"


async def test_the_path_of_the_value_under_the_cursor_is_told() -> None:
    view = JsonView()
    async with bench(view):
        view.show_value({"a": [1, {"b": None}]})
        view.focus()
        view.move_to_index(4)

        assert "".join(span.text for span in view.place()) == "a[1].b   null"


async def test_hostile_results_reach_no_terminal() -> None:
    view = JsonView()
    async with bench(view) as stage:
        view.show_value({"\x1b]0;x\x07": RESULT["evil"], "list": [{"\x9b": "\x9b2J"}]})
        view.focus()

        for _ in range(3):
            assert not has_control_characters(stage.text)
            await stage.press("V")


async def test_a_result_of_a_megabyte_opens_at_once() -> None:
    value = {"items": [{"id": f"eu-{index}", "tags": ["a", "b"]} for index in range(20_000)]}
    view = JsonView()
    async with bench(view) as stage:
        began = time.monotonic()
        view.show_value(value)
        await stage.until_said('"items"')
        assert time.monotonic() - began < OPENS_WITHIN_S

        view.focus()
        await stage.press("G")
        assert stage.row("140,004") != ""


async def test_a_log_of_ten_megabytes_opens_and_wraps_at_once() -> None:
    view = LogView()
    async with bench(view) as stage:
        began = time.monotonic()
        view.show_log(lines(150_000, "fetched page {} and a few words more"), running=True)
        await stage.until_said("fetched page 149999")
        view.focus()
        await stage.press("w", "w")
        assert time.monotonic() - began < OPENS_WITHIN_S * 2


async def test_a_running_log_follows_until_the_reader_scrolls_up() -> None:
    view = LogView()
    async with bench(view, size=(80, 10)) as stage:
        view.show_log(lines(50), running=True)
        view.focus()
        await stage.until_said("page 49", "waiting for the next line")
        view.append_lines(lines(1, "one more"))
        await stage.until_said("one more")

        await stage.press("g")
        view.append_lines(lines(1, "unseen"))
        await stage.pilot.pause()
        assert "unseen" not in stage.text
        assert not view.following

        await stage.press("s")
        await stage.until_said("unseen")
        assert view.following


async def test_the_end_of_a_run_keeps_the_readers_place() -> None:
    view = LogView()
    async with bench(view, size=(80, 10)) as stage:
        view.show_log(lines(50), running=True)
        view.focus()
        await stage.press("g", "j", "j")

        view.end([*lines(50), *lines(1, "the last")])
        await stage.pilot.pause()

        assert view.cursor_id == (2, 0)
        assert "waiting" not in stage.text
        await stage.press("G")
        await stage.until_said("the last")


async def test_lines_that_were_missed_while_it_ran_come_with_the_record() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log(lines(3)[1:], running=True)

        view.end(lines(3))

        await stage.until_said("page 0", "page 1", "page 2")


async def test_states_are_told_in_words() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log((), running=True)
        await stage.until_said("waiting for the next line")
        view.show_log((), running=True, live=False)
        await stage.until_said("this platform tells the lines when the run has ended")
        view.show_log((), running=False)
        await stage.until_said("no lines")
        cut = "Logs were truncated because the total bytes size exceeds the limit of 10485760 bytes."
        view.show_log([*lines(1), f"2024-07-02T10:03:00.111Z       stderr: {cut}"], running=False)
        await stage.until_said("cut at the log limit, 10 MB")


async def test_streams_are_told_apart_without_colour_and_times_can_be_hidden() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log([*lines(1), "2024-07-02T10:03:00.111Z       stderr: oh no"], running=False)
        view.focus()

        assert "┃ err oh no" in stage.text
        assert ":03:00.111" in stage.text
        await stage.press("t")
        assert ":03:00.111" not in stage.text
        assert "┃ err oh no" in stage.text


async def test_long_lines_wrap_on_request_and_matches_are_found_in_them() -> None:
    view = LogView()
    async with bench(view, size=(60, 12)) as stage:
        view.show_log(lines(1, "word " * 25 + "needle"), running=False)
        view.focus()
        assert "needle" not in stage.text

        await stage.press("w")
        assert "needle" in stage.text
        found = await view.search("NEEDLE")
        assert found.sentence() == "1 match on 1 line, at 1 of 1"


async def test_hostile_lines_reach_no_terminal() -> None:
    view = LogView()
    async with bench(view) as stage:
        view.show_log(lines(1, "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202e abc\r"), running=False)

        assert not has_control_characters(stage.text)
        assert "owned" in stage.text


async def test_the_text_of_a_result_is_wrapped_so_that_a_long_line_can_be_read_to_its_end() -> None:
    view = JsonView()
    async with bench(view, size=(60, 14)) as stage:
        view.show_value({"long": "word " * 50 + "the end", "wide": "日本" * 40 + "fin", "after": 1})
        view.focus()
        assert "the end" not in stage.text

        await stage.press("V")
        await stage.until_said("the end", 'fin"', '"after": 1')
        assert all(len(line) <= 60 for line in stage.lines)
        found = await view.search("AFTER")
        assert found.at == 1
        assert '"after"' in stage.row("▌")

        rows = len(view.source)
        await stage.pilot.resize_terminal(100, 14)
        await stage.until(lambda: len(view.source) < rows, "fewer rows")
        assert '"after"' in stage.row("▌")


async def test_the_text_of_a_result_that_is_one_huge_line_opens_and_ends_at_once() -> None:
    view = JsonView()
    async with bench(view) as stage:
        view.show_value({"big": "y" * 900_000})
        view.focus()
        began = time.monotonic()
        await stage.press("V", "G")
        assert time.monotonic() - began < OPENS_WITHIN_S
        assert stage.row("▌").endswith("}")
