"""Rows that their screen opens."""

from __future__ import annotations

from .line_view import LineView


class ScreenLines(LineView):
    """Leaves `enter` to the screen, whose own key then stands in the footer, the help and the palette."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action == "choose" else super().check_action(action, parameters)
