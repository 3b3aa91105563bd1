"""What a terminal is asked to tell somebody who looks elsewhere: a bell, and a note on the desktop."""

from collections.abc import Mapping

from tui.entities.text import visible_line

_BY_777 = ("rxvt", "foot")
"""Beginnings of TERM of those that know OSC 777 only; VTE's children say so by a variable of their own."""
_LONGEST = 120


def desktop_note(title: str, text: str, environ: Mapping[str, str]) -> str:
    """The sequence for this terminal: OSC 777 or OSC 9, wrapped where tmux stands between."""
    title, text = (visible_line(part).replace(";", ",")[:_LONGEST] for part in (title, text))
    if environ.get("VTE_VERSION") or environ.get("TERM", "").startswith(_BY_777):
        sequence = f"\x1b]777;notify;{title};{text}\x07"
    else:
        sequence = f"\x1b]9;{title}: {text}\x07"
    if environ.get("TMUX"):
        escaped = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{escaped}\x1b\\"
    return sequence
