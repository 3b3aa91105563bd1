"""The API gateway: APIs of a namespace, each a base path with relative paths that lead to web actions.

An API is kept as the Swagger document that its owner gave, or that grew path by path. What a backend asks for as
`X-Require-Whisk-Auth` is kept beside it and never handed out.
"""

import re
from collections.abc import Iterable
from functools import partial

from msgspec import Struct

from tui.entities.json import Json
from tui.entities.names import DEFAULT_PACKAGE, OWN_NAMESPACE, FullName, is_valid_name

from ..store import apis
from ..store.database import Database
from .api_documents import (
    VERBS,
    Api,
    GatewayFailure,
    from_swagger,
    new_api,
    parse_api,
    read_base_path,
    read_object,
    read_swagger,
    with_operation,
    without,
)

_PARAMETER = re.compile(r"\{[^{}/]+\}")
_ACTION_IN_URL = re.compile(r"/api/v1/web/([^/]+)/([^/]+)/([^/?]+)")
BACKEND_EXTENSIONS = ("http", "json", "html", "svg", "text")
"""As what a backend's answer may be read, without the dot."""
_EXTENSION = re.compile(rf"\.({'|'.join(BACKEND_EXTENSIONS)})\Z")


class Backend(Struct, frozen=True):
    """Where a call of an API goes."""

    action: FullName
    extension: str
    """With its dot: `.json`."""
    rest: str
    """What is appended to the action's URL: the path, where it has parameters."""
    secret: str | None


class Gateway:
    """All APIs of this runtime."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: list[Api] | None = None

    def apis(self, namespace: str, base_path_or_title: str | None = None) -> list[Api]:
        """Of one namespace; those with that base path (it begins with a slash), or else with that title."""
        own = [api for api in self._all() if api.namespace == namespace]
        if not base_path_or_title:
            return own
        if base_path_or_title.startswith("/"):
            return [api for api in own if api.base_path == base_path_or_title]
        return [api for api in own if api.title == base_path_or_title]

    async def create(self, namespace: str, description: Json, *, extension: str, web_url: str) -> Api:
        """Take a whole Swagger document, which replaces an API of that base path, or add one operation to it.

        Args:
            namespace: The caller's.
            description: `apidoc` of the request.
            extension: What the backend's answers are read as, without a dot, unless the document says so.
            web_url: Below which web actions are served: `http://host/api/v1/web`.

        Raises:
            GatewayFailure: The description cannot be used.
        """
        doc = read_object(description, "apidoc")
        swagger = read_swagger(doc)
        if swagger is not None:
            api = from_swagger(namespace, swagger)
        else:
            base_path = read_base_path(doc)
            found = self.apis(namespace, base_path)
            api = found[0] if found else new_api(namespace, base_path, doc.get("apiName"))
            api = with_operation(api, doc, extension=extension, web_url=web_url)
        await self._database.write(partial(apis.save, api=api.store()))
        self._known = None
        return api

    async def delete(
        self, namespace: str, base_path_or_title: str, *, relative_path: str | None, operation: str | None
    ) -> None:
        """Remove an API, a path of it, or one operation of a path; an API without paths is gone.

        Raises:
            GatewayFailure: There is no such thing.
        """
        found = self.apis(namespace, base_path_or_title)
        if not found:
            raise GatewayFailure(f"API deletion failure: API '{base_path_or_title}' does not exist.")
        api = found[0]
        if relative_path:
            api = without(api, relative_path, operation.lower() if operation else None)
        if relative_path and api.document["paths"]:
            await self._database.write(partial(apis.save, api=api.store()))
        else:
            await self._database.write(lambda connection: apis.delete(connection, namespace, api.base_path))
        self._known = None

    def find_backend(self, tenant: str, path: str, verb: str) -> Backend | list[str] | None:
        """Where a call leads: `None` if no API has that path, the verbs it knows if not this one.

        `path` is percent-decoded and begins with a slash.
        """
        candidates = [api for api in self._all() if api.tenant == tenant and _is_below(path, api.base_path)]
        for api in sorted(candidates, key=lambda each: -len(each.base_path)):
            rest = path[len(api.base_path.rstrip("/")) :] or "/"
            template = _find_path(api.document["paths"], rest)
            if template is not None:
                return _backend(api, template, rest, verb)
        return None

    def _all(self) -> list[Api]:
        if self._known is None:
            self._known = [parse_api(stored) for stored in self._database.look_up(apis.load_all)]
        return self._known


def _is_below(path: str, base_path: str) -> bool:
    return base_path == "/" or path == base_path or path.startswith(f"{base_path.rstrip('/')}/")


def _find_path(templates: Iterable[str], path: str) -> str | None:
    """The template that `path` matches: one without parameters before one with, fewer before more."""
    for template in sorted(templates, key=lambda each: len(_PARAMETER.findall(each))):
        literals = [re.escape(part) for part in _PARAMETER.split(template)]
        if re.fullmatch("[^/]+".join(literals) + "/?", path):
            return template
    return None


def _backend(api: Api, template: str, path: str, verb: str) -> Backend | list[str]:
    operations = {each.lower(): operation for each, operation in api.document["paths"][template].items()}
    known = [each for each in VERBS if each in operations]
    chosen = _choose(verb, known)
    if chosen is None:
        return known
    action, extension = _read_target(operations[chosen], api.namespace)
    rest = path if _PARAMETER.search(template) else ""
    return Backend(action, extension, rest, api.secrets.get(f"{chosen} {template}"))


def _choose(verb: str, known: list[str]) -> str | None:
    """The operation that answers `verb`; a browser's preflight may ask about any."""
    if verb in known:
        return verb
    if verb == "head" and "get" in known:
        return "get"
    return known[0] if verb == "options" and known else None


def _read_target(operation: Json, caller: str) -> tuple[FullName, str]:
    """
    Raises:
        GatewayFailure: The operation names no web action.
    """
    target = operation.get("x-openwhisk") if isinstance(operation, dict) else None
    if not isinstance(target, dict):
        raise GatewayFailure("The operation has no x-openwhisk member: it leads to no action.")
    url = target.get("url")
    in_url = _ACTION_IN_URL.search(url) if isinstance(url, str) else None
    extension = _EXTENSION.search(in_url[3]) if in_url else None
    namespace, package, name = target.get("namespace"), target.get("package"), target.get("action")
    if not isinstance(name, str) or not name:
        raise GatewayFailure("The operation names no action.")
    namespace = namespace if isinstance(namespace, str) and namespace not in ("", OWN_NAMESPACE) else caller
    package = package if isinstance(package, str) and package not in ("", DEFAULT_PACKAGE) else None
    if not all(map(is_valid_name, (namespace, name, package or DEFAULT_PACKAGE))):
        raise GatewayFailure("The operation names an action that cannot exist.")
    return FullName(namespace, name, package), extension[0] if extension else ".json"
