"""The code of an action as manifests name it: a file, a folder, chosen files, or text in the manifest itself."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tui.entities.action import Exec
from tui.entities.kinds import BLACKBOX, default_kind, family_of, find_family
from tui.errors import UsageError

from ...sources import Source, check_syntax, infer_kind, read_source, source_of_files, source_of_text

NATIVE_IMAGE = "openwhisk/dockerskeleton"
_RELATIVE_IMPORT = re.compile(r"""(?:require\(\s*|\bfrom\s+|\bimport\s+)["'](\.{1,2}/[^"']+)["']""")


def exec_of_path(path: Path, kind: str | None, *, main: str | None = None, image: str | None = None) -> Exec:
    """The program in a file or folder.

    Args:
        kind: As it is written, if it is; `None`: told by the suffix or the folder's content.
        image: For code that runs in an image of its own.

    Raises:
        UsageError: It cannot be read or has a syntax error; the message names the place.
    """
    chosen = normal_kind(kind) if kind else infer_kind(path)
    source = read_source(path, chosen)
    check_syntax(source, chosen)
    return _exec(source, chosen, main=main, image=image)


def exec_of_files(
    folder: Path, members: Iterable[tuple[str, Path]], kind: str | None, *, main: str | None = None
) -> Exec:
    """An archive of these files, each with its name in it."""
    chosen = list(members)
    if not chosen:
        raise UsageError(f"{folder}: nothing is left of it to be packed.")
    if kind is None:
        kind = _kind_of_names([name for name, _ in chosen]) or infer_kind(folder)
    return _exec(source_of_files(folder, chosen), normal_kind(kind), main=main, image=None)


def exec_of_text(code: str, kind: str, *, main: str | None = None) -> Exec:
    """A program that stands in the manifest."""
    kind = normal_kind(kind)
    source = source_of_text(code, kind)
    check_syntax(source, kind)
    return _exec(source, kind, main=main, image=None)


def normal_kind(kind: str) -> str:
    """`nodejs` and `nodejs:default`, `python` and `python:3.11`: a family alone means its default."""
    trimmed = kind.strip().lower()
    return trimmed if ":" in trimmed or trimmed == BLACKBOX else default_kind(trimmed)


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file with its name within the folder, in a steady order; nothing of version control and the like."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _NEVER_PACKED.intersection(name.parts):
            yield name.as_posix(), path


def included(root: Path, pairs: Sequence[Sequence[str]]) -> Iterator[tuple[str, Path]]:
    """Files that `include` adds: each pair is a pattern, and the folder or name that they get; one alone the top."""
    for pair in pairs:
        pattern, target = pair[0], pair[1] if len(pair) > 1 else ""
        found = [path for path in sorted(_matching(root, pattern)) if path.is_file()]
        if not found:
            raise UsageError(f"{root}: include {pattern} matches no file.")
        as_file = len(found) == 1 and target and not target.endswith("/") and "*" not in pattern
        for path in found:
            place = PurePosixPath(target) if as_file else PurePosixPath(target or ".") / _tail(root, pattern, path)
            yield _within(place), path


def without(members: Iterable[tuple[str, Path]], patterns: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Files that no `exclude` pattern matches, by their name or a folder above it."""
    for name, path in members:
        above = [str(parent) for parent in PurePosixPath(name).parents if str(parent) != "."]
        if not any(fnmatch(each, pattern.rstrip("/")) for pattern in patterns for each in (name, *above)):
            yield name, path


def needs_building(exec_: Exec) -> bool:
    """Whether a single JavaScript file asks for others, which do not travel with it."""
    return (
        not exec_.binary and family_of(exec_.kind) == "nodejs" and _RELATIVE_IMPORT.search(exec_.code or "") is not None
    )


_NEVER_PACKED = frozenset({".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".venv"})


def _exec(source: Source, kind: str, *, main: str | None, image: str | None) -> Exec:
    chosen = BLACKBOX if image else kind
    return Exec(kind=chosen, code=source.code, binary=source.binary, main=main, image=image)


def _kind_of_names(names: Sequence[str]) -> str | None:
    top = {name for name in names if "/" not in name}
    families = {family for name in top if (family := find_family(PurePosixPath(name).suffix)) is not None}
    return default_kind(families.pop()) if len(families) == 1 else None


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    plain = pattern.removeprefix("./")
    direct = root / plain
    if direct.is_dir():
        return (path for _, path in files_below(direct))
    if direct.is_file():
        return iter((direct,))
    outside = PurePosixPath(plain)
    base = root
    while outside.parts[:1] == ("..",):
        base, outside = base.parent, PurePosixPath(*outside.parts[1:])
    return base.glob(str(outside))


def _tail(root: Path, pattern: str, path: Path) -> PurePosixPath:
    """The part of a path that the pattern left open: `a/*/b.js` keeps what `*` stands for."""
    fixed = PurePosixPath(pattern.removeprefix("./"))
    steps = []
    for part in fixed.parts:
        if any(sign in part for sign in "*?["):
            break
        steps.append(part)
    base = root.joinpath(*steps)
    if base.is_file():
        return PurePosixPath(path.name)
    return PurePosixPath(path.resolve().relative_to(base.resolve()).as_posix())


def _within(place: PurePosixPath) -> str:
    steps: list[str] = []
    for part in place.parts:
        if part == ".." or part.startswith("/"):
            raise UsageError(f"include puts {place} outside of the archive.")
        if part != ".":
            steps.append(part)
    return "/".join(steps)
