"""What was typed into forms and not sent: kept as long as the app runs."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App

from tui.entities.endpoint import Endpoint


class Drafts:
    """Texts of fields by form. A form of one namespace never shows up in another."""

    def __init__(self) -> None:
        self._by_form: dict[tuple[str, ...], Mapping[str, str]] = {}

    def keep(self, endpoint: Endpoint, form: str, values: Mapping[str, str]) -> None:
        self._by_form[_key(endpoint, form)] = dict(values)

    def find(self, endpoint: Endpoint, form: str) -> Mapping[str, str] | None:
        return self._by_form.get(_key(endpoint, form))

    def forget(self, endpoint: Endpoint, form: str) -> None:
        self._by_form.pop(_key(endpoint, form), None)


_drafts: WeakKeyDictionary[App[Any], Drafts] = WeakKeyDictionary()


def drafts_of(app: App[Any]) -> Drafts:
    """The drafts of one running app."""
    return _drafts.setdefault(app, Drafts())


def _key(endpoint: Endpoint, form: str) -> tuple[str, ...]:
    return endpoint.url, endpoint.namespace, form
