"""The platform that the specification is held against."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import running_runtime

from .platform import Platform


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a runtime of our own is served from."""
    return tmp_path_factory.mktemp("contract")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[tuple[str, str]]:
    """URL and key: of the named platform, else of a runtime of our own."""
    url = os.environ.get("WHISKTOP_CONTRACT_URL")
    if url:
        yield url.rstrip("/"), os.environ["WHISKTOP_CONTRACT_AUTH"]
        return
    with running_runtime(folder) as running:
        yield running.url, running.auth


@pytest.fixture(scope="session")
def platform(address: tuple[str, str]) -> Iterator[Platform]:
    yield from _speaking(*address)


@pytest.fixture(scope="session")
def system(address: tuple[str, str], folder: Path) -> Iterator[Platform]:
    """The namespace `whisk.system` of the same platform."""
    auth = os.environ.get("WHISKTOP_CONTRACT_SYSTEM_AUTH")
    if auth is None and "WHISKTOP_CONTRACT_URL" in os.environ:
        pytest.skip("WHISKTOP_CONTRACT_SYSTEM_AUTH, the key of whisk.system, is not set")
    yield from _speaking(address[0], auth or (folder / "data" / "system-key").read_text().strip())


def _speaking(url: str, auth: str) -> Iterator[Platform]:
    with httpx.Client(trust_env=False, timeout=90) as http:
        platform = Platform(url, auth, "", http)
        platform.namespace = platform.call("GET", "/api/v1/namespaces").json()[0]
        yield platform
        for path in reversed(platform.made):
            platform.rest("DELETE", path)
