"""From a manifest on disk to a plan for a namespace."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from .. import Operations
from .definitions import Noun
from .manifests import read_manifest
from .plan import Plan, make_plan
from .present import Present

LOGIN_CHECK: Final = "/adobeio/shared-validators-v1/headless-v2"
"""Adobe's action that web actions with `require-adobe-auth` are put behind; the local runtime has it, too."""


async def plan_manifest(target: Operations, path: Path, environ: Mapping[str, str]) -> Plan:
    """Compare a manifest with what is there.

    Raises:
        UsageError: The manifest cannot be used; nothing was sent.
    """
    has_check = await Present(target.client).exists(Noun.ACTION, LOGIN_CHECK)
    read = partial(read_manifest, path, environ, secured_by=LOGIN_CHECK if has_check else None)
    return await make_plan(target, await asyncio.to_thread(read))
