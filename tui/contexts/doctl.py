"""DigitalOcean Functions: what `doctl serverless connect` keeps, one file for each access token."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import Unusable, read_text
from .sightings import Candidate, Family, Found, Setting, Surroundings, sighting


def connected(surroundings: Surroundings) -> Found:
    """The namespace that each file calls the current one, then its others."""
    candidates: list[Candidate] = []
    problems = []
    folder = _folder(surroundings) / "sandbox" / "creds"
    try:
        paths = sorted(folder.glob("*/credentials.json"))
    except OSError:
        paths = []
    for path in paths:
        place = surroundings.shown(path)
        try:
            candidates += _candidates(json.loads(read_text(path) or "{}"), place)
        except Unusable as error:
            problems.append(f"{place}: {error}.")
        except ValueError:
            problems.append(f"{place} is no JSON.")
    return Found(tuple(candidates), tuple(problems))


def _folder(surroundings: Surroundings) -> Path:
    if sys.platform == "darwin" and "XDG_CONFIG_HOME" not in surroundings.environ:
        return surroundings.home / "Library" / "Application Support" / "doctl"
    return surroundings.config_folder / "doctl"


def _candidates(body: Any, place: str) -> Iterator[Candidate]:
    if not isinstance(body, dict):
        return
    current = (body.get("currentHost"), body.get("currentNamespace"))
    accounts = dict(_accounts(body.get("credentials")))
    for host, namespace in sorted(accounts, key=lambda account: account != current):
        won = {
            Setting.APIHOST: sighting(Setting.APIHOST, host, place, "currentHost"),
            Setting.NAMESPACE: sighting(Setting.NAMESPACE, namespace, place, "currentNamespace"),
            Setting.AUTH: sighting(Setting.AUTH, accounts[host, namespace], place, "api_key"),
        }
        name = "doctl" if (host, namespace) == current else f"doctl-{namespace}"
        yield Candidate(name=name, family=Family.DOCTL, won=won, provenance=f"doctl: {place}")


def _accounts(credentials: Any) -> Iterator[tuple[tuple[str, str], str]]:
    for host, namespaces in credentials.items() if isinstance(credentials, dict) else ():
        for namespace, entry in namespaces.items() if isinstance(namespaces, dict) else ():
            key = entry.get("api_key") if isinstance(entry, dict) else None
            if isinstance(key, str) and key:
                yield (host, namespace), key
