"""Source files: what kind of action they make, and the code as it travels.

Upstream platforms take plain CommonJS or Python text, and zips. So a folder travels as a zip, and so does an ES module:
with a `package.json` that says so. TypeScript travels as the JavaScript that is left without its types.
"""

import ast
import base64
import io
import json
import re
import stat
import sys
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tui.entities.action import Exec, is_binary_code
from tui.entities.kinds import default_kind, family_of, find_family, find_suffix
from tui.entities.limits import MAX_CODE_BYTES
from tui.entities.names import MAX_NAME_LENGTH, is_valid_name
from tui.errors import UsageError

from . import node
from .payloads import read_text, unreadable

NODE: Final = "nodejs"
PYTHON: Final = "python"
KNOWN_SOURCES: Final = ".js .mjs .cjs .ts .py .zip, or a folder with package.json or __main__.py"

_NODE_SUFFIXES = frozenset({".js", ".mjs", ".cjs", ".ts"})
_MODULE_SYNTAX = re.compile(r"^(?:export\b|import\b\s*[\w{*\"'])", re.MULTILINE)
_NEVER_PACKED = frozenset({".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".venv", ".mypy_cache", ".pytest_cache"})
_MODULE_FILE = "index.mjs"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_MAX_ARCHIVE_BYTES = MAX_CODE_BYTES // 4 * 3


class Source(Struct, frozen=True, kw_only=True):
    """Code read from disk."""

    path: Path
    text: str | None
    """What the user wrote; `None` for archives and folders."""
    code: str
    """As it is sent: text, or an archive in base64."""
    binary: bool
    size_bytes: int
    """Of `code`."""
    lines: int | None
    """`None` for archives and folders."""


def infer_kind(path: Path) -> str:
    """The kind of action that a file or folder makes, version left to the platform.

    Raises:
        UsageError: It is missing, unreadable, or of no type that is known; the message names those that are.
    """
    with _readable(path):
        if _is_folder(path):
            return default_kind(_family_of_names(path, {entry.name for entry in path.iterdir()}))
        if path.suffix.lower() == ".zip":
            return default_kind(_family_of_names(path, _names_in(path)))
    family = find_family(path.suffix)
    if family is None:
        raise UsageError(f"{path} is of no type that makes an action.", hint=f"Known are {KNOWN_SOURCES}.")
    return default_kind(family)


def infer_name(path: Path) -> str:
    """A valid action name after the file's or folder's own."""
    resolved = path.resolve()
    stem = resolved.name if resolved.is_dir() else resolved.stem
    name = re.sub(r"[^A-Za-z0-9_@ .&-]+", "-", stem)[:MAX_NAME_LENGTH].strip(" -.&@") or "action"
    return name if is_valid_name(name) else "action"


def read_source(path: Path, kind: str) -> Source:
    """Read and pack the code of one action. Slow for large folders: call it in a thread.

    Raises:
        UsageError: Missing, unreadable, no text, broken, of another kind, or larger than a platform takes.
    """
    with _readable(path):
        if _is_folder(path):
            return _archived(path, _zip_folder(path))
        if path.stat().st_size > MAX_CODE_BYTES:
            raise _too_large(path)
        if path.suffix.lower() == ".zip":
            _names_in(path)
            return _archived(path, path.read_bytes())
        return _read_text_source(path, family_of(kind))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unreadable(Path(error.filename or path), error) from error


def _is_folder(path: Path) -> bool:
    mode = path.stat().st_mode
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise UsageError(f"{path} is neither a file nor a folder.")
    return stat.S_ISDIR(mode)


def check_syntax(source: Source, kind: str) -> None:
    """Find a syntax error before a run does. Starts a Node.js, where there is one: call it in a thread.

    Raises:
        UsageError: There is one; the message names line and column.
    """
    if source.text is None:
        return
    family = family_of(kind)
    if family == PYTHON and not _is_newer_python(kind):
        _check_python(source.path, source.text)
    elif family == NODE and source.path.suffix.lower() != ".ts":  # its types could be stripped, so it was parsed
        node.check_syntax(source.path, source.text, is_module=source.binary)


def _is_newer_python(kind: str) -> bool:
    """Whether `kind` may have syntax that our own parser does not know."""
    version = re.fullmatch(r"3\.(\d+)", kind.partition(":")[2])
    return version is not None and int(version[1]) > sys.version_info.minor


def _check_python(path: Path, text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # doubtful escapes are no errors
            ast.parse(text, filename=str(path))
    except SyntaxError as error:
        where = f"line {error.lineno}, column {error.offset}"
        raise UsageError(f"{path}, {where}: {error.msg}.", hint=node.MEND) from error
    except ValueError as error:  # a NUL in the text
        raise UsageError(f"{path}: {error}.", hint=node.MEND) from error


def source_of_text(text: str, kind: str, *, is_module: bool = False) -> Source:
    """Code that stands in no file, such as what was edited of an action: a module also by its syntax.

    Raises:
        UsageError: It is empty, too large, or would be taken for an archive.
    """
    path = Path(f"the code{suffix_of(kind)}")
    is_module = family_of(kind) == NODE and (is_module or _MODULE_SYNTAX.search(text) is not None)
    return _text_source(path, text, text, is_module=is_module)


def source_of_bytes(path: Path) -> Source:
    """An archive that travels as it is, such as a `.jar`."""
    with _readable(path):
        return _archived(path, path.read_bytes())


def source_of_files(path: Path, members: Iterable[tuple[str, Path]]) -> Source:
    """An archive of chosen files, each with its name in it; `path` is what they are called together.

    Raises:
        UsageError: One cannot be read, or they are more than a platform takes.
    """
    with _readable(path):
        content = _zip((name, file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) for name, file in members)
    return _archived(path, content)


def suffix_of(kind: str) -> str:
    """Of a file that holds code of this kind."""
    return find_suffix(family_of(kind)) or ".txt"


def editable_text(exec_: Exec) -> str | None:
    """The code of an action as a text to edit; an ES module is taken out of its archive. `None` of other archives."""
    if exec_.code is None or not exec_.binary:
        return exec_.code
    import zipfile  # here and below: whoever only watches does without it

    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(exec_.code))) as archive:
            if set(archive.namelist()) != {"package.json", _MODULE_FILE}:
                return None
            if archive.getinfo(_MODULE_FILE).file_size > MAX_CODE_BYTES:
                return None
            return archive.read(_MODULE_FILE).decode("utf-8")
    except (ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None


def _read_text_source(path: Path, family: str) -> Source:
    text = read_text(path)
    _check_family(path, family)
    code, is_module = text, False
    if family == NODE:
        code = node.strip_types(path, text) if path.suffix.lower() == ".ts" else text
        is_module = _is_module(path, code)
    return _text_source(path, text, code, is_module=is_module)


def _text_source(path: Path, text: str, code: str, *, is_module: bool) -> Source:
    """`text` is what the user wrote, `code` what is left of it without types."""
    if not text.strip():
        raise UsageError(f"{path} is empty.")
    if is_module:
        packed = _zip_module(code)
        return _source(path, text=text, code=base64.b64encode(packed).decode("ascii"), binary=True)
    if is_binary_code(code):
        raise UsageError(f"{path} holds no program: a platform would take it for an archive.")
    return _source(path, text=text, code=code, binary=False)


def _check_family(path: Path, family: str) -> None:
    suffix_family = find_family(path.suffix)
    if suffix_family is not None and family in (NODE, PYTHON) and suffix_family != family:
        names = {NODE: "Node.js", PYTHON: "Python"}
        told = names.get(suffix_family, suffix_family)
        raise UsageError(
            f"{path} is {told}, but the kind is {names[family]}.", hint="Choose a kind that fits the file."
        )


def _is_module(path: Path, code: str) -> bool:
    """Whether Node would load the file as an ES module: by its suffix, its package, or else its syntax."""
    suffix = path.suffix.lower()
    if suffix in (".mjs", ".cjs"):
        return suffix == ".mjs"
    return _package_type(path.resolve().parent) == "module" or _MODULE_SYNTAX.search(code) is not None


def _package_type(folder: Path) -> str | None:
    """`type` of the nearest `package.json` at or above `folder`."""
    for parent in (folder, *folder.parents):
        manifest = parent / "package.json"
        if manifest.is_file():
            try:
                body = json.loads(manifest.read_bytes())
            except (OSError, ValueError):
                return None
            return body.get("type") if isinstance(body, dict) else None
    return None


def _zip_module(code: str) -> bytes:
    manifest = json.dumps({"type": "module", "main": _MODULE_FILE})
    return _zip([("package.json", manifest.encode(), 0o644), (_MODULE_FILE, code.encode(), 0o644)])


def _zip_folder(folder: Path) -> bytes:
    _family_of_names(folder, {entry.name for entry in folder.iterdir()})
    return _zip(
        (file.relative_to(folder).as_posix(), file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
        for file in _files_below(folder)
    )


def _files_below(folder: Path) -> Iterator[Path]:
    """In a steady order; links are followed, but never round in a circle."""
    above: set[Path] = set()

    def walk(place: Path) -> Iterator[Path]:
        real = place.resolve()
        if real in above:
            return
        above.add(real)
        for path in sorted(place.iterdir()):
            if path.name in _NEVER_PACKED:
                continue
            if path.is_dir():
                yield from walk(path)
            elif path.is_file():
                yield path
        above.discard(real)

    return walk(folder)


def _zip(members: Iterator[tuple[str, bytes, int]] | list[tuple[str, bytes, int]]) -> bytes:
    """The same members give the same bytes, whenever they were written."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.external_attr = (stat.S_IFREG | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
            if buffer.tell() > _MAX_ARCHIVE_BYTES:
                break  # said by the caller's size check; no need to pack the rest first
    return buffer.getvalue()


def _names_in(path: Path) -> set[str]:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise UsageError(f"{path} is not a zip archive.") from error


def _family_of_names(path: Path, names: set[str]) -> str:
    if "__main__.py" in names:
        return PYTHON
    if names & {"package.json", "index.js"}:
        return NODE
    what = "The folder" if path.is_dir() else "The archive"
    raise UsageError(
        f"{what} {path} holds neither package.json nor __main__.py at its top.",
        hint="Node.js needs a package.json (or index.js) there, Python a __main__.py.",
    )


def _archived(path: Path, content: bytes) -> Source:
    return _source(path, text=None, code=base64.b64encode(content).decode("ascii"), binary=True)


def _source(path: Path, *, text: str | None, code: str, binary: bool) -> Source:
    size = len(code) if binary else len(code.encode("utf-8", "surrogatepass"))
    if size > MAX_CODE_BYTES:
        raise _too_large(path)
    lines = None if text is None else text.count("\n") + (not text.endswith("\n"))
    return Source(path=path, text=text, code=code, binary=binary, size_bytes=size, lines=lines)


def _too_large(path: Path) -> UsageError:
    return UsageError(
        f"{path} is too large: more than {MAX_CODE_BYTES // (1024 * 1024)} MB of code.",
        hint="Leave out what the action does not need, such as development dependencies.",
    )
