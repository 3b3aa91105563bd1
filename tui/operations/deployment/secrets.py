"""Which values of an entity are keys that must not lie about in files: told by their name or by their looks.

Better one too many than one too few: a value that is taken for a key is only moved to where keys are kept.
"""

import math
import re
from collections import Counter

from tui.entities.json import Json

_NAMES = re.compile(
    r"pass(?:word|wd|phrase|code)|\bpass\b|pwd|secret|token|credential|bearer|cookie|webhook|certificate|signing|oauth|"
    r"(?:api|access|private|account|shared)[-_ ]?key|\bkey\b|[-_]key\b|(?-i:[a-z]Key\b)|"
    r"\bauth\b|[-_]auth\b|(?-i:[a-z]Auth\b)|auth[-_ ]?(?:key|header)|authori[sz]|"
    r"session[-_ ]?id|connection[-_ ]?string|\bdsn\b|\bpin\b",
    re.IGNORECASE,
)
_LOOKS = (
    re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:\S+", re.IGNORECASE),  # a key of a platform
    re.compile(r"\A(?:Basic|Bearer)\s+\S+", re.IGNORECASE),
    re.compile(r"-----BEGIN [A-Z ]+-----"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),  # a web token
    re.compile(r"://[^/\s:@]+:[^/\s@]+@"),  # an address with a password in it
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abpr]-[\w-]{10,}|\bsk[-_]\w{16,}"),
)
_RANDOM = re.compile(r"[\w+/=.-]{24,}", re.ASCII)
_RANDOM_BITS = 3.6
"""Per sign; words and names stay below it."""


def is_secret(name: str, value: Json) -> bool:
    """Whether `value`, which the user calls `name`, is a key. Numbers and texts can be, flags cannot."""
    if isinstance(value, bool) or value in (None, "") or not isinstance(value, str | int | float):
        return False
    if _NAMES.search(name):
        return True
    return isinstance(value, str) and (any(look.search(value) for look in _LOOKS) or _is_random(value))


def _is_random(text: str) -> bool:
    if not _RANDOM.fullmatch(text) or not re.search(r"\d", text) or not re.search(r"[A-Za-z]", text):
        return False
    counts, length = Counter(text), len(text)
    return -sum(number / length * math.log2(number / length) for number in counts.values()) >= _RANDOM_BITS
