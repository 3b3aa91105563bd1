"""What `E` explains, by where one is and what is missing there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.entities.activation import State
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.explain import (
    Account,
    ListState,
    Reason,
    Verdict,
    why_fire_left_nothing,
    why_list_is_short,
    why_no_log,
    why_no_record,
    why_refused,
    why_rule_is_silent,
)

from ..panels.feed import FeedPanel
from ..render import formats
from .run import Run
from .why import WhyScreen

if TYPE_CHECKING:
    from .main import MainScreen

MINUTE_MS = 60_000
_TOO_MANY = 429

Reasons = Callable[[Account], list[Reason]]


def explain_here(main: MainScreen) -> None:
    """On the main screen: what was refused lately, else what the panel with the focus may lack."""
    chosen = getattr(main.current, "selected", None)
    if _was_refused(main):
        question, reasons = "Why were requests refused (429)?", _refusal(main)
    elif isinstance(chosen, Rule):
        question, reasons = f"Why did {chosen.name} run nothing?", _silent_rule(main, chosen)
    elif isinstance(chosen, Trigger):
        question, reasons = f"Why did a fire of {chosen.name} leave nothing?", _unanswered(main, chosen)
    elif isinstance(main.current, FeedPanel) and not main.current.found[0]:
        question, reasons = "Why is this list empty?", _short_list(main)
    else:
        question, reasons = "Why is a run not in the list?", _short_list(main)
    _show(main, question, reasons)


def explain_run(main: MainScreen, run: Run, tab: str) -> None:
    """While a run, a firing or a refused branch is looked at in one of its views."""
    if run.error is not None:
        _show(main, f"Why did {run.name} not run?", _refused_branch(main, run))
    elif (run.activation is None and tab != "logs") or run.missing is not None:
        _show(main, "Why is there no record?", _no_record(main, run))
    elif tab == "logs":
        _show(main, f"Why are there {'so few' if run.logs else 'no'} log lines?", _no_log(main, run))
    elif run.activation is not None and (response := run.activation.response) is not None and not response.success:
        said = response.error_text or response.status
        reason = Reason(Verdict.YES, f"It ended as {run.activation.state.value}: {said[:2000]}", "l shows its log")
        _show(main, f"Why did {run.name} fail?", lambda _: [reason])
    else:
        main.say("nothing is missing here: the run went well, and this is its record")


def _show(main: MainScreen, question: str, reasons: Reasons) -> None:
    account = _account(main)
    if account is None:
        main.say("not connected yet", "warning")
        return
    operations = main.operations

    async def ask() -> Sequence[Reason]:
        assert operations is not None
        return reasons(replace(account, capabilities=await operations.capabilities()))

    screen = WhyScreen(question, reasons(account), None if operations is None or not account.connected else ask)
    main.app.push_screen(screen)


def _account(main: MainScreen) -> Account | None:
    operations, at_hand = main.operations, main.operations_at_hand
    if at_hand is None:
        return None
    platform = None if operations is None else operations.platform
    connected = main.connected and not main.link.is_down
    return Account(endpoint=at_hand.endpoint, platform=platform, connected=connected)


def _short_list(main: MainScreen) -> Reasons:
    feed, since_ms = main.feed, main.link.complete_since_ms
    shown = ListState(
        known=len(main.book),
        filter_text=feed.filter_text,
        failures_only=feed.source.failures_only,
        paused=feed.paused,
        complete_since=None if since_ms is None else formats.moment(since_ms, main.now_ms()),
        rules=None if main.rules is None else len(main.rules),
        active_rules=sum(rule.status is None or rule.is_active for rule in main.rules or ()),
        triggers=len(main.triggers or ()),
    )
    return lambda account: why_list_is_short(account, shown)


def _silent_rule(main: MainScreen, rule: Rule) -> Reasons:
    actions = None if main.actions is None else {action.name for action in main.actions}
    triggers = None if main.triggers is None else {trigger.name for trigger in main.triggers}
    return lambda account: why_rule_is_silent(account, rule, actions=actions, triggers=triggers)


def _unanswered(main: MainScreen, trigger: Trigger) -> Reasons:
    rules = [rule for rule in main.rules or () if rule.trigger == trigger.full_name]
    active = sum(rule.status is None or rule.is_active for rule in rules)
    known = None if main.rules is None else len(rules)
    return lambda _: why_fire_left_nothing(trigger.name, rules=known, active_rules=active)


def _refusal(main: MainScreen) -> Reasons:
    now_ms = main.now_ms()
    lately = list(_since(main, now_ms - MINUTE_MS))
    fires = sum(lately)
    under_way = sum(1 for _ in main.book.open_entries())
    return lambda account: why_refused(account, fires=fires, starts=len(lately) - fires, under_way=under_way)


def _since(main: MainScreen, since_ms: int) -> Iterator[bool]:
    """Of everything that began since then, whether it is a firing."""
    for entry in main.book.newest_first():
        if entry.order[0] < since_ms:
            return
        yield entry.is_trigger


def _refused_branch(main: MainScreen, run: Run) -> Reasons:
    if "too many" in (run.error or "").lower():
        return _refusal(main)
    rule = next((rule for rule in main.rules or () if rule.name == run.rule), None)
    said = Reason(Verdict.YES, f"The platform says: {run.error}")
    if rule is None:
        return lambda _: [said]
    silent = _silent_rule(main, rule)
    return lambda account: [said, *silent(account)]


def _no_record(main: MainScreen, run: Run) -> Reasons:
    ours = run.activation_id is not None and main.is_ours(run.activation_id)
    running = run.state in (State.QUEUED, State.RUNNING)
    return lambda account: why_no_record(account, is_running=running, was_started_here=ours)


def _no_log(main: MainScreen, run: Run) -> Reasons:
    now_ms = main.now_ms()
    return lambda account: why_no_log(
        account, kind=run.kind, state=run.state, record=run.activation, lines=len(run.logs), now_ms=now_ms
    )


def _was_refused(main: MainScreen) -> bool:
    """Whether the platform answered 429 within the last minute, by this machine's clock."""
    since_ms = time.time() * 1000 - MINUTE_MS
    for request in reversed(main.app.requests.requests):  # type: ignore[attr-defined]
        if request.sent_ms < since_ms:
            return False
        if request.status == _TOO_MANY:
            return True
    return False
