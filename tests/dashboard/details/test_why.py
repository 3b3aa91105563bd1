"""`E`: why something is not there, as a checklist over what is known, what applies first."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.details.test_drilling import given_action, given_rule
from tests.dashboard.stage import Stage, dashboard
from tests.dashboard.things import run
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime, running_runtime
from tui.client.errors import RateLimited
from tui.dashboard.screens.activation import ActivationScreen
from tui.entities.activation import State
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.limits import NamespaceLimits
from tui.entities.rule import Rule
from tui.operations.capabilities import Capabilities
from tui.operations.explain import (
    Account,
    ListState,
    Reason,
    Verdict,
    why_fire_left_nothing,
    why_list_is_short,
    why_no_log,
    why_no_record,
    why_rule_is_silent,
)
from tui.operations.platform import PlatformInfo

NOW_MS = 1_700_000_000_000
QUIET = "def main(args):\n    return {}\n"
ADOBE = Endpoint(context="aio", url="https://adobeioruntime.net", auth=Secret("a:b"), namespace="42-team")
POLLED = Account(
    endpoint=ADOBE,
    platform=PlatformInfo(live=False, version=None, limits=NamespaceLimits.from_json({}), kinds=()),
)
PROBED = Capabilities(
    brand="Adobe I/O Runtime",
    live=False,
    page_size=50,
    gives_documents=True,
    counts=None,
    keeps_blocking=False,
    log_forwarding="splunk_hec",
    web_url="",
    skew_ms=0,
)


def texts(reasons: list[Reason], verdict: Verdict = Verdict.YES) -> str:
    return "\n".join(reason.text for reason in reasons if reason.verdict is verdict)


async def why(stage: Stage, *words: str) -> None:
    """Ask, read, and go back."""
    await stage.press("E")
    await stage.until_said(*words)
    await stage.press("escape")


async def test_each_place_explains_what_may_be_missing_there(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-why", QUIET)
        await stage.operations.triggers.create("causes-unheard")
        await stage.operations.triggers.create("causes-heard")
        await given_rule(stage, "causes-heard", "causes-why", active=False)
        started = await stage.operations.actions.invoke("causes-why", {})
        await stage.until_ended(started.activation_id)

        await go_to_row(stage, "2", "causes-unheard")
        await why(stage, "Why did a fire of causes-unheard leave nothing?", "No rule answers causes-unheard")
        await go_to_row(stage, "3", "causes-why-rule")
        await stage.until(lambda: "off" in stage.row("▌"), "the rule's status")
        await why(stage, "It is off: causes-heard may fire, causes-why does not run.", "t turns it on")
        await stage.press("4", "slash")
        await stage.type("causes-nothing-like-it")
        await stage.press("enter")
        await stage.until_said("None of")
        await why(stage, "Why is this list empty?", "The filter causes-nothing-like-it hides", "esc")
        await stage.press("escape")

        await stage.open(ActivationScreen(stage.operations, started.activation_id, "logs", state=stage.book))
        await why(stage, "Why are there no log lines?", "Perhaps it printed nothing at all")
        await stage.press("r", "E")
        assert "nothing is missing here" in stage.lines[-1]
        await stage.open(ActivationScreen(stage.operations, "0" * 32, state=stage.book))
        await stage.until(lambda: "does not exist" in stage.text or "no record" in stage.text, "the news")
        await why(stage, "Why is there no record?", "namespace guest")


async def test_a_refusal_for_too_many_requests_is_explained_by_what_the_platform_allows(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[runtime]\nfires_per_minute = 1\n")
    with running_runtime(tmp_path) as runtime:
        async with dashboard(runtime) as stage:
            await stage.operations.triggers.create("causes-often")
            await given_action(stage, tmp_path, "causes-busy", QUIET)
            await given_rule(stage, "causes-often", "causes-busy")
            fired = await stage.operations.triggers.fire("causes-often", {})
            assert fired is not None
            await stage.until_ended(fired.activation_id)
            with pytest.raises(RateLimited):
                await stage.operations.triggers.fire("causes-often", {})

            await why(stage, "Why were requests refused (429)?", "1 triggers may be fired within a minute; 1 is known")


def test_a_short_list_tells_what_hides_rows_before_what_may_be_elsewhere() -> None:
    shown = ListState(known=3, filter_text="status:error", paused=True, triggers=1, rules=1, complete_since="12:03:10")

    reasons = why_list_is_short(replace(POLLED, capabilities=PROBED), shown)

    assert [reason.verdict for reason in reasons] == sorted(
        (reason.verdict for reason in reasons), key=lambda verdict: verdict.value
    )
    assert "status:error" in texts(reasons)
    assert "paused" in texts(reasons)
    assert "Blocking calls that went well leave no record" in texts(reasons)
    assert "No rule is on" in texts(reasons)
    assert "12:03:10" in texts(reasons, Verdict.MAYBE)
    assert "42-team" in texts(reasons, Verdict.MAYBE)


def test_what_was_not_listed_yet_is_not_said_to_be_missing() -> None:
    def rule_to(action: str) -> Rule:
        path, _, name = f"ns/{action}".rpartition("/")
        return Rule.from_json(
            {
                "namespace": "ns",
                "name": "r",
                "version": "0.0.1",
                "status": "active",
                "trigger": {"path": "ns", "name": "t"},
                "action": {"path": path, "name": name},
            }
        )

    def told(action: str, actions: set[str] | None, verdict: Verdict) -> str:
        return texts(why_rule_is_silent(POLLED, rule_to(action), actions=actions, triggers={"t"}), verdict)

    assert "does not exist" not in told("worker", None, Verdict.YES)
    assert "does not exist" in told("worker", {"other"}, Verdict.YES)
    assert "unless bound is a binding" in told("bound/worker", {"other"}, Verdict.MAYBE)
    assert "does not exist (any more)" in told("own/worker", {"own/other"}, Verdict.YES)
    assert "No rule is on" not in texts(why_list_is_short(POLLED, ListState(triggers=1)))
    assert not texts(why_fire_left_nothing("t", rules=None, active_rules=0))


def test_a_missing_log_tells_of_forwarding_of_lines_that_still_arrive_and_of_a_run_that_goes_on() -> None:
    record = run("a", start_ms=NOW_MS - 2000, took_ms=1000)

    ended = why_no_log(POLLED, kind="action", state=State.SUCCESS, record=record, lines=0, now_ms=NOW_MS)
    later = why_no_log(
        replace(POLLED, capabilities=PROBED),
        kind="action",
        state=State.SUCCESS,
        record=record,
        lines=0,
        now_ms=NOW_MS + 600_000,
    )
    running = why_no_log(POLLED, kind="action", state=State.RUNNING, record=None, lines=0, now_ms=NOW_MS)

    assert "just ended" in texts(ended)
    assert "sends lines to splunk_hec" in texts(later)
    assert "just ended" not in texts(later)
    assert "only when a run has ended" in texts(running)


def test_a_missing_record_tells_how_long_records_are_kept() -> None:
    reasons = why_no_record(POLLED, is_running=False, was_started_here=True)

    assert "kept for 7 days" in texts(reasons, Verdict.MAYBE)
    assert "It may still run" in texts(reasons, Verdict.MAYBE)
    assert "accepted for you here" in texts(reasons)
