"""Which of the contexts to open, and why that one."""

from msgspec import Struct
from msgspec.structs import replace

from tui.config import Settings
from tui.entities.endpoint import Endpoint
from tui.errors import ConfigError

from . import wskprops
from .catalog import LOCAL, Catalog, Context, decorated
from .environment import whisk_variables
from .sightings import Candidate, Surroundings


class Choice(Struct, frozen=True):
    """The context to open."""

    context: Context
    why: str
    """Which flag, variable, setting or file decided."""


def choose(settings: Settings, catalog: Catalog, surroundings: Surroundings, *, context: str | None) -> Choice:
    """The first that is named: by the command line, variables, the settings, then files near and far, else local.

    Args:
        context: What `--context` named, if anything.

    Raises:
        ConfigError: A context that is named does not exist or is not complete; a properties file that is named cannot
            be read.
    """
    if context is not None:
        return Choice(_named(catalog, context, origin="--context"), "--context")
    for candidate in whisk_variables(surroundings).candidates:
        return _of_candidate(catalog, candidate)
    if (named := wskprops.named_file(surroundings)) is not None:
        return _of_candidate(catalog, named)
    if settings.context is not None:
        origin = settings.origin("context")
        return Choice(_named(catalog, settings.context, origin=origin), f"context in {origin}")
    for candidate, name in catalog.in_order:
        found = catalog.find(name)
        if found is not None and found.endpoint is not None:
            return Choice(found, candidate.provenance)
    local = catalog.find(LOCAL)
    assert local is not None
    return Choice(local, "nothing names another endpoint")


def locked(endpoint: Endpoint, *, read_only: bool) -> Endpoint:
    """With the lock that the command line asks for, which nothing in the session can open."""
    return replace(endpoint, read_only=True, is_lock_fixed=True) if read_only else endpoint


def local_endpoint(endpoint: Endpoint, settings: Settings) -> Endpoint:
    """The local runtime's, with what `[contexts.local]` says about it."""
    context = settings.contexts.get(LOCAL)
    return endpoint if context is None else decorated(endpoint, context)


def _of_candidate(catalog: Catalog, candidate: Candidate) -> Choice:
    return Choice(_usable(catalog.became(candidate)), candidate.provenance)


def _named(catalog: Catalog, name: str, *, origin: str) -> Context:
    context = catalog.find(name)
    if context is None:
        known = ", ".join(each.name for each in catalog.contexts)
        raise ConfigError(f"{origin} names the context {name!r}, which does not exist.", hint=f"There are: {known}.")
    return _usable(context)


def _usable(context: Context) -> Context:
    if context.problem is not None:
        raise ConfigError(context.problem)
    return context
