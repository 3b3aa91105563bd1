"""Why something is not there: what may be the reason, checked against what is known. Asks nobody anything."""

from collections.abc import Collection, Iterator
from enum import Enum, auto

from msgspec import Struct

from tui.entities.activation import Activation, State
from tui.entities.endpoint import ADOBE_HOST, Endpoint
from tui.entities.rule import Rule

from .capabilities import Capabilities
from .platform import PlatformInfo
from .settling_logs import may_still_arrive

ADOBE_RETENTION_DAYS = 7


class Verdict(Enum):
    """Whether a reason applies."""

    YES = auto()
    MAYBE = auto()
    """Nothing that is known here tells."""
    NO = auto()


class Reason(Struct, frozen=True):
    """One line of a checklist."""

    verdict: Verdict
    text: str
    """What is the case, as far as is known."""
    hint: str = ""
    """What to do about it."""


class Account(Struct, frozen=True, kw_only=True):
    """What is known of the account that is open."""

    endpoint: Endpoint
    platform: PlatformInfo | None = None
    """`None` while there is no connection."""
    capabilities: Capabilities | None = None
    """`None` until they were asked for."""
    connected: bool = True


class ListState(Struct, frozen=True, kw_only=True):
    """How a list of activations stands."""

    known: int = 0
    """Records, shown or not."""
    filter_text: str = ""
    failures_only: bool = False
    paused: bool = False
    complete_since: str | None = None
    """The clock time back to which everything is known."""
    rules: int | None = None
    """`None` until they were listed."""
    active_rules: int = 0
    triggers: int = 0


def why_list_is_short(account: Account, shown: ListState) -> list[Reason]:
    """Runs are missing in the list, or it is empty."""
    return _ordered(
        [
            _check(not account.connected, "There is no connection: only what was seen before is shown.", "ctrl+r"),
            _check(bool(shown.filter_text), f"The filter {shown.filter_text} hides what does not match.", "esc"),
            _check(shown.failures_only, "Only failures are shown.", "! shows all"),
            _check(shown.paused, "The list is paused: what came since waits.", "p goes on"),
            *_older(shown),
            *_never_recorded(account),
            *_nothing_answers(shown),
            _namespace(account.endpoint),
        ]
    )


def why_no_log(
    account: Account, *, kind: str, state: State | None, record: Activation | None, lines: int, now_ms: int
) -> list[Reason]:
    """A run has no lines, or fewer than expected.

    Args:
        kind: `action`, `sequence` or `trigger`.
        record: `None` while it goes on.
        now_ms: By the platform's clock.
    """
    live = account.platform is not None and account.platform.live
    limits = None if record is None else record.limits
    sends_to = None if account.capabilities is None else account.capabilities.log_forwarding
    ended_lately = record is not None and may_still_arrive(record, now_ms)
    reasons = [
        _check(kind == "trigger", "A firing prints nothing.", "enter opens its runs, each has a log"),
        _check(kind == "sequence", "A sequence prints nothing.", "enter opens its steps, each has a log"),
        _check(state is State.QUEUED, "It has not begun: it waits for a free worker."),
        _check(
            record is None and state is State.RUNNING and not live,
            "It still runs, and this platform tells lines only when a run has ended.",
        ),
        _check(limits is not None and limits.logs_mb == 0, "Its log limit is 0: no line is kept.", "e changes limits"),
        _check(_is_cut(record), "The log limit was reached: lines after it are lost.", "e changes limits"),
        _check(sends_to is not None, f"The platform sends lines to {sends_to}: they are read there."),
    ]
    if record is not None and kind == "action" and not live:
        reasons.append(_check(ended_lately, "It has just ended: the platform may still be collecting its lines."))
    if account.capabilities is None and not live:
        reasons.append(Reason(Verdict.MAYBE, "Whether the platform sends lines elsewhere is not known yet."))
    if record is not None and kind == "action":
        reasons.append(_check(not lines, "Perhaps it printed nothing at all: a success needs no line."))
    return _ordered(reasons)


def why_no_record(account: Account, *, is_running: bool, was_started_here: bool) -> list[Reason]:
    """An activation id has no record (404)."""
    live = account.platform is not None and account.platform.live
    running = "It is still running: a record is kept when a run ends."
    reasons = [_check(not account.connected, "There is no connection to ask over.", "ctrl+r tries again")]
    if live:
        reasons.append(_check(is_running, running, "l shows what it prints"))
    else:
        hint = "`whisktop wait ID` waits for it"
        reasons.append(
            Reason(Verdict.YES, running, hint)
            if is_running
            else Reason(Verdict.MAYBE, "It may still run: this platform tells nothing of a run before it ends.", hint)
        )
    return _ordered(
        [
            *reasons,
            *_never_recorded(account),
            *_retention(account.endpoint),
            _namespace(account.endpoint),
            _check(was_started_here, "It was accepted for you here, so the id is right."),
        ]
    )


def why_refused(account: Account, *, fires: int, starts: int, under_way: int) -> list[Reason]:
    """The platform answered 429: too many requests.

    Args:
        fires: Firings that were seen within the last minute.
        starts: Runs that began within the last minute.
        under_way: Runs that wait or run now.
    """
    if account.platform is None:
        return [Reason(Verdict.MAYBE, "There is no connection: what the platform allows is not known.")]
    limits = account.platform.limits
    reasons = [
        *_rate(fires, limits.fires_per_minute, "triggers may be fired within a minute"),
        *_rate(starts, limits.invocations_per_minute, "runs may begin within a minute"),
        *_rate(under_way, limits.concurrent_invocations, "runs may be under way at once"),
    ]
    if not reasons:
        reasons.append(Reason(Verdict.MAYBE, "The platform enforces rates, and does not tell which."))
    whole = "Every client of this namespace counts: rules, alarms, and others with the same key."
    return _ordered([*reasons, Reason(Verdict.MAYBE, whole, "wait until the next minute, or start fewer at once")])


