"""What there is to know about a trigger, a rule or a package, one thing to a line; secrets hidden until asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.entities.endpoint import Endpoint
from tui.entities.package import Package
from tui.entities.parameters import Parameter
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.definitions import own_annotations
from tui.operations.feeds import feed_of

from ..render import formats
from ..render.glyphs import Glyphs
from ..render.json_masking import MASK
from ..render.line import Line, Span
from .action_facts import fact, parameter_lines


def trigger_facts(
    trigger: Trigger, endpoint: Endpoint, url: str, glyphs: Glyphs, *, now_ms: int, revealed: bool
) -> list[Line]:
    """Its address and key, how it is fired, and what every fire carries along."""
    feed = feed_of(trigger)
    fired_by: Sequence[Span] = [Span("requests to its address", "muted")] if feed is None else [Span(feed)]
    if not trigger.active_rules:
        answer: Sequence[Span] = [
            Span(f"{glyphs.refused} ", "warning"),
            Span("no active rule: a fire runs nothing and leaves no record", "muted"),
        ]
    else:
        answer = [Span(formats.counted(len(trigger.active_rules), "active rule"))]
    return [
        *_head(trigger, now_ms),
        fact("answered by", *answer),
        fact("fired by", *fired_by),
        (),
        fact("POST to", Span(url, "primary")),
        fact("key", *_key(endpoint, revealed=revealed)),
        (),
        *parameter_lines("parameters", list(trigger.parameters), revealed=revealed),
        *_annotations(trigger, revealed=revealed),
    ]


def rule_facts(rule: Rule, glyphs: Glyphs, *, now_ms: int, revealed: bool) -> list[Line]:
    """When what fires, what runs."""
    if rule.is_active:
        state: Sequence[Span] = [Span(f"{glyphs.rule_on} ", "success"), Span("on", "muted")]
    else:
        state = [Span(f"{glyphs.rule_off} ", "faint"), Span("off", "warning"), Span("  t turns it on", "faint")]
    return [
        *_head(rule, now_ms),
        fact("state", *state),
        (),
        fact("when", Span(f"{glyphs.trigger} ", "secondary"), Span(rule.trigger.in_namespace)),
        fact("run", Span(f"{glyphs.action} ", "faint"), Span(rule.action.in_namespace)),
        (),
        *_annotations(rule, revealed=revealed),
    ]


def package_facts(package: Package, *, now_ms: int, revealed: bool) -> list[Line]:
    """What it gives to its actions, or what it is bound to."""
    bound = [] if package.binding is None else [fact("bound to", Span(f"/{package.binding}"))]
    return [
        *_head(package, now_ms),
        *bound,
        fact("shared", Span("yes" if package.publish else "no", "foreground" if package.publish else "muted")),
        (),
        *parameter_lines("parameters", list(package.parameters), revealed=revealed),
        *_annotations(package, revealed=revealed),
    ]


def member_names(package: Package) -> Iterable[tuple[str, bool]]:
    """Names of what is in a package that was read, and whether each is a feed."""
    body = package.received or {}
    for collection, is_feed in (("actions", False), ("feeds", True)):
        for member in body.get(collection) or ():
            yield str(member.get("name", "")), is_feed


def _head(thing: Trigger | Rule | Package, now_ms: int) -> list[Line]:
    updated = Span(f"  updated {formats.ago(thing.updated_ms, now_ms)}" if thing.updated_ms else "", "faint")
    return [fact("version", Span(thing.version), updated)]


def _key(endpoint: Endpoint, *, revealed: bool) -> list[Span]:
    user, _, password = endpoint.auth.reveal().partition(":")
    if not revealed:
        return [Span(f"{user[:4]}… : {MASK}", "muted"), Span("  V shows it", "faint")]
    # In pieces: whatever comes from outside is searched for the key as a whole, and the key hidden in it.
    middle = len(password) // 2
    half = len(user) // 2
    return [Span(user[:half]), Span(user[half:]), Span(":"), Span(password[:middle]), Span(password[middle:])]


def _annotations(thing: Trigger | Rule | Package, *, revealed: bool) -> list[Line]:
    own = [Parameter(key, value) for key, value in own_annotations(thing).items()]
    return parameter_lines("annotations", own, revealed=revealed)
