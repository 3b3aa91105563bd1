"""Programs of the user's, from `[commands.NAME]` of the configuration, run on what the cursor is on.

The thing stands in the environment of the program: WHISKTOP_COLLECTION, WHISKTOP_NAME, WHISKTOP_ID (of an activation),
WHISKTOP_MARKED (names or ids, a line each), WHISKTOP_INPUT_… (what was asked for), and the variables by which `wsk`,
`aio` and others reach the platform. In a read-only context those leave the key out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from textual.app import SuspendNotSupported
from textual.binding import Binding

from tui.config import CommandSettings
from tui.entities.endpoint import Endpoint
from tui.errors import UsageError, UserError
from tui.external import run_in_terminal
from tui.operations.environment import variables_for

from ..panels.panel import Panel
from ..render.entry import Entry
from ..render.line import Line, Span
from .command_words import Word
from .confirm import ConfirmScreen, Question
from .places import PANEL_NAMES
from .prompt import PromptScreen
from .resuming import Resuming

_NOT_IN_A_NAME = re.compile(r"[^A-Z0-9]+")


class OwnCommands(Resuming):
    """Between where one was and the main screen."""

    def on_mount(self) -> None:
        for name, command in self._commands.items():
            if command.key is not None and command.run:
                for panel in self._panels_of(command):
                    for binding in own_bindings(name, command):
                        panel._bindings.key_to_bindings.setdefault(binding.key, []).append(binding)

    @property
    def _commands(self) -> Mapping[str, CommandSettings]:
        return self.app.settings.commands  # type: ignore[attr-defined, no-any-return]

    def _panels_of(self, command: CommandSettings) -> list[Panel]:
        if command.panel is None:
            return self.panels
        return [panel for name, panel in zip(PANEL_NAMES, self.panels, strict=True) if name == command.panel]

    def own_commands(self) -> Iterator[tuple[str, CommandSettings]]:
        """Those that can be run where the focus is."""
        for name, command in self._commands.items():
            if command.run and self.current in self._panels_of(command):
                yield name, command

    def more_words(self) -> Iterable[Word]:
        yield from super().more_words()
        names = [name for name, _ in self.own_commands()]
        yield Word("run", "a command of the configuration", self.action_own, "NAME", lambda: names)

    def action_own(self, name: str) -> None:
        """Ask what has to be asked, then run it."""
        command = dict(self.own_commands()).get(name)
        if command is None:
            raise UsageError(f"The configuration has no command {name} for this panel.")
        if command.inputs:
            prompt = PromptScreen(name, command.inputs)
            self.app.push_screen(prompt, partial(self._asked, name, command))
        else:
            self._asked(name, command, {})

    def _asked(self, name: str, command: CommandSettings, answers: dict[str, str] | None) -> None:
        if answers is None:
            return
        if not command.confirm:
            self._run_own(name, command, answers)
            return
        lines: list[Line] = [[Span(" ".join(command.run), "muted")]]
        if (subject := self._subject_name()) is not None:
            lines.append([Span("on ", "muted"), Span(subject)])
        question = Question(title=f"Run {name}?", lines=lines, key="y", verb="run it", keep="leave it", danger=False)

        def answered(yes: bool | None) -> None:
            if yes:
                self._run_own(name, command, answers)

        self.app.push_screen(ConfirmScreen(question), answered)

    def _subject_name(self) -> str | None:
        selected: Any = getattr(self.current, "selected", None)
        return None if selected is None else str(selected.name)

    def _run_own(self, name: str, command: CommandSettings, answers: Mapping[str, str]) -> None:
        endpoint = None if self.operations is None else self.operations.endpoint
        variables = own_variables(self.current, endpoint, answers)
        try:
            with self.app.suspend():
                code = run_in_terminal(command.run, variables)
        except SuspendNotSupported:
            self.say("this terminal cannot be given to a program", "warning")
            return
        except UserError as error:
            self.say_error(error)
            return
        self.say([Span(name), Span(f" ended with code {code}", "warning" if code else "muted")])
        self.reload(frozenset({"actions", "triggers", "rules"}))


def own_bindings(name: str, command: CommandSettings) -> list[Binding]:
    """The keys of a command."""
    action, tooltip = f"screen.own({name!r})", f"run {name}, of the configuration"
    binding = Binding(command.key or "", action, name, show=False, id=f"commands.{name}", tooltip=tooltip)
    return list(Binding.make_bindings([binding]))


def own_variables(panel: Panel, endpoint: Endpoint | None, answers: Mapping[str, str]) -> dict[str, str]:
    """What the program finds in its environment, beside what ours has."""
    selected: Any = getattr(panel, "selected", None)
    variables = {"WHISKTOP_COLLECTION": PANEL_NAMES[panel.NUMBER - 1]}
    if selected is not None:
        variables["WHISKTOP_NAME"] = selected.name
    if isinstance(selected, Entry):
        variables["WHISKTOP_ID"] = selected.activation_id
    marked = [one.activation_id if isinstance(one, Entry) else one.name for one in panel.marked]
    if marked:
        variables["WHISKTOP_MARKED"] = "\n".join(marked)
    for question, answer in answers.items():
        variables[f"WHISKTOP_INPUT_{_NOT_IN_A_NAME.sub('_', question.upper())}"] = answer
    if endpoint is not None:
        variables["WHISKTOP_CONTEXT"] = endpoint.context
        reach = variables_for(endpoint, deploy_token=None)
        secret = endpoint.auth.reveal()
        variables |= {key: value for key, value in reach.items() if not (endpoint.read_only and value == secret)}
    return variables
