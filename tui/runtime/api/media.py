"""Which bodies are text, which are JSON, which are bytes; the same split for what comes in and what goes out."""

import re
from dataclasses import dataclass
from typing import Self

_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+)/([\w!#$&^.+-]+)\s*(;.*)?", re.ASCII | re.DOTALL)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)\"?", re.IGNORECASE)

_TEXTS = {
    "application/json",
    "application/javascript",
    "application/xml",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/problem+json",
    "application/problem+xml",
    "application/vnd.api+json",
}
_BINARY_FAMILIES = {"image", "audio", "video", "font", "multipart", "model"}
_BINARY_APPLICATIONS = {
    "application/octet-stream",
    "application/zip",
    "application/gzip",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/java-archive",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/x-rar-compressed",
}


@dataclass(frozen=True, slots=True)
class MediaType:
    """A content type, as far as it matters here."""

    name: str
    """`family/subtype` in lower case."""
    charset: str | None
    text: str
    """As it was written."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`None` if it is no content type."""
        match = _MEDIA_TYPE.fullmatch(text)
        if match is None:
            return None
        charset = _CHARSET.search(match[3] or "")
        return cls(f"{match[1]}/{match[2]}".lower(), charset[1] if charset else None, text.strip())

    @property
    def is_json(self) -> bool:
        """`application/json` or any `+json`."""
        return self.name == "application/json" or self.name.endswith("+json")

    @property
    def is_known_json(self) -> bool:
        return self.is_json and self.name in _TEXTS

    @property
    def is_form(self) -> bool:
        return self.name == "application/x-www-form-urlencoded"

    @property
    def is_text(self) -> bool:
        """Everything else is bytes, in base64 where JSON has to carry it."""
        family = self.name.partition("/")[0]
        if family == "text" or self.name in _TEXTS:
            return True
        if family in _BINARY_FAMILIES or self.name in _BINARY_APPLICATIONS:
            return False
        return self.charset is not None

    def as_utf8(self) -> str:
        """How it is announced when a text is sent as UTF-8."""
        if self.charset is not None:
            return _CHARSET.sub("; charset=UTF-8", self.text)
        family = self.name.partition("/")[0]
        return f"{self.text}; charset=UTF-8" if family == "text" else self.text
