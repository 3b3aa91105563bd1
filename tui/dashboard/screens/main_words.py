"""The command line's words for the whole dashboard, and what each of them does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from inspect import isawaitable
from itertools import islice
from typing import TYPE_CHECKING, Any

from tui.entities.activation import is_activation_id
from tui.errors import UsageError, UserError

from ..panels.messages import OpenRequested, RunRequested, StartRequested, Thing
from .command_words import Word, Words
from .offers import bound_here, reason_of
from .places import PANEL_NAMES
from .theme_picker import themes_in_order

if TYPE_CHECKING:
    from .main import MainScreen

_RUNS_OFFERED = 50


class MainWords:
    """Made for one main screen; `words()` is asked anew whenever a line is typed."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main

    def words(self) -> Words:
        return Words([*self._places(), *self._verbs(), *self._keys(), *self._main.more_words()])

    async def run(self, line: str) -> None:
        """Do what a line says; what is wrong with it is said at the foot of the screen."""
        try:
            word, argument = self.words().find(line)
            outcome = word.run(argument)
            if isawaitable(outcome):
                await outcome
        except UserError as error:
            self._main.say_error(error)

    # Words

    def _places(self) -> Iterator[Word]:
        for number, name in enumerate(PANEL_NAMES):
            yield Word(name, f"to the {name}", partial(self._show, number), "FILTER", optional=True)
        yield Word("open", "an activation by its first digits, or anything by name", self._open, "ID", self._openable)

    def _verbs(self) -> Iterator[Word]:
        main = self._main
        yield Word("fire", "fire a trigger, payload first", partial(self._start, "trigger"), "TRIGGER", self._triggers)
        yield Word("invoke", "invoke an action, payload first", partial(self._start, "action"), "ACTION", self._actions)
        yield Word("ctx", "open another context, or list them", self._context, "NAME", self._contexts, optional=True)
        yield Word("lock", "refuse every write, or no longer", lambda _: main.action_lock())
        themes = partial(themes_in_order, main.app.available_themes)
        yield Word("theme", "how whisktop looks; alone: choose by eye", self._theme, "NAME", themes, optional=True)
        yield Word("sample", "load the worked sample", lambda _: main.action_sample())
        yield Word("refresh", "read again, try the link again", lambda _: main.action_refresh())
        yield Word("requests", "log of the requests made", lambda _: main.app.run_action("app.log(0)"))
        yield Word("messages", "log of what was said", lambda _: main.app.run_action("app.log(1)"))
        yield Word("help", "every key", lambda _: main.app.run_action("app.help"))
        yield Word("quit", "jobs go on without whisktop", lambda _: main.action_quit())

    def _keys(self) -> Iterator[Word]:
        screen = self._main.app.screen
        for binding_id, (node, binding) in bound_here(screen).items():
            run = partial(self._key, node, binding)
            yield Word(binding_id, binding.tooltip or binding.description, run, hidden=True)

    # What they do

    def _context(self, name: str) -> None:
        self._main.come_back()
        if not name:
            self._main.action_contexts()
        elif self._main.app.accounts is None:  # type: ignore[attr-defined]
            raise UsageError("This session has one context only.")
        else:
            self._main.app.switch_to(name)  # type: ignore[attr-defined]

    def _contexts(self) -> list[str]:
        accounts = self._main.app.accounts  # type: ignore[attr-defined]
        return [] if accounts is None else [context.name for context in accounts.catalog().contexts]

    def _show(self, number: int, text: str) -> None:
        self._main.come_back()
        panel = self._main.go_to(number)
        if text:
            panel.set_filter(text)

    def _start(self, collection: str, name: str) -> None:
        names = self._triggers() if collection == "trigger" else self._actions()
        if name not in names:
            raise UsageError(f"There is no {collection} {name}.")
        self._main.post_message(StartRequested(collection, name, again=False))  # type: ignore[arg-type]

    async def _open(self, name: str) -> None:
        main = self._main
        thing = next((thing for thing in self._things() if thing.name == name), None)
        if thing is not None:
            main.post_message(OpenRequested(thing))
            return
        wanted = name.lower()
        known = [entry.activation_id for entry in main.book.newest_first() if entry.activation_id.startswith(wanted)]
        if len(known) == 1 or is_activation_id(wanted):
            main.post_message(RunRequested(known[0] if known else wanted))
        elif known:
            shown = ", ".join(activation_id[:12] for activation_id in known[:3])
            raise UsageError(f"{name} begins {len(known)} ids: {shown} …", hint="Give more digits.")
        else:
            self._look_for(wanted)

    def _look_for(self, prefix: str) -> None:
        """Ask the platform for an activation that the feed has not told of."""
        main = self._main
        if (operations := main.operations) is None:
            raise UsageError(f"Nothing here is called {prefix}, and there is no link to ask over.")

        def found(activation_id: str) -> None:
            main.post_message(RunRequested(activation_id))

        main.say(f"looking for {prefix}")
        main.start_job(
            partial(operations.activations.find_id, prefix), then=found, group="open by id", latest_only=True
        )

    def _theme(self, name: str) -> None:
        app = self._main.app
        if not name:
            app.action_change_theme()
            return
        if name not in app.available_themes:
            raise UsageError(f"There is no theme {name}.")
        app.theme = name

    async def _key(self, node: Any, binding: Any, _: str) -> None:
        main = self._main
        if not await main.app.run_action(binding.action, node):
            main.say(reason_of(main.app.screen, binding), "warning")

    # What may follow

    def _triggers(self) -> Sequence[str]:
        return [trigger.name for trigger in self._main.triggers or ()]

    def _actions(self) -> Sequence[str]:
        return [action.name for action in self._main.actions or ()]

    def _things(self) -> Iterator[Thing]:
        main = self._main
        yield from main.actions or ()
        yield from main.triggers or ()
        yield from main.rules or ()

    def _openable(self) -> Iterator[str]:
        yield from (thing.name for thing in self._things())
        yield from (entry.activation_id[:12] for entry in islice(self._main.book.newest_first(), _RUNS_OFFERED))
