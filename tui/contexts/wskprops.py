"""`.wskprops`, the file of `wsk`: where `WSK_CONFIG_FILE` says, in the working folder or above it, or at home."""

from collections.abc import Mapping
from pathlib import Path

from tui.entities.endpoint import Wskprops
from tui.errors import ConfigError

from .files import Unusable, read_text
from .sightings import Candidate, Family, Found, Setting, Sighting, Surroundings, sighting

FILE = ".wskprops"
VARIABLE = "WSK_CONFIG_FILE"
_KEYS = {
    Setting.APIHOST: "APIHOST",
    Setting.AUTH: "AUTH",
    Setting.NAMESPACE: "NAMESPACE",
    Setting.CERT: "CERT",
    Setting.CERT_KEY: "KEY",
}


def named_file(surroundings: Surroundings) -> Candidate | None:
    """What `WSK_CONFIG_FILE` names; `None` where it is not set.

    Raises:
        ConfigError: The file cannot be read, or lacks host or key: whoever names one means it.
    """
    name = surroundings.environ.get(VARIABLE)
    if not name:
        return None
    path = surroundings.cwd / Path(name).expanduser()
    try:
        text = read_text(path)
        if text is None:
            raise Unusable("there is no such file")
    except Unusable as error:
        raise ConfigError(f"{VARIABLE}: {path}: {error}.") from error
    won = _sightings(text, str(path))
    for setting in (Setting.APIHOST, Setting.AUTH):
        if setting not in won:
            raise ConfigError(f"{VARIABLE}: {path} has no {_KEYS[setting]}.")
    return Candidate(
        name=path.name.removeprefix("."), family=Family.WSKPROPS, won=won, provenance=f"{VARIABLE}: {path}"
    )


def found_files(surroundings: Surroundings) -> Found:
    """Those of the working folder and above, the nearest first, then the one at home."""
    candidates, problems = [], []
    home = surroundings.home / FILE
    paths = dict.fromkeys([*(folder / FILE for folder in surroundings.folders), home])
    for path in paths:
        place = surroundings.shown(path)
        try:
            text = read_text(path)
        except Unusable as error:
            problems.append(f"{place}: {error}.")
            continue
        won = {} if text is None else _sightings(text, place)
        if Setting.APIHOST in won and Setting.AUTH in won:
            name = "wskprops" if path == home else f"wskprops-{path.parent.name or 'root'}"
            candidates.append(Candidate(name=name, family=Family.WSKPROPS, won=won, provenance=str(path)))
        elif won:
            missing = _KEYS[Setting.AUTH if Setting.APIHOST in won else Setting.APIHOST]
            problems.append(f"{place} has no {missing}.")
    return Found(tuple(candidates), tuple(problems))


def _sightings(text: str, place: str) -> Mapping[Setting, Sighting]:
    values = Wskprops.parse(text).values
    return {setting: sighting(setting, values[key], place, key) for setting, key in _KEYS.items() if values.get(key)}
