"""`y` and `ctrl+s`: whatever a screen shows can be copied, and saved to a file.

The clipboard is reached by the system's own tool; where there is none, the terminal is asked (OSC 52); what is too long
for that is offered as a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual.binding import Binding

from tui.external import copy_text, fill_tmux_buffer, terminal_copy_sequence

from ..jobs import Jobs
from ..render import formats
from ..render.line import Span
from .copies import Copyable, Savable, file_stem
from .copy_menu import Copied, CopyMenu
from .save import SaveScreen

COPY = Binding("y", "copy", "copy", id="things.copy", tooltip="copy: id, result, log, URL, the same call as curl …")
SAVE = Binding("ctrl+s", "save", "save", show=False, id="things.save", tooltip="save it to a file")


class Copying(Jobs):
    """For screens whose table has `COPY` and `SAVE`."""

    def copy_title(self) -> str:
        """What is copied, by name; files are named after it."""
        raise NotImplementedError

    def copies(self) -> Sequence[Copyable]:
        """Forms of what the cursor is on, the likeliest first."""
        raise NotImplementedError

    def files(self) -> Sequence[Savable]:
        """Files that can be made of what is shown."""
        raise NotImplementedError

    def action_copy(self) -> None:
        copies = self.copies()
        if not copies:
            self.say("there is nothing to copy here", "warning")
            return
        self.app.push_screen(CopyMenu(f"Copy {self.copy_title()}", copies), self._copy)

    def action_save(self) -> None:
        files = self.files()
        if not files:
            self.say("there is nothing to save here yet", "warning")
            return
        self.app.push_screen(SaveScreen(files, file_stem(self.copy_title())))

    def _copy(self, copied: Copied | None) -> None:
        if copied is not None:
            copy = partial(asyncio.to_thread, copy_text, copied.text)
            self.start_job(copy, then=partial(self._copied, copied), group="copy")

    def _copied(self, copied: Copied, tool: str | None) -> None:
        size = formats.size(len(copied.text.encode("utf-8", "replace")))
        if tool is not None:
            self.say([Span(copied.label), Span(f" copied with {tool}  {size}", "muted")])
            return
        sequence = terminal_copy_sequence(copied.text)
        if sequence is None:
            self.say([Span(f"{size} is too much for the terminal's clipboard: ", "warning"), Span("a file takes it")])
            as_file = Savable(copied.label, ".txt", lambda: copied.text.encode("utf-8", "surrogatepass"))
            self.app.push_screen(SaveScreen([as_file], file_stem(self.copy_title())))
            return
        if (driver := self.app._driver) is not None:
            driver.write(sequence)
        self.start_job(partial(asyncio.to_thread, fill_tmux_buffer, copied.text), group="copy")
        self.say([Span(copied.label), Span(f" given to the terminal's clipboard  {size}", "muted")])
