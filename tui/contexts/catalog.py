"""All contexts there are: those of the settings, and accounts found elsewhere, each with what won and what did not.

Equal accounts are one context. A context of the settings lends its name and its guards to the same account found
elsewhere, so that no way round leads to an unguarded production. Files of other programs are only ever read.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from tui.config import ContextSettings, Settings
from tui.entities.endpoint import Endpoint, brand_of, url_of_apihost
from tui.errors import ConfigError

from . import adobe, doctl, openserverless, wskprops
from .environment import action_variables, whisk_variables
from .sightings import Candidate, Family, Found, Setting, Sighting, Surroundings, sighting

LOCAL = "local"
"""The context that stands for the local runtime."""
_OWN = {Setting.APIHOST: "apihost", Setting.AUTH: "auth", Setting.NAMESPACE: "namespace"}


def _named_file(surroundings: Surroundings) -> Found:
    try:
        candidate = wskprops.named_file(surroundings)
    except ConfigError as error:
        return Found(problems=(error.message,))
    return Found(() if candidate is None else (candidate,))


_SOURCES: tuple[Callable[[Surroundings], Found], ...] = (
    whisk_variables,
    _named_file,
    adobe.project,
    openserverless.pinned,
    wskprops.found_files,
    adobe.user,
    doctl.connected,
    openserverless.logged_in,
    action_variables,
)
"""In the order in which they are asked."""


class Context(Struct, frozen=True, kw_only=True):
    """One account, or the local runtime, and where everything about it was found."""

    name: str
    endpoint: Endpoint | None = None
    """`None`: the local runtime, whose address only `launch` can tell, or an account that cannot be used."""
    won: Mapping[Setting, Sighting] = field(default_factory=lambda: MappingProxyType({}))
    also: tuple[tuple[Sighting, bool], ...] = ()
    """What else was found and is not used; whether it says the same."""
    conflicts: tuple[str, ...] = ()
    problem: str | None = None
    """Why it cannot be used."""
    family: Family | None = None
    """Whose credentials they are; `None`: the settings' own."""

    @property
    def is_local(self) -> bool:
        return self.name == LOCAL

    @property
    def platform(self) -> str:
        """Whose platform it is, as far as the address tells."""
        if self.is_local:
            return "whisktop"
        if self.family is Family.OPS:
            return "Apache OpenServerless"
        return "" if self.endpoint is None else brand_of(self.endpoint.url)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it comes from, the host's place first."""
        return tuple(dict.fromkeys(each.place for each in self.won.values()))


class Catalog(Struct, frozen=True, kw_only=True):
    """Every context, the local runtime first, then the settings' own, then what was found elsewhere."""

    contexts: tuple[Context, ...]
    in_order: tuple[tuple[Candidate, str], ...]
    """Accounts found elsewhere, as the sources come, with the name of the context that each became."""
    problems: tuple[str, ...]
    """Sentences about files that are there and cannot be used."""

    def find(self, name: str) -> Context | None:
        return next((context for context in self.contexts if context.name == name), None)

    def became(self, candidate: Candidate) -> Context:
        """The context of an account that was found."""
        name = next(name for each, name in self.in_order if each.won == candidate.won)
        context = self.find(name)
        assert context is not None
        return context


def find_contexts(settings: Settings, surroundings: Surroundings) -> Catalog:
    """Look everywhere; nothing that is found there is an error here."""
    found = [source(surroundings) for source in _SOURCES]
    candidates = _different([candidate for each in found for candidate in each.candidates])
    builder = _Builder(settings, surroundings, candidates)
    return Catalog(
        contexts=tuple(builder.contexts.values()),
        in_order=tuple((candidate, builder.names[number]) for number, candidate in enumerate(candidates)),
        problems=tuple(dict.fromkeys(problem for each in found for problem in each.problems)),
    )


def decorated(endpoint: Endpoint, context: ContextSettings) -> Endpoint:
    """With everything that a context of the settings says beside host, key and namespace."""
    return replace(
        endpoint,
        read_only=context.read_only,
        production=context.production,
        color=context.color,
        insecure=context.insecure or endpoint.insecure,
        ca_file=context.ca_file,
        cert_file=context.cert_file or endpoint.cert_file,
        key_file=context.key_file or endpoint.key_file,
        proxy=context.proxy,
        poll_min_s=context.poll_min_s,
        poll_max_s=context.poll_max_s,
        extra_logging=context.extra_logging,
    )


def _different(candidates: list[Candidate]) -> list[Candidate]:
    """Each with a name of its own; the same file met twice is one."""
    kept: list[Candidate] = []
    taken: set[str] = {LOCAL}
    for candidate in candidates:
        if any(candidate.won == each.won for each in kept):
            continue
        name, number = candidate.name, 2
        while name in taken:
            name, number = f"{candidate.name}-{number}", number + 1
        taken.add(name)
        kept.append(replace(candidate, name=name))
    return kept


