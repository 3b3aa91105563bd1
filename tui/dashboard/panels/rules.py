"""The list of rules."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.reactive import reactive

from tui.entities.rule import Rule

from ..render import formats
from ..render.entity_rows import rule_row
from ..render.line import Line, Span
from ..render.source import Rows
from .entity_panel import EntityPanel, entity_keys
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

    rules: reactive[tuple[Rule, ...] | None] = reactive(None)
    can_make = reactive(True)
    """Whether there are a trigger and an action to join."""

    @property
    def selected(self) -> Rule | None:
        return next((rule for rule in self.rules or () if rule.name == self.selected_id), None)

    def watch_rules(self, rules: tuple[Rule, ...] | None) -> None:
        off = sum(1 for rule in rules or () if rule.status is not None and not rule.is_active)
        state: Line = ()
        if rules is not None:
            state = [Span(formats.count(len(rules)) if rules else "none yet", "muted")]
        self.title_line.show(state=state, detail=[Span(f"{off} off", "faint")] if off else ())
        self.lines.set_empty(self.empty_lines())
        self.lines.show(Rows(rules or (), key=lambda rule: rule.name, draw=self._draw))

    def _draw(self, rule: Rule, width: int) -> Line:
        return rule_row(rule, width, self.glyphs)

    def watch_can_make(self) -> None:
        if self.is_mounted:
            self.lines.set_empty(self.empty_lines())
        self.refresh_bindings()

    def empty_lines(self) -> Sequence[Line]:
        if self.rules is None:
            return ()
        text = ("When this trigger fires, run", "that action. Can be turned off.")
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
