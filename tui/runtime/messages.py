"""Every text the server answers with, in OpenWhisk's words. What became of a run is said in `invoker/outcomes.py`.

Source: `Messages` and `ErrorResponse` of Apache OpenWhisk, and the texts of its HTTP layer.
"""

from collections.abc import Iterable

CHALLENGE = 'Basic realm="OpenWhisk secure realm",charset=UTF-8'

# Texts of a status alone.
BAD_REQUEST = "The request contains bad syntax or cannot be fulfilled."
UNAUTHORIZED = "Authentication is possible but has failed or not yet been provided."
FORBIDDEN = "The supplied authentication is not authorized to access this resource."
NOT_FOUND = "The requested resource does not exist."
NO_ROUTE = "The requested resource could not be found."
CONFLICT = "The request could not be processed because of conflict in the request, such as an edit conflict."
TOO_LARGE = "The request content is larger than the server is willing or able to process."
INTERNAL_ERROR = "There was an internal server error."
UNAVAILABLE = "The server is currently unavailable (because it is overloaded or down for maintenance)."

# Credentials and rights.
NO_CREDENTIALS = "The resource requires authentication, which was not supplied with the request"
BAD_CREDENTIALS = "The supplied authentication is invalid"

# The request itself.
BAD_HOST = "The Host header of the request is missing or malformed."
FOREIGN_HOST = "This host name is not served here."
FOREIGN_ORIGIN = "Pages from elsewhere are not served with the public guest key."
HEAD_TOO_LARGE = "The head of the request is larger than the server is willing to process."
ILLEGAL_NAME = "The name of the entity contains illegal characters."
ILLEGAL_NAMESPACE = "The namespace contains illegal characters."
NO_JSON = "the content is not valid JSON"
NOT_AN_OBJECT = "the content must be a JSON object"
INNER_LIMITS_ROUTE = "Inner entity level routes for limits are not yet implemented."
DOCS_WITH_COUNT = "The parameter 'docs' is not permitted with 'count'."
INVALID_ACTIVATION_ID = "The activation id is not valid."
INVALID_TIMEOUT = "Timeout must be number of milliseconds up to 60000."

# Values inside a body.
PARAMETERS_MALFORMED = "parameters malformed!"
VERSION_MALFORMED = "semantic version malformed"
INCOMPLETE_NAME = (
    "requirement failed: The fully qualified name of the entity must contain at least the namespace and the name of "
    "the entity."
)
PUBLISH_MALFORMED = "'publish' must be a boolean"
BINDING_MALFORMED = "'binding' must have a namespace and a name"
LIMITS_MALFORMED = "limits malformed"
NO_KIND = "'kind' must be a string defined in 'exec'"
NO_IMAGE = "'image' must be a string defined in 'exec' for 'blackbox' actions"
IMAGE_MALFORMED = "could not parse image name"
NO_COMPONENTS = "'components' must be defined for sequence kind"
COMPONENTS_NO_ARRAY = "'components' must be an array"

NEGATIVE_INSTANCES = "requirement failed: Action instance concurrency must be greater than or equal to 0."

# Sequences.
NO_COMPONENT = "No component specified for the sequence."
TOO_MANY_COMPONENTS = "Too many actions in the sequence."
CYCLIC_SEQUENCE = "Sequence may not refer to itself."
COMPONENT_MISSING = "Sequence component does not exist."

# Compositions.
COMPOSITION_TOO_LONG = "Too many actions in the composition."

# Entities.
ALREADY_EXISTS = "resource already exists"
EXEC_UNDEFINED = "exec undefined"
OTHER_COLLECTION = "Resource by this name exists but is not in this collection."
RESERVED_PARAMETERS = "Request defines parameters that are not allowed (e.g., reserved properties)."
BINDING_IN_PATH = "Operation not permitted on package binding."
RESERVED_PACKAGE = "Package name 'default' is reserved."
BINDING_WITHOUT_PACKAGE = "Binding references a package that does not exist."
BINDING_TO_OTHER = "Cannot bind to a resource that is not a package."
BINDING_TO_BINDING = "Cannot bind to another package binding."
PACKAGE_TO_BINDING = "Resource is a package and cannot be converted into a binding."
RULE_NEEDS_BOTH = "rule requires a valid trigger and a valid action"
RULE_WITHOUT_TRIGGER = "Only rules with existing triggers can be activated"
INVALID_FEED = "Feed name is not valid"
STATUS_MISSING = "key not found: status"

# Web actions.
NOT_READY = "Response not yet ready."
WEB_FAILED = "There was an error processing your request."
NO_PROPERTY = "Response does not include requested property."
UNKNOWN_CONTENT_TYPE = "Response did not specify a known content-type."
WRONG_CONTENT_TYPE = "Response type in header did not match generated content type."

# Cancelling.
ALREADY_ENDED = "The activation has ended already."

# What happened to accepted work when the runtime went away.
RUNTIME_STOPPED = "The runtime stopped before the action ended."
RUN_UNREADABLE = "What was accepted could not be read any more when the runtime started."


