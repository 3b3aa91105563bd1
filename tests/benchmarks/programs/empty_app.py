"""A Textual app with nothing in it but a line of text, which counts keys: no dashboard can be faster."""

from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    CSS = "Static { width: 40; height: 1; }"
    keys = 0

    def compose(self) -> ComposeResult:
        yield Static("keys=0")

    def on_key(self, event: events.Key) -> None:
        if event.key == "q":
            self.exit()
            return
        self.keys += 1
        self.query_one(Static).update(f"keys={self.keys}", layout=False)


def main(**options: Any) -> None:
    EmptyApp().run(**options)


if __name__ == "__main__":
    main()
