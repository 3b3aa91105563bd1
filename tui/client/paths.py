"""Where an entity lives under the API's root, and how its name is written there."""

from typing import Final
from urllib.parse import quote

from tui.entities.names import split_own_name
from tui.errors import UsageError

API: Final = "/api/v1"


def collection_path(namespace: str, collection: str, *segments: str) -> str:
    """`/api/v1/namespaces/{namespace}/{collection}[/…]`, every segment escaped."""
    return "/".join([f"{API}/namespaces", *(quote(segment, safe="") for segment in (namespace, collection, *segments))])


def entity_path(namespace: str, collection: str, name: str) -> str:
    """As `collection_path`, for `name` or `package/name`; `/namespace/[package/]name` names another namespace.

    Raises:
        UsageError: No name; nothing was sent.
    """
    if name.startswith("/"):
        namespace, _, name = name[1:].partition("/")
    try:
        package, bare = split_own_name(name)
    except ValueError as error:
        raise UsageError(f"{error}.", hint="Letters, digits, spaces and the signs _ @ . & - may be used.") from error
    return collection_path(namespace, collection, *([package, bare] if package else [bare]))
