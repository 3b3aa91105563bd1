"""A run beside another one: what differs is said, and by key any other run is taken."""

import time
from pathlib import Path

from tests.dashboard.details.test_drilling import given_action
from tests.dashboard.stage import Stage, dashboard, whisktop
from tests.dashboard.things import run
from tests.history.given import failed, firing
from tests.history.given import run as seen_run
from tests.running import RunningRuntime
from tui.dashboard.render.compare_rows import result_difference
from tui.dashboard.render.line import plain_text
from tui.dashboard.screens.compare import CompareScreen
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database
from tui.operations.compare import by_usefulness, changed_values, compare_runs, part_logs

SAYS = """\
def main(args):
    print('begun')
    print('rows', args.get('rows'))
    print('ended')
    if args.get('fail'):
        return {'error': 'the region is missing'}
    return {'rows': args.get('rows'), 'region': 'eu'}
"""


async def ran(stage: Stage, name: str, **payload: object) -> str:
    started = await stage.operations.actions.invoke(name, payload)  # type: ignore[arg-type]
    await stage.until_ended(started.activation_id)
    return started.activation_id


async def test_a_failed_run_is_compared_with_the_last_good_one_and_then_with_any_other(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-compared", SAYS)
        first = await ran(stage, "causes-compared", rows=1)
        second = await ran(stage, "causes-compared", rows=2)
        await ran(stage, "causes-compared", rows=3, fail=True)
        await stage.press("4", "g")
        await stage.until(lambda: "app error" in stage.row("▌", "causes-compared"), "the failed run on top")

        await stage.press("d")

        await stage.until_said("Two runs of causes-compared", "with the last good one", second)
        assert "✓ success" in stage.row("outcome")
        assert "✗ app error" in stage.row("outcome")
        assert stage.row('+   "error": "the region is missing"')
        assert stage.row('-   "rows": 2')
        await stage.press("l")
        await stage.until_said("the same up to line 1 of 3 and 3 lines", "the first line is the same")
        assert stage.row("2 - rows 2")
        assert stage.row("2 + rows 3")
        await stage.press("i")
        await stage.until_said("Annotations")

        await stage.press("d")
        await stage.until_said("Compare with")
        await stage.type(first[:8])
        await stage.press("enter")
        await stage.until_said("with one that was picked", first)
        await stage.press("r")
        assert stage.row('-   "rows": 1')
        await stage.press("escape")
        assert len(stage.app.screen_stack) == 1


async def test_two_marked_runs_are_compared_the_older_one_first(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-marked", SAYS)
        first, second = await ran(stage, "causes-marked", rows=1), await ran(stage, "causes-marked", rows=2)
        await stage.press("4", "g")
        await stage.until(lambda: len(stage.app.screen.feed.source) > 1, "the rows")  # type: ignore[attr-defined]

        await stage.press("space", "space", "d")

        await stage.until_said("Two runs of causes-marked", first, second)
        assert stage.row("activation", first).index(first) < stage.row("activation", first).index(second)
        assert stage.row('-   "rows": 1')
        assert stage.row('+   "rows": 2')


async def test_a_run_without_another_one_says_so(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-alone", SAYS)
        alone = await ran(stage, "causes-alone", rows=1)

        await stage.open(CompareScreen(stage.operations, alone, stage.book))
        await stage.until_said("No other run of it is known")
        await stage.press("d")
        assert "no other run of it is known" in stage.lines[-1]

        await stage.open(CompareScreen(stage.operations, "0" * 32, stage.book))
        await stage.until(lambda: "does not exist" in stage.text or "no record" in stage.text, "the news")


def test_the_last_good_run_before_it_is_the_most_useful_one() -> None:
    old, good, this, later = (run("a", start_ms=start, status=0) for start in (1, 2, 4, 5))
    bad, other = run("a", start_ms=3, status=1), run("b", start_ms=3)

    assert by_usefulness(this, [old, bad, later, other, this, good]) == [good, old, later, bad]


def test_logs_are_the_same_up_to_the_first_line_whose_text_or_stream_differs() -> None:
    one = ("2024-01-01T00:00:01.0Z stdout: a", "2024-01-01T00:00:02.0Z stdout: b", "2024-01-01T00:00:03.0Z stdout: c")
    other = ("2024-01-01T00:00:07.0Z stdout: a", "2024-01-01T00:00:07.0Z stderr: b")

    parting = part_logs(one, other)

    assert (parting.common, parting.before, parting.after) == (("a",), ("b", "c"), ("err b",))
    assert part_logs(one, one).is_same


def test_annotations_that_differ_are_told_with_both_values() -> None:
    comparison = compare_runs(run("a", waitTime=1, kept=True), run("a", waitTime=2, initTime=3, kept=True))

    changes = [(change.key, change.before, change.after) for change in comparison.annotations]
    assert changes == [("waitTime", (1,), (2,)), ("initTime", (), (3,))]
    assert comparison.has_same_result


def test_large_results_are_compared_place_by_place_within_a_moment() -> None:
    def result(factor: int) -> dict[str, object]:
        items = [{"id": f"eu-{index}", "score": index * factor, "tags": ["a", "b"]} for index in range(3000)]
        return {"items": items, **({"more": {"deep": True}} if factor > 1 else {})}

    began = time.monotonic()
    difference = result_difference(compare_runs(run("a", result=result(1)), run("a", result=result(3))))

    assert time.monotonic() - began < 3.0  # lines that look alike would take minutes
    assert (difference.added, difference.removed) == (3000, 2999)
    said = [plain_text(row) for row in difference.rows]
    assert said[:3] == ["items[1].score", "  - 1", "  + 3"]
    assert said[-1] == "and 2,500 places more"


def test_places_are_told_as_deep_as_they_differ() -> None:
    changes = list(changed_values({"a": [1, {"b": 2}], "c": 1}, {"a": [1, {"b": 3}, 4], "d": None}))

    assert [(change.path, change.before, change.after) for change in changes] == [
        (("a", 1, "b"), (2,), (3,)),
        (("a", 2), (), (4,)),
        (("c",), (1,), ()),
        (("d",), (), (None,)),
    ]


async def test_without_a_link_runs_that_were_seen_are_compared_and_stand_against_time() -> None:
    endpoint = Endpoint(context="away", url="http://127.0.0.1:9", auth=Secret("causes:key"), namespace="guest")
    database = open_database(history_path(endpoint))
    activations.add(database, [firing(1, f"{2:032x}"), seen_run(2), failed(3)])
    database.close()
    async with whisktop(endpoint) as stage:
        feed = stage.app.screen_stack[0].feed  # type: ignore[attr-defined]
        await stage.until(lambda: len(feed.source) == 3, "all rows")
        await stage.press("4", "g", "d")
        await stage.until_said("Two runs of", "with the last good one")
        await stage.press("escape", "j", "w")
        await stage.until_said("Waterfall", "upload")
        await stage.press("escape", "E")
        await stage.until_said("There is no connection: only what was seen before is shown.")
