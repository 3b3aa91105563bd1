"""From here to elsewhere: what is marked or selected goes to another context, and manifests are deployed here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from tui.entities.action import Action
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.errors import UsageError

from ..render import formats
from .command_words import Word
from .other_contexts import opened_context, other_contexts
from .picker import PickScreen
from .watching import Watching

if TYPE_CHECKING:  # imported where they are used: the dashboard opens sooner without them
    from tui.config import Settings
    from tui.operations import Operations
    from tui.operations.deployment.plan import Plan


class Promoting(Watching):
    """Adds `M`, `:promote`, `:deploy` and `:undeploy` to the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "M", "promote", "promote", show=False, id="main.promote", tooltip="bring it to another context, plan first"
        ),
    ]

    def more_words(self) -> Iterable[Word]:
        yield from super().more_words()
        yield Word("promote", "what is marked or selected, to a context", self._promote_to, "CONTEXT", self._targets)
        yield Word("deploy", "a manifest or a project folder, plan first", self._deploy, "PATH")
        yield Word("undeploy", "take the last deployment to this account back", self._undeploy)

    # Promoting

    def action_promote(self) -> None:
        """Pick where it goes."""
        names, targets = self._chosen_names(), self._targets()
        if self.operations is None:
            self.say("not connected yet", "warning")
        elif not names:
            self.say("choose an action, a trigger or a rule first", "warning")
        elif not targets:
            self.say("there is no other context: config.toml or a .wskprops names one", "warning")
        else:

            def picked(name: str | None) -> None:
                if name is not None:
                    self._promote_to(name)

            self.app.push_screen(PickScreen(f"Promote {_listed(names)} to", targets), picked)

    def _promote_to(self, name: str) -> None:
        names, source = self._chosen_names(), self.operations
        if source is None or not names:
            raise UsageError("There is nothing to promote: choose an action, a trigger or a rule first.")
        if name not in self._targets():
            raise UsageError(f"There is no other context {name}.")

        async def plan(target: Operations) -> Plan:
            from tui.operations.deployment.plan import make_plan
            from tui.operations.deployment.selection import blueprint_of

            here, there = source.endpoint, target.endpoint
            if (here.url, here.namespace) == (there.url, there.namespace):
                raise UsageError(f"{name} is the namespace that is shown already.")
            return await make_plan(target, await blueprint_of(source, names))

        from .plan import PlanScreen

        open_target = partial(opened_context, self._settings, name, read_only=source.endpoint.is_lock_fixed)
        self.app.push_screen(PlanScreen(f"Promote {_listed(names)}", name, open_target=open_target, planner=plan))

    def _targets(self) -> Sequence[str]:
        return other_contexts(self._settings, None if self.operations is None else self.operations.endpoint)

    def _chosen_names(self) -> tuple[str, ...]:
        """What is marked, else what the cursor is on: of a list of things, not of runs."""
        panel = self.current
        chosen: list[Any] = list(panel.marked) or [getattr(panel, "selected", None)]
        return tuple(thing.name for thing in chosen if isinstance(thing, Action | Trigger | Rule))

    # Deploying

    def _deploy(self, path: str) -> None:
        folder = Path(path).expanduser()
        self._plan_here(f"Deploy {folder}", partial(_plan_of_manifest, folder))

    def _undeploy(self, _: str) -> None:
        if self.operations is None:
            return
        from tui.operations.deployment.undo import last_undo

        undone = last_undo(self.operations.endpoint)
        self._plan_here("Take back", partial(_plan_back, undone), undone)

    def _plan_here(self, title: str, planner: Any, undone: Path | None = None) -> None:
        operations = self.operations
        if operations is None:
            raise UsageError("There is no link to deploy over.")

        def left(anything: bool | None) -> None:
            if anything:
                self.reload(frozenset({"actions", "triggers", "rules"}))

        @asynccontextmanager
        async def shown() -> AsyncIterator[Operations]:
            yield operations

        from .plan import PlanScreen

        place = operations.endpoint.context
        self.app.push_screen(PlanScreen(title, place, open_target=shown, planner=planner, undone=undone), left)

    @property
    def _settings(self) -> Settings:
        settings: Settings = self.app.settings  # type: ignore[attr-defined]
        return settings


async def _plan_of_manifest(path: Path, target: Operations) -> Plan:
    from tui.operations.deployment.deploying import plan_manifest

    return await plan_manifest(target, path, os.environ)


async def _plan_back(path: Path, target: Operations) -> Plan:
    from tui.operations.deployment.undo import plan_undo

    return await plan_undo(target, path)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else formats.counted(len(names), "thing")
