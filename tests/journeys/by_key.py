"""Ways of a user's fingers that several journeys share."""

import re

from textual import events

from tests.dashboard.stage import Stage


async def reach_field(stage: Stage, label: str) -> None:
    """Go down the form until the cursor bar stands before `label`."""
    for _ in range(24):
        if any(re.search(rf"▌\s+{re.escape(label)}\b", line) for line in stage.lines):
            return
        await stage.press("tab")
    raise AssertionError(f"no field {label}:\n{stage.text}")


async def paste(stage: Stage, text: str) -> None:
    """What a terminal sends when a text is pasted."""
    focused = stage.app.focused
    assert focused is not None
    focused.post_message(events.Paste(text))
    await stage.pilot.pause()


async def go_to_row(stage: Stage, panel: str, name: str) -> None:
    """Focus a panel and put its cursor on the row of a thing, as soon as it is listed."""
    await stage.press(panel)
    current = stage.app.screen.current  # type: ignore[attr-defined]
    await stage.until(lambda: current.lines.source.index_of(name) is not None, f"{name} in panel {panel}")
    await stage.press("g")
    for _ in range(len(current.lines.source)):
        if current.lines.cursor_id == name:
            return
        await stage.press("j")
    raise AssertionError(f"no row {name} in panel {panel}")


async def fire(stage: Stage, trigger: str) -> None:
    """Fire a trigger with the payload that is offered."""
    await go_to_row(stage, "2", trigger)
    await stage.press("f")
    await stage.until_said("Fire")
    await stage.press("ctrl+s")