def not_authorized(*resources: str) -> str:
    return f"The supplied authentication is not authorized to access '{', '.join(resources)}'."


def resource_does_not_exist(name: str) -> str:
    return f"The requested resource '{name}' does not exist."


def malformed_content(detail: str) -> str:
    return f"The request content was malformed:\n{detail}"


def uri_too_long(most: int) -> str:
    return f"URI length exceeds the configured limit of {most} characters"


def malformed_query(name: str, detail: str) -> str:
    return f"The query parameter '{name}' was malformed:\n{detail}"


def method_not_allowed(supported: Iterable[str]) -> str:
    return f"HTTP method not allowed, supported methods: {', '.join(supported)}"


def unsupported_type(content_type: str) -> str:
    return f"The request's Content-Type [{content_type}] is not supported. Expected:\napplication/json"


def not_acceptable(content_type: str) -> str:
    return f"Resource representation is only available with these types:\n{content_type}"


def segment_too_long(length: int) -> str:
    return f"Name segement longer than allowed: {length} > 256."


def namespace_too_long(length: int) -> str:
    return f"Namespace longer than allowed: {length} > 256."


def not_a_boolean(value: str) -> str:
    return f"'{value}' is not a valid Boolean value"


def not_in_range(value: int, collection: str) -> str:
    return f"The value '{value}' is not in the range of 0 to 200 for {collection}."


def negative(value: int, collection: str) -> str:
    return f"The value '{value}' is not greater than or equal to 0 for {collection}."


def not_an_integer(value: str, collection: str) -> str:
    return f"The value '{value}' is not an integer for {collection}."


def invalid_activation_name(value: str) -> str:
    return f"Parameter may be a 'simple' name or 'package-name/simple' name: {value}"


def invalid_time(value: str) -> str:
    return f"Parameter is not a valid value for epoch seconds: {value}"


def activation_id_length(length: int) -> str:
    return f"Activation id length is {length} but must be 32."


def unsupported_kind(kind: str, supported: Iterable[str]) -> str:
    valid = ", ".join(f"'{each}'" for each in supported)
    return f"The specified runtime '{kind}' is not supported by this platform. Valid values are: {valid}."


def node_is_missing(command: str) -> str:
    return f"Node.js was not found; this brings one: {command}"


def no_code(kind: str) -> str:
    return f"'code' must be a string or attachment object defined in 'exec' for '{kind}' actions"


def no_main(kind: str) -> str:
    return f"'main' must be a string defined in 'exec' for '{kind}' actions"


def main_malformed(kind: str) -> str:
    return f"if defined, 'main' be a string in 'exec' for '{kind}' actions"


def below_threshold(what: str, value: str, least: str) -> str:
    return f"requirement failed: {what} {value} below allowed threshold of {least}"


def above_threshold(what: str, value: str, most: str) -> str:
    return f"requirement failed: {what} {value} exceeds allowed threshold of {most}"


def limit_malformed(which: str) -> str:
    return f"{which} limit malformed"


def limit_not_whole(which: str) -> str:
    return f"requirement failed: {which} limit must be whole number"


def too_many_instances(most: int) -> str:
    return f"Max action instance concurrency must not exceed your namespace concurrency of {most}."


def kind_not_authorized(kind: str) -> str:
    return f"The supplied authentication is not authorized to access actions of kind '{kind}'."


def larger_than_allowed(what: str, size: int, allowed: int) -> str:
    return f"{what} larger than allowed: {size} > {allowed} bytes."


def unknown_rule_state(state: str) -> str:
    return f"requirement failed: {state} is not a recognized rule state"


def trigger_does_not_exist(name: str) -> str:
    return f"trigger /{name} does not exist"


def action_does_not_exist(name: str) -> str:
    return f"action /{name} does not exist"


def other_sort_of_entity(found: str, expected: str) -> str:
    entity = "class org.apache.openwhisk.core.entity.Whisk"
    return f"document type {entity}{found} did not match expected type {entity}{expected}."


def rule_is_inactive(rule: str, action: str) -> str:
    return f"Rule '{rule}' is inactive, action '{action}' was not activated."


def package_not_empty(count: int) -> str:
    entities = "1 entity" if count == 1 else f"{count} entities"
    return f"Package not empty (contains {entities}). Set force param or delete package contents."


def step_unreadable(reference: str) -> str:
    return f"Failed to parse action name from json value {reference} during composition."


def step_not_found(name: str) -> str:
    return f"Failed to resolve action with name '{name}' during composition."


def step_not_allowed(name: str) -> str:
    return f"Failed entitlement check for action with name '{name}' during composition."


def too_many_per_minute(count: int, allowed: int) -> str:
    return f"Too many requests in the last minute (count: {count}, allowed: {allowed})."


def too_many_concurrent(count: int, allowed: int) -> str:
    return f"Too many concurrent requests in flight (count: {count}, allowed: {allowed})."


def invalid_web_response(media_type: str) -> str:
    return f"Response is not valid '{media_type}'."
