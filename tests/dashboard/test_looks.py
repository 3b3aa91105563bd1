"""What is cut, wrapped and marked as focused: nothing that has to be read goes missing without a sign."""

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import bench, connected, whisktop
from tests.dashboard.things import batch, firing, now_ms, run
from tests.running import RunningRuntime
from tui.dashboard.panels.activation_book import ActivationBook
from tui.dashboard.render.code import CodeLines
from tui.dashboard.render.entity_rows import action_row
from tui.dashboard.render.glyphs import UNICODE
from tui.dashboard.render.line import Span, plain_text, to_strip
from tui.dashboard.render.palette import palette_of
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.run import node_of_entry, run_of_node
from tui.dashboard.screens.run_pane import RunPane
from tui.dashboard.widgets.form_code import CodePreview
from tui.dashboard.widgets.line_view import LineView
from tui.dashboard.widgets.title_line import TitleLine
from tui.entities.action import Action
from tui.entities.endpoint import Endpoint
from tui.errors import UserError


def an_action(name: str, timeout_ms: int) -> Action:
    limits = {"timeout": timeout_ms, "memory": 256, "logs": 10, "concurrency": 1}
    body = {
        "namespace": "guest",
        "name": name,
        "version": "0.0.1",
        "exec": {"kind": "nodejs:default"},
        "limits": limits,
    }
    return Action.from_json(body)


@pytest.mark.parametrize("width", [24, 33, 54])
@pytest.mark.parametrize(
    ("timeout_ms", "said"), [(700, "700ms"), (90_000, "1m30s"), (3_540_000, "59m"), (100, "100ms")]
)
def test_a_limit_is_never_cut_and_stands_off_the_kind(width: int, timeout_ms: int, said: str) -> None:
    action = an_action("a-worker-with-a-long-name", timeout_ms)

    row = plain_text(action_row(action, width, UNICODE))

    assert f" {said}" in row
    assert UNICODE.more not in row.split()[-1]
    assert len(row) <= width


async def test_a_line_whose_next_piece_has_no_room_says_that_it_goes_on() -> None:
    async with bench(LineView()) as stage:
        palette = palette_of(stage.app)
        assert to_strip([Span("return "), Span("{}")], 7, palette).text == "return…"
        assert to_strip([Span("return "), Span(" ")], 7, palette).text == "return "
        assert to_strip([Span("return")], 7, palette).text == "return "


async def test_a_line_of_code_that_is_cut_ends_in_a_sign() -> None:
    view = CodePreview()
    async with bench(view, size=(32, 8)) as stage:
        for code in ("const answer = compute(first, second, third)", "aaaaaaaaaaaaaaaaaaaaaaa(bbbbbbb)"):
            view.show_code(CodeLines(code, kind="nodejs:20"))
            await stage.pilot.pause()
            assert stage.lines[0].endswith("…")


@pytest.mark.parametrize(
    ("tab", "last"), [("result", "often it was fired"), ("facts", "often it was fired"), ("logs", "there is no log")]
)
async def test_why_a_branch_never_ran_is_told_to_the_last_word(tab: str, last: str) -> None:
    book = ActivationBook()
    reason = "The rule is inactive and so the action was never invoked by it, however often it was fired"
    record = firing("upload", ("r1", "worker", None))
    record = replace(record, logs=(record.logs[0].replace('"off"', f'"{reason}"'),))
    book.apply([batch(record)], now_ms=now_ms())
    entry = book.find(record.activation_id)
    assert entry is not None
    (child,) = node_of_entry(entry, book).children
    pane = RunPane()
    async with bench(pane, size=(50, 20)) as stage:
        pane.show(run_of_node(child, book), now_ms())
        pane.turn_to(tab)
        await stage.pilot.pause()

        assert last in " ".join(stage.text.split())
        assert "…" not in stage.text


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (60, 16)])
async def test_why_there_is_no_link_is_told_to_the_last_word(size: tuple[int, int]) -> None:
    class NoRuntime(UserError):
        title = "The local runtime did not start"

    hint = "Run `whisktop doctor`, look at the log of the runtime, or start the local runtime by hand: whisktop serve."

    async def find(_: object) -> Endpoint:
        raise NoRuntime("It did not answer within ten seconds of being started, and was ended again.", hint=hint)

    async with whisktop(find, size=size) as stage:
        await stage.until_said("The local runtime did not start")
        words = " ".join(" ".join(line[line.find("  ") :] for line in stage.lines).split())
        assert "whisktop serve." in words
        assert "ended again." in words


async def test_the_title_of_the_view_with_the_focus_shows_it(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        main = stage.app.screen
        book: ActivationBook = main.book  # type: ignore[attr-defined]
        record = run("shown", result={"done": True}, logs=("2026-01-01T00:00:00Z stdout: hello",))
        book.apply([batch(record)], now_ms=now_ms())
        stage.app.push_screen(ActivationScreen(main.operations, record.activation_id, state=book))  # type: ignore[attr-defined]
        await stage.pilot.pause()

        for key, title in (("r", "Result"), ("l", "Logs"), ("i", "Facts"), ("Y", "Record"), ("r", "Result")):
            await stage.press(key)
            line = stage.app.screen.query_one(RunPane).query_one(TitleLine)
            await stage.until(lambda line=line: Span(" 1 ", "chip bold") in line.line(80), f"the chip of {title}")  # type: ignore[misc]
            assert Span(title, "primary bold") in line.line(80)
