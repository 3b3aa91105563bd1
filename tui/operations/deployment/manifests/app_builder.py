"""`app.config.yaml` of Adobe's App Builder: an application and extensions, each with packages as `manifest.yml` has.

A build may have packed the actions already (`aio app build`): then that is what is deployed.

Source: Adobe's aio-cli-lib-app-config and aio-lib-runtime.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tui.entities.json import Json

from .documents import ManifestError, Section, load_document

_PLACEHOLDER = "__APP_PACKAGE__"
_INCLUDE = "$include"
_DEEPEST = 10


def runtime_manifests(path: Path) -> Iterator[tuple[Section, Path, str]]:
    """Every runtime manifest of the configuration, the folder that its paths count from, and the name of its part."""
    document = load_document(path)
    application = document.table("application")
    if "runtimeManifest" in application:
        yield application.table("runtimeManifest"), path.parent, "application"
    for name, extension in _extensions(document, path):
        section, folder = extension
        if "runtimeManifest" in section:
            yield section.table("runtimeManifest"), folder, name
    if "runtimeManifest" in document:
        yield document.table("runtimeManifest"), path.parent, "application"


def _extensions(document: Section, path: Path) -> Iterator[tuple[str, tuple[Section, Path]]]:
    for name, written in document.tables("extensions"):
        yield name, _follow(written, path.parent)


def _follow(section: Section, folder: Path) -> tuple[Section, Path]:
    """What a section that is only `$include: path` stands for."""
    for _ in range(_DEEPEST):
        target = section.value(_INCLUDE)
        if target is None:
            return section, folder
        if not isinstance(target, str):
            raise section.wrong(_INCLUDE, "a path", target)
        section, folder = load_document(folder / target), (folder / target).parent
    raise ManifestError(f"{section.place} includes itself.")


def with_package_name(manifest: Section, root: Path) -> Section:
    """The manifest with the package that is named after the application, where it has one."""
    packages = manifest.table("packages")
    if _PLACEHOLDER not in packages.members:
        return manifest
    name = _package_name(root)
    renamed = {name if key == _PLACEHOLDER else key: value for key, value in packages.members.items()}
    return Section({**manifest.members, "packages": renamed}, manifest.place)


def _package_name(root: Path) -> str:
    """`name-version` of `package.json`."""
    about: Json = {}
    manifest = root / "package.json"
    if manifest.is_file():
        try:
            about = json.loads(manifest.read_bytes())
        except ValueError as error:
            raise ManifestError(f"{manifest} is no JSON: {error}.") from error
    about = about if isinstance(about, dict) else {}
    name = f"{about.get('name') or 'unnamed-app'}-{about.get('version') or '0.1.0'}"
    return re.sub(r"[^\w@ .&-]+", "-", name, flags=re.ASCII).strip("-@ .&")


def find_build(root: Path, part: str, package: str, action: str, source: Path) -> Path | None:
    """What `aio app build` has made of an action, unless the source was changed since."""
    folder = root / "dist" / part.replace("/", "-") / "actions"
    for built in (folder / package / f"{action}.zip", folder / f"{action}.zip"):
        if built.is_file() and built.stat().st_mtime_ns >= _changed_ns(source):
            return built
    return None


def builds_of(root: Path, part: str) -> "partial[Path | None]":
    """`find_build` for one part of the application."""
    return partial(find_build, root, part)


def _changed_ns(source: Path) -> int:
    """Of the newest file in the source's folder: an action is often more than its first file."""
    folder = source if source.is_dir() else source.parent
    times = [
        file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file() and "node_modules" not in file.parts
    ]
    return max(times, default=0)
