"""Where a `manifest.yml` has its packages, and the deployment file that may bind inputs beside it."""

from tui.entities.json import JsonObject

from .documents import Section


def project_of(document: Section) -> tuple[Section, Section]:
    """Where the packages stand, and the inputs of the project: at the top, or below `project`."""
    project = document.table("project")
    where = document if "packages" in document else project
    return where, project.table("inputs")


def with_bound_inputs(document: Section, deployment: Section) -> Section:
    """The manifest with the inputs that a deployment file binds, which win over its own."""
    where, _ = project_of(document)
    bound, _ = project_of(deployment)
    packages = {name: dict(package.members) for name, package in where.tables("packages")}
    for name, package in bound.tables("packages"):
        into = packages.setdefault(name, {})
        _bind(into, package)
        for kind in ("actions", "triggers", "dependencies"):
            for inner, each in package.tables(kind):
                if isinstance(into.get(kind), dict) and inner in into[kind]:
                    into[kind] = {**into[kind], inner: dict(into[kind][inner] or {})}
                    _bind(into[kind][inner], each)
    project = {**document.members.get("project", {}), "packages": packages}
    return Section({**document.members, "packages": packages, "project": project}, document.place)


def _bind(into: JsonObject, section: Section) -> None:
    inputs = section.table("inputs").members
    if inputs:
        into["inputs"] = {**(into.get("inputs") or {}), **inputs}
