"""Adobe I/O Runtime, found where `aio` finds it: variables over `.env` over `.aio` over the user's own file.

Names are compared without regard to case, as `aio` does (`AIO_RUNTIME_AUTH` and `AIO_runtime_auth` are one setting).
One thing is done otherwise: a host that a project names never gets a key that only the user's own file holds. Else a
project from somewhere could have that key sent to a host of its choice.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct

from tui.entities.endpoint import url_of_apihost

from .environment import ENVIRONMENT
from .files import Unusable, dotenv_pairs, member, read_text
from .relaxed_json import parse
from .sightings import Candidate, Family, Found, Setting, Sighting, Surroundings, sighting

DEFAULT_APIHOST = "https://adobeioruntime.net"
BUILT_IN = "built-in default"
_KEYS = {
    Setting.APIHOST: "apihost",
    Setting.AUTH: "auth",
    Setting.NAMESPACE: "namespace",
    Setting.INSECURE: "insecure",
    Setting.CERT: "cert",
    Setting.CERT_KEY: "key",
}
_SETTINGS = {key: setting for setting, key in _KEYS.items()}
_VARIABLE = re.compile(f"AIO_RUNTIME_({'|'.join(_SETTINGS)})", re.IGNORECASE)


class _Layer(Struct, frozen=True):
    """What one place says; of a setting that it says twice, the last one counts."""

    place: str
    sightings: tuple[Sighting, ...]

    def __bool__(self) -> bool:
        return bool(self.sightings)


def project(surroundings: Surroundings) -> Found:
    """Variables, and `.env` and `.aio` of the nearest folder that has them; what they lack, from the user's file."""
    problems: list[str] = []
    variables = _Layer(ENVIRONMENT, tuple(_variables(surroundings.environ.items(), ENVIRONMENT)))
    folder, layers = _nearest_folder(surroundings, problems)
    layers = [variables, *layers]
    if not any(_says(layer, Setting.AUTH) or _says(layer, Setting.APIHOST) for layer in layers):
        return Found(problems=tuple(problems))
    name = "aio-environment" if folder is None else f"aio-{folder.name or 'root'}"
    candidate = _merged(name, layers, _user_layer(surroundings, problems), problems)
    return Found(() if candidate is None else (candidate,), tuple(problems))


def user(surroundings: Surroundings) -> Found:
    """The user's own file alone."""
    problems: list[str] = []
    layer = _user_layer(surroundings, problems)
    candidate = _merged("aio", [layer], None, problems) if _says(layer, Setting.AUTH) else None
    return Found(() if candidate is None else (candidate,), tuple(problems))


def user_file(surroundings: Surroundings) -> Path:
    named = surroundings.environ.get("AIO_CONFIG_FILE")
    return Path(named).expanduser() if named else surroundings.config_folder / "aio"


def _nearest_folder(surroundings: Surroundings, problems: list[str]) -> tuple[Path | None, list[_Layer]]:
    own = user_file(surroundings)
    for folder in surroundings.folders:
        layers = [_env_file(folder / ".env", surroundings, problems)]
        if folder / ".aio" != own:
            layers.append(_aio_file(folder / ".aio", surroundings, problems))
        if any(layers):
            return folder, layers
    return None, []


def _user_layer(surroundings: Surroundings, problems: list[str]) -> _Layer:
    return _aio_file(user_file(surroundings), surroundings, problems)


def _env_file(path: Path, surroundings: Surroundings, problems: list[str]) -> _Layer:
    place = surroundings.shown(path)
    text = _text(path, place, problems)
    return _Layer(place, () if text is None else tuple(_variables(dotenv_pairs(text), place)))


def _aio_file(path: Path, surroundings: Surroundings, problems: list[str]) -> _Layer:
    place = surroundings.shown(path)
    text = _text(path, place, problems)
    if text is None or not text.strip():
        return _Layer(place, ())
    try:
        tree = parse(text) if text.lstrip().startswith("{") else _yaml(text)
    except ValueError as error:
        problems.append(f"{place} cannot be understood: {error}.")
        return _Layer(place, ())
    return _Layer(place, tuple(_of_tree(tree, place)))


def _text(path: Path, place: str, problems: list[str]) -> str | None:
    try:
        return read_text(path)
    except Unusable as error:
        if (said := f"{place}: {error}.") not in problems:
            problems.append(said)
        return None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ValueError("it is YAML, which needs PyYAML") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError("it is no YAML") from error


def _variables(pairs: Any, place: str) -> Iterator[Sighting]:
    for name, value in pairs:
        match = _VARIABLE.fullmatch(name)
        if match and value.strip():
            setting = _SETTINGS[match[1].lower()]
            yield sighting(setting, value.strip(), place, name)


def _of_tree(tree: Any, place: str) -> Iterator[Sighting]:
    for setting, key in _KEYS.items():
        written, values = member(tree, "runtime", key)
        for value in values:
            if isinstance(value, str | bool | int) and str(value).strip():
                text = str(value).lower() if isinstance(value, bool) else str(value).strip()
                yield sighting(setting, text, place, written)


def _says(layer: _Layer, setting: Setting) -> bool:
    return any(each.setting is setting for each in layer.sightings)


def _merged(name: str, layers: list[_Layer], user_layer: _Layer | None, problems: list[str]) -> Candidate | None:
    """The first layer wins, within one the last; the user's file only fills up what is safe."""
    won: dict[Setting, Sighting] = {}
    also: list[Sighting] = []
    for found in chain.from_iterable(reversed(layer.sightings) for layer in layers):
        if found.setting in won:
            also.append(found)
        else:
            won[found.setting] = found
    for found in reversed(user_layer.sightings) if user_layer else ():
        if found.setting in won:
            also.append(found)
        elif found.setting is Setting.AUTH and not _is_users_host(won, user_layer):
            said = f"{won[Setting.APIHOST].where} names a host without a key; that of {found.where} is not sent there."
            problems.append(said)
        else:
            won[found.setting] = found
    if Setting.AUTH not in won:
        return None
    won.setdefault(Setting.APIHOST, sighting(Setting.APIHOST, DEFAULT_APIHOST, BUILT_IN, ""))
    provenance = " and ".join(dict.fromkeys(won[each].where for each in (Setting.APIHOST, Setting.AUTH)))
    return Candidate(name=name, family=Family.AIO, won=won, also=tuple(also), provenance=provenance.strip())


def _is_users_host(won: Mapping[Setting, Sighting], user_layer: _Layer | None) -> bool:
    """Whether the host is one that the user's own key may be sent to."""
    host = won.get(Setting.APIHOST)
    if host is None or host.place == ENVIRONMENT:
        return True
    own = [each.text for each in (user_layer.sightings if user_layer else ()) if each.setting is Setting.APIHOST]
    return url_of_apihost(host.text) in map(url_of_apihost, [*own, DEFAULT_APIHOST])
