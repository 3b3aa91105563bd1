"""Certificates and proxies: who is believed, what is shown to whom, and what is said when it does not fit."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.platform import Platform
from tui.client import Client, open_client
from tui.client.errors import Unreachable
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import ConfigError

KEY = "u:key-secret-word"


@dataclass(frozen=True)
class Authority:
    """Makes certificates and says who holds them."""

    folder: Path

    def issue(self, name: str, *, host: str = "") -> tuple[Path, Path]:
        """A certificate and its key."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        extensions = ["basicConstraints=critical,CA:FALSE", *([f"subjectAltName={host}"] if host else [])]
        _openssl(name, certificate, key, extensions, ["-CA", str(self.certificate), "-CAkey", str(self.key)])
        return certificate, key

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def key(self) -> Path:
        return self.folder / "ca.key"


def _openssl(name: str, certificate: Path, key: Path, extensions: list[str], more: list[str]) -> None:
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    added = [word for extension in extensions for word in ("-addext", extension)]
    command = ["openssl", "req", "-x509", "-subj", f"/CN={name}", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*command, *made, *added, *more], check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed here")
    authority = Authority(tmp_path_factory.mktemp("authority"))
    usage = "keyUsage=critical,keyCertSign,cRLSign"
    _openssl("authority", authority.certificate, authority.key, ["basicConstraints=critical,CA:TRUE", usage], [])
    return authority


@pytest.fixture
def platform(authority: Authority) -> Iterator[Platform]:
    """A platform with a certificate that only this authority vouches for."""
    platform = Platform()
    platform.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    platform.tls.load_cert_chain(*authority.issue("platform", host="IP:127.0.0.1"))
    platform.open()
    try:
        yield platform
    finally:
        platform.close()


@asynccontextmanager
async def client_of(platform: Platform, **settings: Any) -> AsyncIterator[Client]:
    endpoint = Endpoint(context="far", url=platform.url, auth=Secret(KEY), namespace="guest", **settings)
    async with open_client(endpoint) as client:
        yield client


async def test_a_certificate_that_nobody_vouches_for_is_refused_with_a_way_out(platform: Platform) -> None:
    async with client_of(platform) as client:
        with pytest.raises(Unreachable, match="certificate verify failed") as caught:
            await client.namespaces.list()

    assert "ca_file" in caught.value.hint
    assert platform.asked == []  # and so the key went nowhere


async def test_the_authority_that_the_context_names_is_believed(platform: Platform, authority: Authority) -> None:
    async with client_of(platform, ca_file=str(authority.certificate)) as client:
        assert await client.namespaces.list() == ("guest",)


async def test_a_context_may_go_without_the_check(platform: Platform) -> None:
    async with client_of(platform, insecure=True) as client:
        assert await client.namespaces.list() == ("guest",)


async def test_a_certificate_of_another_host_is_refused(platform: Platform, authority: Authority) -> None:
    assert platform.tls is not None
    platform.tls.load_cert_chain(*authority.issue("other", host="DNS:other.example"))
    async with client_of(platform, ca_file=str(authority.certificate)) as client:
        with pytest.raises(Unreachable, match="certificate"):
            await client.namespaces.list()


async def test_a_platform_that_wants_a_certificate_gets_the_contexts(platform: Platform, authority: Authority) -> None:
    assert platform.tls is not None
    platform.tls.verify_mode = ssl.CERT_REQUIRED
    platform.tls.load_verify_locations(authority.certificate)
    certificate, key = authority.issue("me")
    own = {"ca_file": str(authority.certificate), "cert_file": str(certificate), "key_file": str(key)}

    async with client_of(platform, ca_file=str(authority.certificate)) as client:
        with pytest.raises(Unreachable):
            await client.namespaces.list()
    async with client_of(platform, **own) as client:
        assert await client.namespaces.list() == ("guest",)


@pytest.mark.parametrize("setting", ["ca_file", "cert_file"])
async def test_a_file_that_is_no_certificate_is_a_matter_of_configuration(
    platform: Platform, tmp_path: Path, setting: str
) -> None:
    for file in (tmp_path / "none.pem", tmp_path / "text.pem"):
        if file.name == "text.pem":
            file.write_text("this is no certificate")
        with pytest.raises(ConfigError, match="certificates of the context far cannot be read"):
            async with client_of(platform, **{setting: str(file)}):
                pass


@dataclass
class Proxy:
    """Carries bytes for whoever says CONNECT, and keeps what it could read."""

    port: int = 0
    refuses: bool = False
    heard: list[str] = field(default_factory=list)
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.port = self._listening.getsockname()[1]
        self._run(self._accept)

    def end(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(30)

    def _run(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._run(self._carry, client)

    def _carry(self, client: socket.socket) -> None:
        with closing(client):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (chunk := client.recv(4096)):
                    return
                head += chunk
            self.heard.append(head.decode())
            if self.refuses:
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pour, args=(there, client))
                back.start()
                _pour(client, there)
                back.join(30)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.end()


async def test_the_contexts_proxy_carries_everything_and_reads_no_key(
    platform: Platform, authority: Authority, proxy: Proxy
) -> None:
    through = f"http://127.0.0.1:{proxy.port}"
    async with client_of(platform, ca_file=str(authority.certificate), proxy=through) as client:
        assert await client.namespaces.list() == ("guest",)
        await client.knock(5)

    assert proxy.heard[0].startswith(f"CONNECT {platform.url.removeprefix('https://')} ")
    assert "authorization" not in "".join(proxy.heard).lower()


async def test_a_proxy_that_refuses_is_told(platform: Platform, proxy: Proxy) -> None:
    proxy.refuses = True
    async with client_of(platform, insecure=True, proxy=f"http://127.0.0.1:{proxy.port}") as client:
        with pytest.raises(Unreachable, match="403"):
            await client.namespaces.list()

    assert platform.asked == []


async def test_a_proxy_of_the_shell_is_not_used(
    platform: Platform, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    async with client_of(platform, insecure=True) as client:
        assert await client.namespaces.list() == ("guest",)

    assert proxy.heard == []