class _Builder:
    """Puts the settings' contexts first and fits what was found elsewhere to them."""

    def __init__(self, settings: Settings, surroundings: Surroundings, candidates: list[Candidate]) -> None:
        self._settings = settings
        self._place = "" if settings.file is None else surroundings.shown(settings.file)
        self._candidates = candidates
        self.contexts: dict[str, Context] = {LOCAL: Context(name=LOCAL)}
        self.names: list[str] = []
        for name, context in settings.contexts.items():
            if name != LOCAL:
                self.contexts[name] = self._configured(name, context)
        for candidate in candidates:
            self.names.append(self._place_found(candidate))

    # Of the settings

    def _configured(self, name: str, context: ContextSettings) -> Context:
        won = dict(self._own(name, context))
        lender = self._lender(name, context)
        also: list[tuple[Sighting, bool]] = []
        conflicts: list[str] = []
        if lender is not None:
            for setting, value in lender.won.items():
                if setting not in won:
                    won[setting] = value
                elif setting is not Setting.APIHOST:
                    also.append((value, value.text == won[setting].text))
            conflicts = self._rivals(name, lender, won)
        for setting in (Setting.APIHOST, Setting.AUTH):
            if setting not in won:
                return Context(
                    name=name, won=won, problem=f"{self._settings.file}: [contexts.{name}] has no {_OWN[setting]}."
                )
        provenance = f"[contexts.{name}] in {self._settings.file}"
        if lender is not None:
            provenance += f", the rest from {lender.provenance}"
        endpoint = decorated(_endpoint(name, won, provenance), context)
        family = None if lender is None else lender.family
        return Context(
            name=name, endpoint=endpoint, won=won, also=tuple(also), conflicts=tuple(conflicts), family=family
        )

    def _own(self, name: str, context: ContextSettings) -> list[tuple[Setting, Sighting]]:
        values = {
            Setting.APIHOST: context.apihost,
            Setting.AUTH: None if context.auth is None else context.auth.reveal(),
            Setting.NAMESPACE: None if context.namespace == "_" else context.namespace,
        }
        return [
            (setting, sighting(setting, value, self._place, f"contexts.{name}.{_OWN[setting]}"))
            for setting, value in values.items()
            if value
        ]

    def _lender(self, name: str, context: ContextSettings) -> Candidate | None:
        """Who has the key of a context that the settings leave without one."""
        if context.auth is not None:
            return None
        preferred = [each for each in self._candidates if each.family == context.prefer]
        if context.apihost:
            url = url_of_apihost(context.apihost)
            fitting = [each for each in self._candidates if each.may_be(url=url, namespace=context.namespace)]
            return next(iter([each for each in preferred if each in fitting] + fitting), None)
        named = [each for each in self._candidates if each.name == name]
        return next(iter(preferred or named), None)

    def _rivals(self, name: str, lender: Candidate, won: Mapping[Setting, Sighting]) -> list[str]:
        """Others that have another key for what may be the same account."""
        used = won[Setting.AUTH]
        return [
            f"{name} has two keys: {used.where} is used, {rival.won[Setting.AUTH].where} is different and ignored. "
            f'prefer = "{rival.family}" in [contexts.{name}] would choose that one.'
            for rival in self._candidates
            if rival.may_be(url=lender.url, namespace=lender.namespace) and rival.auth != lender.auth
        ]

    # Found elsewhere

    def _place_found(self, candidate: Candidate) -> str:
        """The name of the context that it is, or becomes."""
        for context in self.contexts.values():
            if _is_same(context, candidate):
                if not _is_lender(context, candidate):
                    more = tuple((each, True) for each in candidate.won.values() if each.setting in context.won)
                    self.contexts[context.name] = replace(context, also=(*context.also, *more))
                return context.name
        name = candidate.name
        while name in self.contexts:
            name = f"{name}-found"
        self.contexts[name] = self._found(name, candidate)
        self._note_rivals(name, candidate)
        return name

    def _found(self, name: str, candidate: Candidate) -> Context:
        also = tuple((each, each.text == candidate.won[each.setting].text) for each in candidate.also)
        conflicts = [
            f"{name} has two values for {each.setting.value}: {candidate.won[each.setting].where} is used, "
            f"{each.where} is different and ignored."
            for each, is_same in also
            if not is_same
        ]
        return Context(
            name=name,
            endpoint=_endpoint(name, candidate.won, candidate.provenance),
            won=candidate.won,
            also=also,
            conflicts=tuple(conflicts),
            family=candidate.family,
        )

    def _note_rivals(self, name: str, candidate: Candidate) -> None:
        key = candidate.won[Setting.AUTH]
        for context in self.contexts.values():
            endpoint = context.endpoint
            if context.name == name or endpoint is None or endpoint.auth == candidate.auth:
                continue
            if candidate.may_be(url=endpoint.url, namespace=endpoint.namespace):
                used = context.won[Setting.AUTH]
                if any(key.where in conflict for conflict in context.conflicts):
                    continue
                said = f"{endpoint.host} has two keys: {used.where} is {context.name}, {key.where} is {name}."
                self.contexts[context.name] = replace(context, conflicts=(*context.conflicts, said))


def _is_same(context: Context, candidate: Candidate) -> bool:
    endpoint = context.endpoint
    return (
        endpoint is not None
        and endpoint.auth == candidate.auth
        and candidate.may_be(url=endpoint.url, namespace=endpoint.namespace)
    )


def _is_lender(context: Context, candidate: Candidate) -> bool:
    return context.won.get(Setting.AUTH) == candidate.won[Setting.AUTH]


def _endpoint(name: str, won: Mapping[Setting, Sighting], provenance: str) -> Endpoint:
    def text(setting: Setting) -> str | None:
        return won[setting].text if setting in won else None

    auth = won[Setting.AUTH].value
    assert not isinstance(auth, str)
    return Endpoint(
        context=name,
        url=url_of_apihost(won[Setting.APIHOST].text),
        auth=auth,
        namespace=text(Setting.NAMESPACE) or "_",
        provenance=provenance,
        insecure=(text(Setting.INSECURE) or "").lower() in ("true", "1", "yes"),
        cert_file=text(Setting.CERT),
        key_file=text(Setting.CERT_KEY),
    )
