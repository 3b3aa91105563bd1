"""Which platform to talk to, and with which key.

Sources are asked in the order of `_SOURCES`; the first that names an endpoint wins. Files of other programs are only
ever read. Nothing here talks to a network: whether a key opens the namespace is found out by its first use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .config import ContextSettings, Settings
from .entities.endpoint import Endpoint, Secret, Wskprops, url_of_apihost
from .errors import ConfigError

LOCAL = "local"
"""The context that stands for the local runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that a source may look at."""

    settings: Settings
    context: str | None
    """What the command line named."""
    environ: Mapping[str, str]
    cwd: Path


class _LocalRuntime:
    """A source's answer: the local runtime was asked for by name, so look no further."""


_Answer = Endpoint | _LocalRuntime | None


def choose_endpoint(
    settings: Settings, *, context: str | None, read_only: bool, environ: Mapping[str, str], cwd: Path
) -> Endpoint | None:
    """The endpoint to use, or `None` for the local runtime, whose address only `launch` can tell.

    Args:
        context: What `--context` named, if anything.
        read_only: Whether every write is to be refused, whatever the context says.
        environ: The environment.
        cwd: The working folder.

    Raises:
        ConfigError: A context that does not exist or lacks host or key, a properties file that cannot be read.
    """
    surroundings = Surroundings(settings=settings, context=context, environ=environ, cwd=cwd)
    for source in _SOURCES:
        found = source(surroundings)
        if isinstance(found, Endpoint):
            return replace(found, read_only=found.read_only or read_only)
        if found is not None:
            return None
    return None


def _named_on_the_command_line(surroundings: Surroundings) -> _Answer:
    name = surroundings.context
    return None if name is None else _named(surroundings.settings, name, origin="--context")


def _whisk_variables(surroundings: Surroundings) -> _Answer:
    apihost, auth = (surroundings.environ.get(name) for name in ("WHISK_APIHOST", "WHISK_AUTH"))
    if not apihost or not auth:
        return None
    return Endpoint(
        context="environment",
        url=url_of_apihost(apihost),
        auth=Secret(auth),
        namespace=surroundings.environ.get("WHISK_NAMESPACE") or "_",
        provenance="WHISK_APIHOST and WHISK_AUTH",
    )


def _wsk_config_file(surroundings: Surroundings) -> _Answer:
    name = surroundings.environ.get("WSK_CONFIG_FILE")
    if not name:
        return None
    return _read_wskprops(surroundings.cwd / Path(name).expanduser(), origin="WSK_CONFIG_FILE")


def _named_in_settings(surroundings: Surroundings) -> _Answer:
    settings = surroundings.settings
    return None if settings.context is None else _named(settings, settings.context, origin=settings.origin("context"))


_SOURCES: tuple[Callable[[Surroundings], _Answer], ...] = (
    _named_on_the_command_line,
    _whisk_variables,
    _wsk_config_file,
    _named_in_settings,
)


def _named(settings: Settings, name: str, *, origin: str) -> _Answer:
    if name == LOCAL:
        return _LocalRuntime()
    context = settings.contexts.get(name)
    if context is None:
        known = ", ".join((LOCAL, *settings.contexts))
        raise ConfigError(f"{origin} names the context {name!r}, which does not exist.", hint=f"There are: {known}.")
    return _from_settings(name, context, settings)


def _from_settings(name: str, context: ContextSettings, settings: Settings) -> Endpoint:
    if not context.apihost or context.auth is None:
        missing = "apihost" if not context.apihost else "auth"
        raise ConfigError(f"{settings.file}: [contexts.{name}] has no {missing}.")
    return Endpoint(
        context=name,
        url=url_of_apihost(context.apihost),
        auth=context.auth,
        namespace=context.namespace,
        provenance=f"[contexts.{name}] in {settings.file}",
        read_only=context.read_only,
        production=context.production,
        color=context.color,
        insecure=context.insecure,
        ca_file=context.ca_file,
        cert_file=context.cert_file,
        key_file=context.key_file,
        proxy=context.proxy,
    )


def _read_wskprops(path: Path, *, origin: str) -> Endpoint:
    try:
        values = Wskprops.parse(path.read_text(encoding="utf-8", errors="replace")).values
    except OSError as error:
        raise ConfigError(f"{origin}: {path} cannot be read: {error.strerror or error}.") from error
    for key in ("APIHOST", "AUTH"):
        if not values.get(key):
            raise ConfigError(f"{origin}: {path} has no {key}.")
    return Endpoint(
        context=path.name.removeprefix("."),
        url=url_of_apihost(values["APIHOST"]),
        auth=Secret(values["AUTH"]),
        namespace=values.get("NAMESPACE") or "_",
        provenance=f"{origin}: {path}",
    )
