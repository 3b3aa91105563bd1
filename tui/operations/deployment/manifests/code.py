"""The code of an action as manifests name it: a file, a folder, chosen files, or text in the manifest itself."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tui.entities.action import Exec
from tui.entities.kinds import BLACKBOX, default_kind, family_of, find_family
from tui.errors import UsageError

from ...sources import Source, check_syntax, infer_kind, read_source, source_of_bytes, source_of_files, source_of_text

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
    if path.is_dir() and image is not None:
        chosen, source = BLACKBOX, source_of_files(path, files_below(path))
    elif path.is_file() and _is_opaque(path, kind, image):
        chosen = BLACKBOX if image else normal_kind(kind or "java")
        source = source_of_bytes(path)
    else:
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


def _is_opaque(path: Path, kind: str | None, image: str | None) -> bool:
    """Whether it is an archive of a language that we know nothing of: it travels as it is."""
    suffix = path.suffix.lower()
    foreign = kind is not None and family_of(normal_kind(kind)) not in ("nodejs", "python")
    return suffix == ".jar" or (suffix == ".zip" and (image is not None or foreign))


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


def included(root: Path, pairs: Sequence[Sequence[str]], *, flat: bool) -> Iterator[tuple[str, Path]]:
    """Files that `include` adds, each pair a pattern and where its files go.

    Args:
        flat: As App Builder has it: the target is always a folder, the top if there is none, and files keep nothing
            but their own names. Else a pattern alone keeps its path, and `*` in one what it stands for.
    """
    for pattern, *target in (pair for pair in pairs if pair):
        found = [path for path in sorted(_matching(root, pattern)) if path.is_file()]
        if not found:
            raise UsageError(f"{root}: include {pattern} matches no file.")
        for path in found:
            if flat:
                place = PurePosixPath(target[0] if target else ".") / path.name
            else:
                place = _place(root, pattern, target[0] if target else _fixed_part(pattern), path)
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


def _place(root: Path, pattern: str, target: str, path: Path) -> PurePosixPath:
    base = root / _fixed_part(pattern)
    if base.is_file():
        return PurePosixPath(target) / path.name if target.endswith("/") else PurePosixPath(target)
    return PurePosixPath(target.partition("*")[0]) / path.resolve().relative_to(base.resolve()).as_posix()


def _fixed_part(pattern: str) -> str:
    """What stands before the first part with a wildcard in it."""
    steps = PurePosixPath(pattern.removeprefix("./")).parts
    wild = next((number for number, step in enumerate(steps) if any(sign in step for sign in "*?[")), len(steps))
    return str(PurePosixPath(*steps[:wild]))


def _within(place: PurePosixPath) -> str:
    steps: list[str] = []
    for part in place.parts:
        if part == ".." or part.startswith("/"):
            raise UsageError(f"include puts {place} outside of the archive.")
        if part != ".":
            steps.append(part)
    return "/".join(steps)
