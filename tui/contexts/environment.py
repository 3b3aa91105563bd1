"""Accounts in variables: those that `wsk` takes, and those that an action finds around it."""

from collections.abc import Mapping

from .sightings import Candidate, Family, Found, Setting, Sighting, Surroundings, sighting

ENVIRONMENT = "environment"
"""Where a variable is, and what the context is called."""
_WHISK = {Setting.APIHOST: "WHISK_APIHOST", Setting.AUTH: "WHISK_AUTH", Setting.NAMESPACE: "WHISK_NAMESPACE"}
_ACTION = {Setting.APIHOST: "__OW_API_HOST", Setting.AUTH: "__OW_API_KEY", Setting.NAMESPACE: "__OW_NAMESPACE"}


def whisk_variables(surroundings: Surroundings) -> Found:
    """`WHISK_APIHOST`, `WHISK_AUTH`, `WHISK_NAMESPACE`; a host without a key, or a key alone, names nothing."""
    return _found(surroundings.environ, _WHISK, ENVIRONMENT)


def action_variables(surroundings: Surroundings) -> Found:
    """`__OW_API_HOST`, `__OW_API_KEY`, `__OW_NAMESPACE`: what the platform gives to a running action."""
    return _found(surroundings.environ, _ACTION, "action")


def whisk_pairs(pairs: Mapping[str, str], place: str) -> Mapping[Setting, Sighting]:
    """The same names in a file."""
    return _sightings(pairs, _WHISK, place)


def _found(environ: Mapping[str, str], names: Mapping[Setting, str], name: str) -> Found:
    won = _sightings(environ, names, ENVIRONMENT)
    if Setting.APIHOST not in won or Setting.AUTH not in won:
        return Found()
    said = f"{won[Setting.APIHOST].key} and {won[Setting.AUTH].key}"
    return Found((Candidate(name=name, family=Family.ENVIRONMENT, won=won, provenance=said),))


def _sightings(pairs: Mapping[str, str], names: Mapping[Setting, str], place: str) -> Mapping[Setting, Sighting]:
    return {
        setting: sighting(setting, pairs[name].strip(), place, name)
        for setting, name in names.items()
        if pairs.get(name, "").strip()
    }
