"""The token of the deploy service: what `aio` sends instead of the key where it deploys through such a service.

A stranger's token opens nothing: only the one that this data folder made counts, and `whisktop env` hands it out.
"""

import secrets

from tui.entities.endpoint import Secret

from .folder import DataFolder, write_private

_TOKEN_BYTES = 32


def load_deploy_token(folder: DataFolder) -> Secret:
    """Made once, and the same ever after."""
    file = folder.path / "deploy-token"
    if not file.exists():
        write_private(file, f"{secrets.token_urlsafe(_TOKEN_BYTES)}\n")
    return Secret(file.read_text(encoding="ascii").strip())
