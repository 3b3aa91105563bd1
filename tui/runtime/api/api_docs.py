"""The API's description of itself: Swagger 2.0, and a page that lists it.

Source: the operations and ids of Apache OpenWhisk's own description of its REST API.
"""

from tui.entities.json import JsonObject

from .answers import Answer, json_answer
from .call import Call

_OF_NAMESPACE = "/namespaces/{namespace}"
_LIST = ("limit", "skip", "count")
_ENTITIES = ("action", "trigger", "rule", "package")

_Operation = tuple[str, str, str, tuple[str, ...]]
"""Verb, path, operation id, names of query parameters."""


def _operations() -> list[_Operation]:
    operations: list[_Operation] = [("get", "/namespaces", "getAllNamespaces", ())]
    for entity in _ENTITIES:
        collection, title = f"{_OF_NAMESPACE}/{entity}s", entity.capitalize()
        one = f"{collection}/{{{entity}Name}}"
        operations += [
            ("get", collection, f"getAll{title}s", _LIST),
            ("get", one, f"get{title}ByName", ("code",) if entity == "action" else ()),
            ("put", one, f"update{title}", ("overwrite",)),
            ("delete", one, f"delete{title}", ("force",) if entity == "package" else ()),
        ]
    actions, packaged = f"{_OF_NAMESPACE}/actions", f"{_OF_NAMESPACE}/actions/{{packageName}}/{{actionName}}"
    invoke = ("blocking", "result", "timeout")
    activations = f"{_OF_NAMESPACE}/activations"
    one = f"{activations}/{{activationid}}"
    return [
        *operations,
        ("post", f"{actions}/{{actionName}}", "invokeAction", invoke),
        ("get", packaged, "getActionInPackageByName", ("code",)),
        ("put", packaged, "updateActionInPackage", ("overwrite",)),
        ("delete", packaged, "deleteActionInPackage", ()),
        ("post", packaged, "invokeActionInPackage", invoke),
        ("post", f"{_OF_NAMESPACE}/triggers/{{triggerName}}", "fireTrigger", ()),
        ("post", f"{_OF_NAMESPACE}/rules/{{ruleName}}", "setState", ()),
        ("get", activations, "getActivations", ("name", *_LIST, "since", "upto", "docs")),
        ("get", one, "getActivationById", ()),
        ("get", f"{one}/logs", "getLogsOfActivation", ()),
        ("get", f"{one}/result", "getResultOfActivation", ()),
        ("get", f"{_OF_NAMESPACE}/limits", "getLimits", ()),
        *(
            (verb, "/web/{namespace}/{packageName}/{actionName}.{extension}", f"{verb}WebAction", ())
            for verb in ("get", "put", "post", "delete")
        ),
    ]


def _describe() -> JsonObject:
    paths: dict[str, JsonObject] = {}
    for verb, path, operation_id, query in _operations():
        paths.setdefault(path, {})[verb] = _operation(verb, path, operation_id, query)
    return {
        "swagger": "2.0",
        "info": {"title": "OpenWhisk REST API", "description": "API for OpenWhisk", "version": "0.1.0"},
        "basePath": "/api/v1",
        "schemes": ["http"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"basicAuth": {"type": "basic"}},
        "security": [{"basicAuth": []}],
        "paths": paths,
    }


def _operation(verb: str, path: str, operation_id: str, query: tuple[str, ...]) -> JsonObject:
    segments = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters: list[JsonObject] = [
        {"name": name, "in": "path", "required": True, "type": "string"} for name in segments
    ]
    parameters += [{"name": name, "in": "query", "required": False, "type": "string"} for name in query]
    if verb in ("put", "post"):
        schema = {"type": "object"}
        parameters.append({"name": "payload", "in": "body", "required": verb == "put", "schema": schema})
    responses = {"default": {"description": "The entity, the list or the record; or an error and its code."}}
    return {"operationId": operation_id, "tags": _tags(path), "parameters": parameters, "responses": responses}


def _tags(path: str) -> list[str]:
    segments = path.split("/")
    return (
        ["Web Actions"] if segments[1] == "web" else [segments[3].capitalize() if len(segments) > 3 else "Namespaces"]
    )


_DESCRIPTION = _describe()


async def get(call: Call) -> Answer:
    return json_answer(_DESCRIPTION)


async def get_root(call: Call) -> Answer:
    """What lies outside `/api/v1`."""
    responses = {"default": {"description": "Itself"}}
    return json_answer(
        {
            "swagger": "2.0",
            "info": {"title": "OpenWhisk", "version": "0.1.0"},
            "basePath": "/",
            "paths": {
                path: {"get": {"operationId": operation_id, "responses": responses}}
                for path, operation_id in (("/", "getInfo"), ("/ping", "ping"), ("/api/v1", "getApiInfo"))
            },
        }
    )


async def redirect(call: Call) -> Answer:
    location = b"/api/v1/docs/index.html?url=/api/v1/api-docs"
    return Answer(302, content_type=None, headers=[(b"location", location)])


async def page(call: Call) -> Answer:
    import html  # brings the names of all signs, which take longer to load than anything else here

    rows = "".join(
        f"<tr><td>{verb.upper()}</td><td><code>/api/v1{html.escape(path)}</code></td><td>{operation_id}</td></tr>"
        for verb, path, operation_id, _ in _operations()
    )
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>OpenWhisk REST API</title>"
        "<h1>OpenWhisk REST API</h1><p>As Swagger: <a href=/api/v1/api-docs>/api/v1/api-docs</a></p>"
        f"<table>{rows}</table></html>"
    )
    return Answer(200, text.encode(), b"text/html; charset=UTF-8")
