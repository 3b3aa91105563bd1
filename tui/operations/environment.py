"""The variables by which other programs reach the endpoint: `wsk`, `aio`, the npm client, and scripts with `curl`.

`aio` sends some commands to a deploy service instead of the endpoint. USE_RUNTIME_AUTH keeps it from doing so; where
an older or stricter version does it all the same, AIO_DEPLOY_SERVICE_URL leads it back to the local runtime, which
takes the token that its data folder made.
"""

from tui.entities.endpoint import Endpoint, Secret

_NEVER_MS = 4_102_444_800_000
"""2100-01-01: the token does not expire."""


def variables_for(endpoint: Endpoint, *, deploy_token: Secret | None) -> dict[str, str]:
    """By name, the key in clear text. `deploy_token` is the local runtime's, `None` on any other platform."""
    url, auth = endpoint.url, endpoint.auth.reveal()
    variables = {
        "WHISK_APIHOST": url,
        "WHISK_AUTH": auth,
        "WHISK_NAMESPACE": endpoint.namespace,
        "AIO_RUNTIME_APIHOST": url,
        "AIO_RUNTIME_AUTH": auth,
        "AIO_RUNTIME_NAMESPACE": endpoint.namespace,
        "USE_RUNTIME_AUTH": "1",
        "__OW_API_HOST": url,
        "__OW_API_KEY": auth,
        "__OW_NAMESPACE": endpoint.namespace,
    }
    if endpoint.insecure:
        variables |= {"AIO_RUNTIME_INSECURE": "true", "__OW_IGNORE_CERTS": "true"}
    if deploy_token is not None:
        variables |= {
            "AIO_DEPLOY_SERVICE_URL": url,
            "AIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_TOKEN": deploy_token.reveal(),
            "AIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_EXPIRY": str(_NEVER_MS),
        }
    return variables