def why_rule_is_silent(
    account: Account, rule: Rule, *, actions: Collection[str] | None, triggers: Collection[str] | None
) -> list[Reason]:
    """A rule ran nothing.

    Args:
        actions: Names, as this namespace has them; `None` until they were listed.
        triggers: Likewise.
    """
    action, trigger = rule.action.in_namespace, rule.trigger.in_namespace
    is_ours = rule.action.path.partition("/")[0] == rule.full_name.path
    is_missing = is_ours and actions is not None and action not in actions
    package = action.rpartition("/")[0]  # a binding's actions are not listed: it may be one, if nothing else is in it
    is_bound = bool(package) and not any(one.startswith(f"{package}/") for one in actions or ())
    return _ordered(
        [
            _check(
                rule.status is not None and not rule.is_active,
                f"It is off: {trigger} may fire, {action} does not run.",
                "t turns it on",
            ),
            _check(
                is_missing and not is_bound,
                f"Action {action} does not exist (any more).",
                "a in the actions makes one, B mends loose wires",
            ),
            Reason(
                Verdict.MAYBE if is_missing and is_bound else Verdict.NO,
                f"Action {action} is not listed: it does not exist, unless {package} is a binding that has it.",
            ),
            _check(
                triggers is not None and trigger not in triggers,
                f"Trigger {trigger} does not exist (any more).",
                "a in the triggers makes one, B mends loose wires",
            ),
            _check(not account.connected, "There is no connection: how it stands now is not known.", "ctrl+r"),
            Reason(Verdict.MAYBE, f"Perhaps {trigger} did not fire since it is on.", "f on the trigger fires it"),
        ]
    )


def why_fire_left_nothing(trigger: str, *, rules: int | None, active_rules: int) -> list[Reason]:
    """A trigger was fired, and there is neither a run nor a record.

    Args:
        rules: That answer it; `None` until they were listed.
    """
    if rules is None:
        return [Reason(Verdict.MAYBE, f"Which rules answer {trigger} is not known yet.")]
    return _ordered(
        [
            _check(not rules, f"No rule answers {trigger}: such a fire is accepted, and nothing is kept of it.", "L"),
            _check(
                bool(rules) and not active_rules,
                f"Every rule of {trigger} is off: such a fire is accepted, and nothing is kept of it.",
                "3, then t turns one on",
            ),
            _check(bool(active_rules), f"{active_rules} active of {rules} answer: each fire leaves a record."),
        ]
    )


def _check(applies: bool, text: str, hint: str = "") -> Reason:
    return Reason(Verdict.YES if applies else Verdict.NO, text, hint)


def _ordered(reasons: list[Reason]) -> list[Reason]:
    """What applies first, and nothing at all of what does not: its text would say the contrary of what is true."""
    kept = [reason for reason in reasons if reason.verdict is not Verdict.NO]
    return sorted(kept, key=lambda reason: reason.verdict.value)


def _older(shown: ListState) -> Iterator[Reason]:
    if shown.complete_since is not None:
        said = f"Everything since {shown.complete_since} is known; what is older has to be read first."
        yield Reason(Verdict.MAYBE, said, "D digs further back")


def _never_recorded(account: Account) -> Iterator[Reason]:
    """Runs of which the platform keeps nothing."""
    keeps = None if account.capabilities is None else account.capabilities.keeps_blocking
    if keeps is False:
        said = "Blocking calls that went well leave no record here, unless extra logging is asked for."
        yield Reason(Verdict.YES, said, "extra_logging = true in the context")
    elif keeps is None and (account.platform is None or not account.platform.live):
        said = "A platform may keep no record of blocking calls that went well."
        yield Reason(Verdict.MAYBE, said, "extra_logging = true in the context asks for them")


def _retention(endpoint: Endpoint) -> Iterator[Reason]:
    if endpoint.host.endswith(ADOBE_HOST):
        yield Reason(Verdict.MAYBE, f"Records are kept for {ADOBE_RETENTION_DAYS} days: it may have been older.")
    else:
        yield Reason(Verdict.MAYBE, "Records are kept for a while only: how long is the operator's choice.")


def _nothing_answers(shown: ListState) -> Iterator[Reason]:
    if shown.triggers and shown.rules is not None and not shown.active_rules:
        said = "No rule is on: a fire runs nothing, and nothing is kept of it."
        yield Reason(Verdict.YES, said, "3, then t turns one on" if shown.rules else "3 a makes a rule")


def _namespace(endpoint: Endpoint) -> Reason:
    said = f"This is namespace {endpoint.namespace} on {endpoint.host}: what runs elsewhere is not listed here."
    return Reason(Verdict.MAYBE, said, "c changes the context")


def _rate(used: int, limit: int | None, what: str) -> Iterator[Reason]:
    if limit is not None:
        said = f"{limit:,} {what}; {used:,} {'is' if used == 1 else 'are'} known of."
        yield Reason(Verdict.YES if used >= limit else Verdict.MAYBE, said)


def _is_cut(record: Activation | None) -> bool:
    return record is not None and any("Logs were truncated" in line for line in record.logs[-3:])
