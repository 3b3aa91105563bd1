"""Endpoints: where a platform answers and which key opens it."""

from typing import Self
from urllib.parse import quote, urlsplit

from msgspec import Struct

_LONGEST_NAME = 200


class Secret:
    """A text that no `print`, log line, traceback or screen shows by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def masked(self) -> str:
        """Enough of it to tell two keys apart: the first four characters."""
        return f"{self._value[:4]}…" if len(self._value) > 12 else "…"

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Endpoint(Struct, frozen=True, kw_only=True):
    """One account on one platform."""

    context: str
    """The name shown in the header: a context of `config.toml`, `local`, or where it was found."""
    url: str
    """With scheme, without a trailing slash: `http://127.0.0.1:3233`."""
    auth: Secret
    """`uuid:secret`."""
    namespace: str = "_"
    """`_` until the platform was asked what the key's namespace is called."""
    provenance: str = ""
    """Which file, variable or flag it came from, for `config show`."""
    read_only: bool = False
    """Locked at the start; the session may open the lock, unless it is fixed."""
    production: bool = False
    """Every write asks first."""
    color: str | None = None
    insecure: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    proxy: str | None = None
    poll_min_s: float = 2.0
    """Where it has to be asked: the pause between two looks while something happens."""
    poll_max_s: float = 30.0
    """And while nothing does."""
    extra_logging: bool = False
    """Ask the platform to keep records of blocking calls that went well, too (`X-OW-EXTRA-LOGGING`)."""
    is_lock_fixed: bool = False
    """Whether `read_only` was asked for by the command line, so that nothing in the session opens it."""

    @property
    def host(self) -> str:
        """Host and port, as the header shows them."""
        return self.url.partition("://")[2]

    @property
    def account(self) -> str:
        """Whose it is, as a name for files: the host and the user half of the key.

        Without the port, which changes for a local runtime, so that two places that name one account share it.
        """
        host = (urlsplit(self.url).hostname or self.host).lower()
        user = self.auth.reveal().partition(":")[0]
        name = f"{quote(host, safe='')}~{quote(user, safe='')}"
        if len(name) <= _LONGEST_NAME:
            return name
        import hashlib  # hardly ever needed, and slow to load

        return f"{name[:100]}~{hashlib.sha256(name.encode()).hexdigest()}"


def url_of_apihost(apihost: str) -> str:
    """`host` → `https://host`; a host with a scheme is used as written."""
    trimmed = apihost.strip().rstrip("/")
    return trimmed if "://" in trimmed else f"https://{trimmed}"


ADOBE_HOST = "adobeioruntime.net"
_BRANDS = ((ADOBE_HOST, "Adobe I/O Runtime"), ("doserverless.co", "DigitalOcean"))


def brand_of(url: str) -> str:
    """Whose platform an address belongs to, as far as it tells."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # whoever connects to it says so
        host = ""
    return next((brand for domain, brand in _BRANDS if f".{host}".endswith(f".{domain}")), "Apache OpenWhisk")


class Wskprops(Struct, frozen=True):
    """A file of `KEY=VALUE` lines as `wsk` reads it: `APIHOST`, `AUTH`, `NAMESPACE`, …"""

    values: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the lines; comments, blank lines and lines with a second `=` are skipped, as `wsk` does."""
        values = {}
        for line in text.splitlines():
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith("#") and "=" not in value:
                values[key.strip().upper()] = value.strip()
        return cls(values)

    @staticmethod
    def render(*, apihost: str, auth: Secret, namespace: str) -> str:
        """What `serve --wskprops FILE` writes; the file has to be created 0600."""
        return f"APIHOST={apihost}\nAUTH={auth.reveal()}\nNAMESPACE={namespace}\n"
