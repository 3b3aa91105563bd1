"""Let the user edit a text in `$EDITOR`, the dashboard suspended meanwhile."""

from textual.app import SuspendNotSupported

from tui.errors import UserError
from tui.external import edit_text

from ..jobs import Jobs


def edit_outside(screen: Jobs, text: str, *, suffix: str) -> str | None:
    """What was saved; `None` where that did not work, which was then said in the footer."""
    try:
        with screen.app.suspend():
            return edit_text(text, suffix=suffix)
    except SuspendNotSupported:
        screen.say("this terminal cannot be given to an editor", "warning")
    except UserError as error:
        screen.say_error(error)
    return None
