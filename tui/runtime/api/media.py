"""Which bodies are text, which are JSON, which are bytes; the same split for what comes in and what goes out.

Source: `MediaTypes` of the HTTP layer that Apache OpenWhisk stands on. A type that it does not know is text exactly
where a charset is named.
"""

import re
from typing import Self

from msgspec import Struct

_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+)/([\w!#$&^.+-]+)\s*(;.*)?", re.ASCII | re.DOTALL)
_CHARSET = re.compile(r"\s*;\s*charset\s*=\s*\"?([^\s;\"]+)\"?", re.IGNORECASE)

_ALWAYS_UTF8 = {
    "application/json",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/problem+json",
    "application/vnd.api+json",
    "application/x-www-form-urlencoded",
    "text/event-stream",
}
"""Announced without a charset: there is only one."""
_TEXT_APPLICATIONS = """
    atom+xml base64 javascript problem+xml rss+xml soap+xml vnd.google-earth.kml+xml x-latex x-vrml xhtml+xml xml
    xml-dtd
"""
_TEXTS = """
    asp cache-manifest calendar css csv html markdown mcf plain richtext tab-separated-values uri-list vnd.wap.wml
    vnd.wap.wmlscript x-asm x-c x-component x-h x-java-source x-pascal x-script x-scriptcsh x-scriptelisp x-scriptksh
    x-scriptlisp x-scriptperl x-scriptperl-module x-scriptphyton x-scriptrexx x-scriptscheme x-scriptsh x-scripttcl
    x-scripttcsh x-scriptzsh x-server-parsed-html x-setext x-sgml x-speech x-uuencode x-vcalendar x-vcard xml
"""
_OF_ANY_CHARSET = {f"application/{each}" for each in _TEXT_APPLICATIONS.split()} | {
    f"text/{each}" for each in _TEXTS.split()
}
_BINARY_FAMILIES = {"image", "audio", "video", "font", "multipart", "message"}
_BINARY_APPLICATIONS = {
    "application/octet-stream",
    "application/zip",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/java-archive",
    "application/x-gzip",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/x-rar-compressed",
}
"""Bytes even where a charset is named."""


class MediaType(Struct, frozen=True):
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
    def is_form(self) -> bool:
        return self.name == "application/x-www-form-urlencoded"

    @property
    def is_text(self) -> bool:
        """Everything else is bytes, in base64 where JSON has to carry it."""
        if self.name in _ALWAYS_UTF8 or self.name in _OF_ANY_CHARSET:
            return True
        if self.name.partition("/")[0] in _BINARY_FAMILIES or self.name in _BINARY_APPLICATIONS:
            return False
        return self.charset is not None

    @property
    def without_charset(self) -> str:
        """How JSON and bytes are announced."""
        return _CHARSET.sub("", self.text)

    def as_utf8(self) -> str:
        """How it is announced when a text is sent as UTF-8."""
        return self.without_charset if self.name in _ALWAYS_UTF8 else f"{self.without_charset}; charset=UTF-8"
