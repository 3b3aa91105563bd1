"""The list of rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.binding import Binding
from textual.reactive import reactive

from tui.entities.action import Action
from tui.entities.rule import Rule

from ..render.entity_rows import is_action_gone, rule_row
from ..render.line import Line
from .entity_panel import EntityPanel, entity_keys
from .list_panel import Column, day_of, version_key, version_of
from .messages import AddRequested, OpenRequested, ToggleRequested
from .panel import teaching


class RulesPanel(EntityPanel):
    """Panel 3."""

    NUMBER = 3
    TITLE = "Rules"
    WRITES = EntityPanel.WRITES | {"add", "switch_rule"}
    NEEDS_ROW = EntityPanel.NEEDS_ROW | {"open", "switch_rule"}
    BINDINGS = [
        Binding("a", "add", "add", id="rules.add", tooltip="make one: trigger and action"),
        Binding("t", "switch_rule", "on or off", id="rules.toggle", tooltip="turn it on or off"),
        Binding("enter", "open", "open", id="rules.open", tooltip="the action that it runs"),
        *entity_keys("rules", "rule", link=False),
    ]

    _action_names: frozenset[str] | None = None
    rules: reactive[tuple[Rule, ...] | None] = reactive(None)
    actions: reactive[tuple[Action, ...] | None] = reactive(None)
    """All of the namespace; `None`: not read yet."""
    can_make = reactive(True)
    """Whether there are a trigger and an action to join."""

    @property
    def selected(self) -> Rule | None:
        return next((rule for rule in self.rules or () if rule.name == self.selected_id), None)

    def is_gone(self, rule: Rule) -> bool:
        """Whether the action that it runs is not there."""
        return is_action_gone(rule, self._action_names)

    def watch_actions(self, actions: tuple[Action, ...] | None) -> None:
        self._action_names = None if actions is None else frozenset(action.name for action in actions)
        if self.is_mounted:
            self.lines.redraw()
            self.retitle()

    def watch_rules(self, rules: tuple[Rule, ...] | None) -> None:
        self.show_items(rules, self._draw)

    def columns(self) -> Sequence[Column]:
        return (
            Column(name="name", value=lambda rule: rule.name),
            Column(name="action", value=lambda rule: rule.action.in_namespace),
            Column(name="state", value=_state),
            Column(
                name="trigger",
                value=lambda rule: rule.trigger.in_namespace,
                text=lambda rule: rule.trigger.in_namespace,
                width=18,
            ),
            Column(name="version", value=lambda rule: version_key(rule.version), text=version_of, width=8),
            Column(name="updated", value=lambda rule: rule.updated_ms, descending=True, text=day_of, width=12),
        )

    def fields(self) -> Mapping[str, Callable[[Any], str]]:
        return {
            "name": lambda rule: rule.name,
            "trigger": lambda rule: rule.trigger.in_namespace,
            "action": lambda rule: rule.action.in_namespace,
            "status": lambda rule: _state(rule) or "",
        }

    def detail_note(self) -> str:
        off = sum(1 for rule in self.rules or () if _state(rule) == "off")
        gone = sum(map(self.is_gone, self.rules or ()))
        said = [f"{off} off"] if off else []
        if gone:
            said.append(f"{gone} without action")
        return f" {self.glyphs.dot} ".join(said)

    def _draw(self, rule: Rule, width: int) -> Line:
        return rule_row(rule, width, self.glyphs, gone=self.is_gone(rule))

    def watch_can_make(self) -> None:
        if self.is_mounted:
            self.lines.set_empty(self.empty_lines())
        self.refresh_bindings()

    def empty_lines(self) -> Sequence[Line]:
        if self.rules is None:
            return ()
        text = "When this trigger fires, run that action. Can be turned off."
        if not self.can_make:
            return teaching(text, hint="needs a trigger and an action")
        return teaching(text, [] if self.locked else [("a", "make one by picking")])

    def reason_disabled(self, action: str) -> str | None:
        if action == "add" and self.connected and not self.can_make:
            return "a rule needs a trigger and an action"
        return super().reason_disabled(action)

    def action_add(self) -> None:
        self.post_message(AddRequested("rule"))

    def action_switch_rule(self) -> None:
        if rule := self.selected:
            self.post_message(ToggleRequested(rule))

    def action_open(self) -> None:
        if rule := self.selected:
            self.post_message(OpenRequested(rule))


def _state(rule: Rule) -> str | None:
    """`on` or `off`; `None` where it was not told."""
    return None if rule.status is None else "on" if rule.is_active else "off"
