"""Kinds: which language, and which version of it, an action is written in."""

from typing import Final

SEQUENCE: Final = "sequence"
BLACKBOX: Final = "blackbox"

_FAMILY_BY_SUFFIX = {
    ".js": "nodejs",
    ".mjs": "nodejs",
    ".cjs": "nodejs",
    ".ts": "nodejs",
    ".py": "python",
    ".rb": "ruby",
    ".php": "php",
    ".go": "go",
    ".swift": "swift",
}
_WITHOUT_DEFAULT_MAIN = ("java", "dotnet")


def family_of(kind: str) -> str:
    """`nodejs:20` → `nodejs`."""
    return kind.partition(":")[0]


def needs_main(kind: str) -> bool:
    """Whether an action of this kind has to name its entry point."""
    return family_of(kind) in _WITHOUT_DEFAULT_MAIN


def default_kind(family: str) -> str:
    """The kind that lets the platform choose the version."""
    return f"{family}:default"


def find_family(suffix: str) -> str | None:
    """The family of a source file by its suffix, dot included; `None` for an archive or an unknown one."""
    return _FAMILY_BY_SUFFIX.get(suffix.lower())


def find_suffix(family: str) -> str | None:
    """The usual suffix of a source file of this family, dot included; `None` of an unknown one."""
    return next((suffix for suffix, known in _FAMILY_BY_SUFFIX.items() if known == family), None)
