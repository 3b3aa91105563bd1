"""The palette: things (actions, triggers, rules, activations) and verbs, each with the key that does the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.entities.text import visible_line

from ..panels.actions import ActionsPanel
from ..panels.feed import FeedPanel
from ..panels.messages import OpenRequested, RunRequested, StartRequested
from ..panels.panel import Panel
from ..panels.rules import RulesPanel
from ..panels.triggers import TriggersPanel
from ..render.glyphs import glyphs_of
from ..render.keys import key_label
from .offers import KeyOffer, key_offers

_RUNS_OFFERED = 500
Offer = tuple[str, str, Callable[[], Any]]
"""What is done, a note on it, and how."""


class MainCommands(Provider):
    """For every screen: its keys, and the things that the main screen knows."""

    async def discover(self) -> Hits:
        for name, note, run in (*self._verbs(), *self._own()):
            yield DiscoveryHit(name, run, help=note)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        wanted = query.lower()
        for name, note, run in (*self._things(), *self._verbs(), *self._own(), *self._runs(wanted)):
            if wanted not in f"{name} {note}".lower() and len(query) > 24:
                continue  # fuzzy matching is slow: a long query is meant as it stands
            score = matcher.match(name)
            if wanted in name.lower():
                score = max(score, 0.9)
            if score > 0:
                yield Hit(score, Content(visible_line(name)), run, help=visible_line(note))

    @property
    def _main(self) -> Any:
        return self.app.screen_stack[0]

    def _verbs(self) -> Iterator[Offer]:
        """Every key that exists here, those of every list later and those that cannot apply last; and the sample."""
        glyphs, main = glyphs_of(self.screen), self._main
        offers = sorted(key_offers(self.screen), key=lambda offer: (offer.reason is not None, _is_of_lists(offer)))
        for offer in offers:
            if offer.binding_id == "main.sample":
                continue
            name = f"{offer.text[0].upper()}{offer.text[1:]}"
            if offer.reason is None:
                yield name, f"key {key_label(offer.key, glyphs)}", offer.run
            else:
                yield name, f"not now: {offer.reason}", partial(main.say, offer.reason, "warning")
        if main.connected and not main.locked:
            yield "Load the worked sample", "key S", main.action_sample

    def _own(self) -> Iterator[Offer]:
        """What the configuration adds."""
        main = self._main
        for name in self.app.settings.filters:  # type: ignore[attr-defined]
            yield f"Filter {name}", "of the configuration", partial(main.use_filter, name)
        for name, command in main.own_commands():
            if command.key is None:
                yield f"Run {name}", "of the configuration", partial(main.action_own, name)

    def _things(self) -> Iterator[Offer]:
        main = self._main
        for action in main.actions or ():
            yield action.name, f"action, {action.kind}", partial(self._go, ActionsPanel, action.name)
            yield f"Open {action.name}", "action", partial(main.post_message, OpenRequested(action))
            if not main.locked:
                start = StartRequested("action", action.name, again=False)
                yield f"Invoke {action.name}", "the payload editor opens", partial(main.post_message, start)
        for trigger in main.triggers or ():
            yield trigger.name, "trigger", partial(self._go, TriggersPanel, trigger.name)
            if not main.locked:
                start = StartRequested("trigger", trigger.name, again=False)
                yield f"Fire {trigger.name}", "the payload editor opens", partial(main.post_message, start)
        for rule in main.rules or ():
            yield rule.name, f"rule, runs {rule.action.in_namespace}", partial(self._go, RulesPanel, rule.name)

    def _runs(self, wanted: str) -> Iterator[Offer]:
        """Activations whose id begins so, or the newest ones by name."""
        for number, entry in enumerate(self._main.book.newest_first()):
            is_meant = len(wanted) >= 4 and entry.activation_id.startswith(wanted)
            if number >= _RUNS_OFFERED and not is_meant:
                return
            if is_meant or (len(wanted) >= 3 and wanted in entry.name.lower() and number < 20):
                name = entry.activation_id if is_meant else f"{entry.name} {entry.activation_id[:8]}"
                open_it = RunRequested(entry.activation_id)
                yield name, f"{entry.state.value}, {entry.name}", partial(self._main.post_message, open_it)

    def _go(self, panel: type[Panel], name: str) -> None:
        self._main.come_back()
        target = self._main.query_one(panel)
        target.focus_lines()
        target.lines.move_to(name)


def _is_of_lists(offer: KeyOffer) -> bool:
    return offer.binding_id.startswith("list.")


PANEL_TABLES = (ActionsPanel, TriggersPanel, RulesPanel, FeedPanel)
"""Panels whose bindings share the screen's and the app's."""
