"""Manifests: files and folders in the formats of other deployment tools, read as blueprints.

Which format it is, is told by the name of the file or else by what stands in it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from tui.errors import UsageError

from ..definitions import Blueprint, Definition, Key
from . import app_builder, digital_ocean
from .documents import ManifestError, Section, load_document
from .projects import project_of, with_bound_inputs
from .variables import Variables
from .wskdeploy import Dialect, PackageReader

KNOWN = "manifest.yml, app.config.yaml, project.yml or a folder packages/"
_APP_CONFIG = ("app.config.yaml", "app.config.yml")
_MANIFESTS = ("manifest.yml", "manifest.yaml")
_DEPLOYMENTS = ("deployment.yml", "deployment.yaml")
OUR_SECTION = "whisktop"
"""Of a manifest that was exported: `exact`, and which names in it are `variables` of which sort."""


def read_manifest(path: Path, environ: Mapping[str, str], *, secured_by: str | None = None) -> Blueprint:
    """What a manifest, or the one in a folder, says. Reads and packs code: call it in a thread.

    Args:
        environ: Where its variables are looked up, before the `.env` beside it.
        secured_by: The platform's action that checks logins for web actions with `require-adobe-auth`, if it has one.

    Raises:
        UsageError: There is none, or it cannot be used; the message names file and place.
    """
    file = _find(path)
    if file.is_dir() or file.name in digital_ocean.CONFIG_FILES:
        return _project(file, environ)
    if file.name in _APP_CONFIG:
        return _application(file, environ, secured_by)
    document = load_document(file)
    if isinstance(document.value("packages"), list):
        return _project(file, environ)
    if "application" in document or "extensions" in document:
        return _application(file, environ, secured_by)
    return _manifest(file, document, environ, secured_by)


def _find(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise UsageError(f"There is no file {path}.", hint="Check the path; it counts from the working folder.")
    for name in (*digital_ocean.CONFIG_FILES, *_APP_CONFIG, *_MANIFESTS):
        if (path / name).is_file():
            return path / name
    if (path / digital_ocean.PACKAGES).is_dir():
        return path
    raise UsageError(f"{path} holds no manifest.", hint=f"Known are {KNOWN}.")


def _project(file: Path, environ: Mapping[str, str]) -> Blueprint:
    folder, config = (file, None) if file.is_dir() else (file.parent, file)
    reader = digital_ocean.ProjectReader(folder, config, Variables.around(folder, environ))
    return _blueprint(file, list(reader.read()), reader.notes)


def _application(file: Path, environ: Mapping[str, str], secured_by: str | None) -> Blueprint:
    variables = Variables.around(file.parent, environ)
    definitions: list[Definition] = []
    notes: list[str] = []
    for manifest, folder, part in app_builder.runtime_manifests(file):
        find_build = app_builder.builds_of(file.parent, part)
        dialect = Dialect(final=False, secured_by=secured_by, find_build=find_build, flat_includes=True)
        reader = PackageReader(folder, variables, dialect)
        definitions += reader.read(app_builder.with_package_name(manifest, file.parent))
        notes += reader.notes
    variables.check(file)
    return _blueprint(file, definitions, notes)


def _manifest(file: Path, document: Section, environ: Mapping[str, str], secured_by: str | None) -> Blueprint:
    ours = document.table(OUR_SECTION)
    is_exact = bool(ours.flag("exact"))
    only = ours.table("variables").members if is_exact else None
    variables = Variables.around(file.parent, environ, only=only)
    deployment = next((file.parent / name for name in _DEPLOYMENTS if (file.parent / name).is_file()), None)
    if deployment is not None and deployment != file and not is_exact:
        document = with_bound_inputs(document, load_document(deployment))
    where, inputs = project_of(app_builder.with_package_name(document, file.parent))
    reader = PackageReader(file.parent, variables, Dialect(secured_by=secured_by, exact=is_exact))
    definitions = list(reader.read(where, inputs=inputs))
    variables.check(file)
    return replace(_blueprint(file, definitions, reader.notes), exact=is_exact)


def _blueprint(file: Path, definitions: Iterable[Definition], notes: Iterable[str]) -> Blueprint:
    by_key: dict[Key, Definition] = {}
    for definition in definitions:
        key = definition.key
        if key in by_key and by_key[key] != definition:
            raise ManifestError(f"{file} defines {key} twice.")
        by_key[key] = definition
    if not by_key:
        raise ManifestError(f"{file} defines nothing.")
    return Blueprint(definitions=by_key, exact=False, notes=tuple(dict.fromkeys(notes)))
