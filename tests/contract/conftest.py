"""The platform that the specification is held against."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import running_runtime

from .platform import Platform


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and key: of the named platform, else of a runtime of our own."""
    url = os.environ.get("WHISKTOP_CONTRACT_URL")
    if url:
        yield url.rstrip("/"), os.environ["WHISKTOP_CONTRACT_AUTH"]
        return
    folder: Path = tmp_path_factory.mktemp("contract")
    with running_runtime(folder) as running:
        yield running.url, running.auth


@pytest.fixture(scope="session")
def platform(address: tuple[str, str]) -> Iterator[Platform]:
    url, auth = address
    with httpx.Client(trust_env=False, timeout=90) as http:
        platform = Platform(url, auth, "", http)
        platform.namespace = platform.call("GET", "/api/v1/namespaces").json()[0]
        yield platform
        for path in reversed(platform.made):
            platform.rest("DELETE", path)
