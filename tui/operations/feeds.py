"""Feeds: actions that fire a trigger when something happens elsewhere, driven by whoever makes the trigger.

A trigger names its feed in the annotation `feed`. Platforms do nothing about it: clients invoke the feed with a
lifecycle event when they create, change and delete the trigger.

Source: OpenWhisk's documentation of feeds, and what its command line does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.entities.names import OWN_NAMESPACE
from tui.errors import UserError

if TYPE_CHECKING:
    from tui.client import Client
    from tui.entities.json import JsonObject
    from tui.entities.trigger import Trigger


class FeedFailed(UserError):
    """The feed did not do what its trigger needs."""

    title = "The feed refused"


def feed_of(trigger: Trigger) -> str | None:
    """`/ns/[pkg/]name` of what fires it; `None` where only a request does."""
    feed = trigger.annotations.get("feed")
    if not isinstance(feed, str) or not feed.strip("/"):
        return None
    return feed if feed.startswith("/") else f"/{OWN_NAMESPACE}/{feed}"


async def call_feed(client: Client, feed: str, event: str, trigger: str, parameters: JsonObject) -> JsonObject:
    """Tell `feed` what became of `trigger`: `CREATE`, `READ`, `UPDATE`, `DELETE`.

    Returns:
        The feed's answer; `{}` where it answers with something else, or only after a minute.

    Raises:
        FeedFailed: It ended with an error; its own words are in the message.
    """
    body: JsonObject = {
        **parameters,
        "lifecycleEvent": event,
        "triggerName": f"/{client.endpoint.namespace}/{trigger}",
        "authKey": client.endpoint.auth.reveal(),
    }
    invoked = await client.actions.invoke(feed, body, blocking=True)
    response = None if invoked.activation is None else invoked.activation.response
    result = None if response is None else response.result
    if invoked.activation is not None and invoked.activation.state.is_failure:
        said = result.get("error") if isinstance(result, dict) else None
        raise FeedFailed(f"{feed}, {event}: {said or 'it failed'}.")
    return result if isinstance(result, dict) else {}
