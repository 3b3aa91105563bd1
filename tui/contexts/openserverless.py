"""Apache OpenServerless: what `ops` keeps after a login, and a key that it pinned into a project's `.env`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .environment import whisk_pairs
from .files import Unusable, dotenv_pairs, read_text
from .sightings import Candidate, Family, Found, Setting, Sighting, Surroundings, sighting

_FOLDERS = (".ops", ".nuv")
"""`ops` was called `nuv` once."""
_HOSTS = ("OPS_APIHOST", "APIHOST", "OPERATOR_CONFIG_APIHOST")
_USERS = ("OPS_USER", "OPSDEV_USERNAME")


def logged_in(surroundings: Surroundings) -> Found:
    """`~/.ops/config.json`."""
    candidates, problems = [], []
    for folder in _FOLDERS:
        path = surroundings.home / folder / "config.json"
        place = surroundings.shown(path)
        try:
            values = dict(_flat(json.loads(read_text(path) or "{}")))
        except Unusable as error:
            problems.append(f"{place}: {error}.")
            continue
        except ValueError:
            problems.append(f"{place} is no JSON.")
            continue
        won = _sightings(values, place)
        if Setting.AUTH in won and Setting.APIHOST in won:
            name = folder.removeprefix(".")
            candidates.append(Candidate(name=name, family=Family.OPS, won=won, provenance=f"{name}: {place}"))
    return Found(tuple(candidates), tuple(problems))


def pinned(surroundings: Surroundings) -> Found:
    """`AUTH` with a host in the nearest `.env`, and `WHISK_AUTH` with `WHISK_APIHOST` there."""
    for folder in surroundings.folders:
        path = folder / ".env"
        place = surroundings.shown(path)
        try:
            pairs = dict(dotenv_pairs(read_text(path) or ""))
        except Unusable:
            continue  # said by who reads it for other names
        for prefix, family, won in (
            ("env", Family.ENVIRONMENT, whisk_pairs(pairs, place)),
            ("ops", Family.OPS, _sightings(pairs, place)),
        ):
            if Setting.AUTH in won and Setting.APIHOST in won:
                name = f"{prefix}-{folder.name or 'root'}"
                return Found((Candidate(name=name, family=family, won=won, provenance=str(path)),))
    return Found()


def _sightings(values: Mapping[str, str], place: str) -> Mapping[Setting, Sighting]:
    found = {}
    wanted = {Setting.APIHOST: _HOSTS, Setting.AUTH: ("AUTH",), Setting.NAMESPACE: _USERS}
    for setting, names in wanted.items():
        name = next((name for name in names if values.get(name)), None)
        if name is not None:
            found[setting] = sighting(setting, values[name], place, name)
    return found


def _flat(tree: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Members as `ops` names them: `operator.config.apihost` is `OPERATOR_CONFIG_APIHOST`."""
    for name, value in tree.items() if isinstance(tree, dict) else ():
        path = f"{prefix}{name}".upper()
        if isinstance(value, dict):
            yield from _flat(value, f"{path}_")
        elif isinstance(value, str):
            yield path, value
