"""APIs of the gateway as documents: what a request describes, and how an API grows and shrinks by it.

Texts of failures are those of the `createApi` and `deleteApi` actions of Apache OpenWhisk's route management.
"""

import hashlib
import re
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.json import Json, JsonObject
from tui.entities.names import DEFAULT_PACKAGE, OWN_NAMESPACE

from ..jsonbytes import encodable, parse_json, to_json_bytes
from ..store.apis import StoredApi

VERBS = ("get", "put", "post", "delete", "patch", "head", "options")


class GatewayFailure(Exception):
    """The text is what the caller reads as `error`."""


class Api(Struct, frozen=True):
    """One API, its document parsed."""

    namespace: str
    base_path: str
    title: str
    document: JsonObject
    secrets: dict[str, str]

    @property
    def tenant(self) -> str:
        return tenant_of(self.namespace)

    def store(self) -> StoredApi:
        document, secrets = to_json_bytes(self.document), to_json_bytes(dict(self.secrets))
        return StoredApi(self.namespace, self.base_path, self.title, document, secrets)


def tenant_of(namespace: str) -> str:
    """What stands for the namespace in the addresses of its APIs."""
    return hashlib.sha256(namespace.encode()).hexdigest()[:32]


def parse_api(stored: StoredApi) -> Api:
    document, secrets = parse_json(stored.document), parse_json(stored.secrets)
    return Api(stored.namespace, stored.base_path, stored.title, document, secrets)


def read_object(value: Json, name: str) -> JsonObject:
    """An object, or the text of one."""
    if not value:
        raise GatewayFailure(f"{name} is required.")
    if isinstance(value, str):
        try:
            value = parse_json(value.encode("utf-8", "surrogatepass"))
        except ValueError:
            raise GatewayFailure(f"{name} field cannot be parsed. Ensure it is valid JSON.") from None
    if not isinstance(value, dict):
        raise GatewayFailure(f"{name} field should be a JSON object or a JSON string.")
    return value


def read_swagger(doc: JsonObject) -> JsonObject | None:
    if not doc.get("namespace"):
        raise GatewayFailure("apidoc is missing the namespace field")
    if not doc.get("swagger"):
        return None
    if doc.get("gatewayBasePath"):
        raise GatewayFailure("swagger and gatewayBasePath are mutually exclusive and cannot be specified together.")
    return read_object(doc["swagger"], "swagger")


def from_swagger(namespace: str, swagger: JsonObject) -> Api:
    for member, sort in (("basePath", str), ("paths", dict), ("info", dict)):
        if not swagger.get(member) or not isinstance(swagger[member], sort):
            raise GatewayFailure(f"swagger is missing the {member} field.")
    if not all(isinstance(operations, dict) for operations in swagger["paths"].values()):
        raise GatewayFailure("swagger has a path without operations.")
    base_path = _rooted(swagger["basePath"])
    return Api(namespace, base_path, _title(swagger["info"].get("title"), base_path), swagger, {})


def read_base_path(doc: JsonObject) -> str:
    """Of a description of one operation, which is complete then."""
    _check_operation(doc)
    return _rooted(_text(doc, "gatewayBasePath"))


def with_operation(api: Api, doc: JsonObject, *, extension: str, web_url: str) -> Api:
    """The API with the operation that a complete description tells of."""
    path, verb = _rooted(_text(doc, "gatewayPath")), _text(doc, "gatewayMethod").lower()
    action = read_object(doc["action"], "action")
    paths = {key: dict(value) for key, value in api.document["paths"].items()}
    at_path = paths.setdefault(path, {})
    if doc.get("pathParameters"):
        at_path["parameters"] = doc["pathParameters"]
    at_path[verb] = _operation(action, api.namespace, doc, verb, path, extension, web_url)
    secrets = dict(api.secrets)
    secrets.pop(f"{verb} {path}", None)
    if action.get("secureKey"):
        secrets[f"{verb} {path}"] = str(action["secureKey"])
    return replace(api, document=api.document | {"paths": paths}, secrets=secrets)


def _check_operation(doc: JsonObject) -> None:
    for member in ("gatewayBasePath", "gatewayPath", "gatewayMethod", "action"):
        if not doc.get(member):
            raise GatewayFailure(f"apidoc is missing the {member} field")
    action = read_object(doc["action"], "action")
    for member in ("backendMethod", "backendUrl", "namespace", "name", "authkey"):
        if not action.get(member):
            raise GatewayFailure(f"action is missing the {member} field.")
    if _text(doc, "gatewayMethod").lower() not in VERBS:
        raise GatewayFailure(f"gatewayMethod '{doc['gatewayMethod']}' is not a valid method.")


def _text(doc: JsonObject, member: str) -> str:
    value = doc[member]
    if not isinstance(value, str):
        raise GatewayFailure(f"{member} field should be a string.")
    return encodable(value)


def _rooted(path: str) -> str:
    path = encodable(path)
    return path if path.startswith("/") else f"/{path}"


def _title(title: Json, base_path: str) -> str:
    return encodable(title) if isinstance(title, str) and title else base_path


def new_api(namespace: str, base_path: str, title: Json) -> Api:
    title = _title(title, base_path)
    document: JsonObject = {
        "swagger": "2.0",
        "basePath": base_path,
        "info": {"title": title, "version": "1.0.0"},
        "paths": {},
    }
    return Api(namespace, base_path, title, document, {})


def _operation(
    action: JsonObject, caller: str, doc: JsonObject, verb: str, path: str, extension: str, web_url: str
) -> JsonObject:
    *before, name = _text(action, "name").strip("/").split("/")
    namespace = _text(action, "namespace")
    if namespace in (OWN_NAMESPACE, doc["namespace"]):
        namespace = caller
    package = before[-1] if before else ""
    url = "/".join((web_url, *(quote(part) for part in (namespace, package or DEFAULT_PACKAGE, name))))
    return {
        "operationId": _operation_id(verb, path),
        "x-openwhisk": {
            "namespace": namespace,
            "package": package or DEFAULT_PACKAGE,
            "action": name,
            "url": f"{url}.{extension}",
        },
        "responses": {"default": {"description": "Default response"}},
    }


def _operation_id(verb: str, path: str) -> str:
    """`get` and `/a/b` are `getAB`."""
    words = re.findall(r"\w+", path)
    return verb + "".join(word[:1].upper() + word[1:] for word in words)


def without(api: Api, path: str, verb: str | None) -> Api:
    paths = {key: dict(value) for key, value in api.document["paths"].items()}
    secrets = dict(api.secrets)
    operations = paths.get(path)
    if operations is None or (verb is not None and verb not in operations):
        what = f"path {path}" if verb is None else f"path {path} with operation {verb}"
        raise GatewayFailure(f"API deletion failure: {what} does not exist in the API")
    for each in (verb,) if verb is not None else tuple(operations):
        del operations[each]
        secrets.pop(f"{each} {path}", None)
    if not any(each in VERBS for each in operations):
        del paths[path]
    return replace(api, document=api.document | {"paths": paths}, secrets=secrets)
