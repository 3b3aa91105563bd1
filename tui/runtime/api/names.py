"""Names as they stand in paths: decoded, checked, `_` resolved."""

from tui.entities.names import DEFAULT_PACKAGE, MAX_NAME_LENGTH, OWN_NAMESPACE, FullName, is_valid_name

from .. import messages
from ..faults import BadRequest
from .call import Call


def check_namespace(segment: str, own: str) -> str:
    """The namespace that a segment means.

    Raises:
        BadRequest: It is no name.
    """
    if segment in (OWN_NAMESPACE, own):
        return own
    if len(segment) > MAX_NAME_LENGTH:
        raise BadRequest(messages.namespace_too_long(len(segment)))
    if not is_valid_name(segment):
        raise BadRequest(messages.ILLEGAL_NAMESPACE)
    return segment


def check_name(segment: str) -> str:
    """Raises `BadRequest` for what is no name."""
    if len(segment) > MAX_NAME_LENGTH:
        raise BadRequest(messages.segment_too_long(len(segment)))
    if not is_valid_name(segment):
        raise BadRequest(messages.ILLEGAL_NAME)
    return segment


def namespace_of(call: Call) -> str:
    return check_namespace(call.segment("namespace"), call.identity.namespace)


def full_name_of(call: Call) -> FullName:
    """`namespace`, perhaps `package`, and `name` of the path."""
    namespace = namespace_of(call)
    package = check_name(call.segment("package")) if "package" in call.path_params else None
    name = check_name(call.segment("name"))
    return FullName(namespace, name, None if package == DEFAULT_PACKAGE else package)
