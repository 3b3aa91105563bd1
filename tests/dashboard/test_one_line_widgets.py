"""Title, header, footer and breadcrumb: what gives way first, and what never does."""

import pytest
from textual.binding import Binding
from textual.screen import Screen

from tests.dashboard.stage import Bench, Stage, bench
from tui.dashboard.jobs import Jobs
from tui.dashboard.render.glyphs import UNICODE
from tui.dashboard.render.line import Span
from tui.dashboard.render.link import Link, coverage_spans, link_spans
from tui.dashboard.widgets.breadcrumb import Breadcrumb
from tui.dashboard.widgets.footer import Footer
from tui.dashboard.widgets.header import Header, HeaderState
from tui.dashboard.widgets.title_line import TitleLine
from tui.errors import UsageError

STATE = HeaderState(
    context="local",
    namespace="guest",
    host="127.0.0.1:3233",
    link=[Span("● live")],
    running=3,
    queued=1,
    succeeded=128,
    failed=6,
    now_ms=1_700_000_000_000,
)


async def header_at(width: int, state: HeaderState = STATE) -> str:
    header = Header()
    async with bench(header, size=(width, 3)) as stage:
        header.show(state)
        await stage.pilot.pause()
        return stage.lines[0]


async def test_a_roomy_header_tells_everything() -> None:
    line = await header_at(120)

    for part in ("whisktop", "local ▸ guest", "127.0.0.1:3233", "● live", "▶ 3 running", "◌ 1 queued", "✓ 128", "✗ 6"):
        assert part in line


async def test_a_narrow_header_gives_up_endpoint_and_words_but_no_count() -> None:
    line = await header_at(80)

    assert "127.0.0.1" not in line
    assert "▶3" in line
    assert "✗6" in line


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
async def test_context_link_and_lock_are_never_cut(width: int) -> None:
    line = await header_at(width, HeaderState(context="prod", read_only=True, link=[Span("● live")], now_ms=1))

    assert "prod" in line
    assert "▣ read-only" in line
    assert "live" in line


async def test_a_production_context_wears_a_badge() -> None:
    line = await header_at(120, HeaderState(context="shop", namespace="12345", production=True))

    assert "PROD shop" in line


async def title_at(width: int) -> str:
    title = TitleLine("Activations", number=4, state=[Span("● live")], detail=[Span("40 · newest first")])
    async with bench(title, size=(width, 2)) as stage:
        return stage.lines[0]


async def test_a_title_gives_up_its_detail_then_its_state_and_never_its_name() -> None:
    assert "● live" in await title_at(60)
    assert "newest first" in await title_at(60)
    assert "newest first" not in await title_at(40)
    assert "● live" in await title_at(40)
    assert "● live" not in await title_at(24)
    assert "Activations" in await title_at(24)


async def test_a_breadcrumb_keeps_where_you_are() -> None:
    crumb = Breadcrumb()
    async with bench(crumb, size=(50, 2)) as stage:
        steps = [[Span("Activations")], [Span("my-worker-trigger 9b1c07d2")], [Span("my-worker 3f2a91d0")]]
        crumb.show(steps, views=["tree", "waterfall"], current=0)
        await stage.pilot.pause()

        assert "my-worker 3f2a91d0" in stage.lines[0]
        assert "Activations" not in stage.lines[0]
        assert "waterfall" in stage.lines[0]


class Keys(Jobs, Screen[None]):
    """A screen with keys of every sort."""

    BINDINGS = [
        Binding("f", "fire", "fire", id="test.fire"),
        Binding("x", "delete", "delete", id="test.delete"),
        Binding("h", "hidden", "hidden", show=False, id="test.hidden"),
    ]

    def compose(self):  # type: ignore[no-untyped-def]
        yield Footer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "delete" else True

    def reason_disabled(self, action: str) -> str | None:
        return "there is nothing to delete" if action == "delete" else None


async def with_keys(stage: Stage) -> Keys:
    screen = Keys()
    stage.app.push_screen(screen)
    await stage.pilot.pause()
    return screen


async def test_the_footer_shows_the_keys_and_a_greyed_one_says_why() -> None:
    app = Bench()
    async with app.run_test(size=(80, 5)) as pilot:
        stage = Stage(app, pilot)
        await with_keys(stage)
        assert stage.lines[-1].startswith(" f fire   x delete")
        assert "hidden" not in stage.lines[-1]

        await stage.press("x")

        assert stage.lines[-1].endswith("there is nothing to delete")


async def test_an_error_stays_in_the_footer_until_a_key() -> None:
    app = Bench()
    async with app.run_test(size=(100, 5)) as pilot:
        stage = Stage(app, pilot)
        screen = await with_keys(stage)

        async def fail() -> None:
            raise UsageError("There is no file report.py.", hint="Look at the path.")

        screen.start_job(fail)
        await stage.until_said("There is no file report.py.", "Look at the path.")

        screen.query_one(Footer).key_pressed()
        await stage.pilot.pause()
        assert "report.py" not in stage.text


async def test_of_two_reads_only_the_later_one_counts() -> None:
    app = Bench()
    async with app.run_test() as pilot:
        stage = Stage(app, pilot)
        screen = await with_keys(stage)
        shown: list[str] = []

        async def read(answer: str) -> str:
            await pilot.pause(0.05)
            return answer

        screen.start_job(lambda: read("old"), then=shown.append, latest_only=True)
        screen.start_job(lambda: read("new"), then=shown.append, latest_only=True)
        await stage.until(lambda: shown)
        await pilot.pause(0.1)

        assert shown == ["new"]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (Link(state="live"), "● live"),
        (Link(state="polling", poll_interval_s=2.0), "◐ polling every 2s"),
        (Link(state="reconnecting", retry_at_ms=4_000), "↻ reconnecting in 4s"),
        (Link(state="offline"), "✗ offline"),
    ],
)
def test_the_link_is_told_in_words(link: Link, words: str) -> None:
    assert "".join(span.text for span in link_spans(link, UNICODE, 0)) == words


def test_coverage_ends_where_the_link_broke() -> None:
    up = Link(state="live", complete_since_ms=1_000, last_contact_ms=9_000)
    down = Link(state="offline", complete_since_ms=1_000, last_contact_ms=9_000)

    assert "since" in "".join(span.text for span in coverage_spans(up))
    assert " to " in "".join(span.text for span in coverage_spans(down))
    assert coverage_spans(Link()) == []
