"""The words of the command line: what each one does, and what may follow it.

A word is known by its name (`:fire`), completed by its beginning, and may take the rest of the line as its argument.
Every id of a key is a word too (`:activations.pause`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import Struct
from textual.fuzzy import FuzzySearch

from tui.errors import UsageError

NO_CHOICES: Callable[[], Sequence[str]] = tuple
MAX_CANDIDATES = 200
Run = Callable[[str], Any]


class Word(Struct, frozen=True):
    """One command."""

    name: str
    note: str
    """What it does, in lower case."""
    run: Run
    """Gets the rest of the line; may be a coroutine function."""
    argument: str = ""
    """What the rest of the line is, where there may be one: `NAME`."""
    choices: Callable[[], Iterable[str]] = NO_CHOICES
    """What the argument can be, as far as that is known."""
    optional: bool = False
    """Whether the argument may be left out."""
    hidden: bool = False
    """Known, but not offered before its beginning is typed."""


class Candidate(Struct, frozen=True):
    """One way to complete the line."""

    text: str
    """The whole line, completed."""
    note: str
    ready: bool
    """Whether it can be run as it stands."""


class Words:
    """All words by name."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words: Mapping[str, Word] = {word.name: word for word in words}

    def candidates(self, line: str) -> list[Candidate]:
        """Ways to go on from what was typed, the likeliest first."""
        name, blank, rest = line.lstrip().partition(" ")
        if blank and (word := self._words.get(name.lower())) is not None:
            texts = best(rest.strip(), word.choices())
            if not texts and word.argument and (rest.strip() or word.optional):
                return [Candidate(line.strip(), word.note, True)]
            return [Candidate(f"{word.name} {text}", "", True) for text in texts]
        offered = [word for word in self._words.values() if name or not word.hidden]
        by_name = {word.name: word for word in offered}
        return [self._named(by_name[found]) for found in best(name, by_name)]

    @staticmethod
    def _named(word: Word) -> Candidate:
        ready = not word.argument or word.optional
        argument = f"{word.argument}: " if word.argument else ""
        return Candidate(word.name if ready else f"{word.name} ", f"{argument}{word.note}", ready)

    def find(self, line: str) -> tuple[Word, str]:
        """The word that a line means, and its argument. The beginning of a name is enough where it is the only one.

        Raises:
            UsageError: There is no such word, or it needs an argument.
        """
        name, _, rest = line.strip().partition(" ")
        word = self._words.get(name) or self._by_beginning(name.lower())
        if word.argument and not word.optional and not rest.strip():
            raise UsageError(f"{word.name} needs {word.argument}.")
        if rest.strip() and not word.argument:
            raise UsageError(f"{word.name} takes nothing after it.")
        return word, rest.strip()

    def _by_beginning(self, name: str) -> Word:
        matching = [word for word in self._words.values() if word.name.startswith(name) and not word.hidden]
        if len(matching) == 1:
            return matching[0]
        if matching and name:
            names = ", ".join(word.name for word in matching[:6])
            raise UsageError(f"{name} could be {names}.")
        close = get_close_matches(name, self._words, n=1)
        hint = f"Did you mean {close[0]}?" if close else "tab completes, ? lists every key."
        raise UsageError(f"There is no command {name}.", hint=hint)


def best(typed: str, choices: Iterable[str]) -> list[str]:
    """Choices that fit what was typed: those that begin so, then those that contain it, then those alike."""
    wanted = typed.lower()
    all_ = list(dict.fromkeys(choices))
    if not wanted:
        return all_[:MAX_CANDIDATES]
    begins = [choice for choice in all_ if choice.lower().startswith(wanted)]
    contains = [choice for choice in all_ if wanted in choice.lower()[1:] and choice not in begins]
    if begins or contains:
        return [*begins, *contains][:MAX_CANDIDATES]
    search = FuzzySearch()
    scored = [(search.match(wanted, choice)[0], choice) for choice in all_]
    return [choice for score, choice in sorted(scored, key=lambda pair: -pair[0]) if score > 0][:MAX_CANDIDATES]
