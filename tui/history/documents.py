"""Records as bytes: JSON, packed small, without the keys of those who fired.

A record repeats the same hundreds of bytes of names and limits; packed against a dictionary of them it takes a fifth.
The first byte says how it was packed, so that a later version may pack otherwise and still read these.
"""

import json
import re
import zlib
from typing import Final

from tui.entities.json import JsonObject

_PLAIN, _SMALL, _LARGE = b"\x00", b"\x01", b"\x02"
_LARGE_FROM_BYTES = 4096
_DICTIONARY_1: Final = (
    b'"subject":"guest","topmost":true,"causedBy":"sequence","cause":"","binding":"conductor","error":{"error":"'
    b'An error has occurred: Error: The action exceeded its time limits of 60000 milliseconds."application error'
    b'action developer errorwhisk internal error,"logs":["{\\"rule\\":\\"guest/\\",\\"action\\":\\"guest/\\",'
    b'\\"statusCode\\":0,\\"success\\":true,\\"activationId\\":\\""]},"kind","value":"python:3.11"sequence'
    b'stderr: stdout: 2026-01-01T00:00:00.000000000Z{"namespace":"guest","name":"","version":"0.0.1","subject":"guest",'
    b'"activationId":"","start":17,"end":17,"duration":,"response":{"status":"success","success":true,"size":,"result":'
    b'{}},"logs":[],"annotations":[{"key":"limits","value":{"timeout":60000,"memory":256,"logs":10,"concurrency":1}},'
    b'{"key":"path","value":"guest/"},{"key":"kind","value":"nodejs:20"},{"key":"timeout","value":false},'
    b'{"key":"waitTime","value":},{"key":"initTime","value":}],"publish":false}'
)
"""Never to be changed: what was packed with it could not be read any more."""

MASK: Final = "(not kept)"
_HEADER = re.compile(r"""(authorization\\*["']?\s*[:=]\s*\\*["'])[^"'\\]+""", re.IGNORECASE)
_TOKEN = re.compile(r"(authorization[^a-z0-9]{1,16}(?:basic|bearer)\s+)[\w+/=.~-]+", re.IGNORECASE)
_BASIC = re.compile(r"(?<=Basic )[A-Za-z0-9+/]{12,}={0,2}")
_HINTS = ("uthorization", "UTHORIZATION", "Basic ")


def text_of(body: JsonObject) -> str:
    """Compact JSON of a record.

    Raises:
        ValueError: It is nested too deep to be written.
    """
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def without_keys(text: str) -> str:
    """JSON text with the value of every authorization header masked, in results as in printed lines.

    A trigger hands on the headers of the request that fired it, and many actions return or print what they were given.
    """
    if not any(hint in text for hint in _HINTS):
        return text
    masked = _HEADER.sub(rf"\g<1>{MASK}", text)
    return _BASIC.sub(MASK, _TOKEN.sub(rf"\g<1>{MASK}", masked))


def pack(text: str) -> bytes:
    """JSON text of a record as it is kept."""
    text = without_keys(text)
    try:
        plain = text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        plain = json.dumps(json.loads(text), separators=(",", ":")).encode()
    if len(plain) < _LARGE_FROM_BYTES:
        # A small window and little memory: setting up the usual ones takes five times as long as the packing.
        packer = zlib.compressobj(1, zlib.DEFLATED, -12, 5, zdict=_DICTIONARY_1)
        return _SMALL + packer.compress(plain) + packer.flush()
    return _LARGE + zlib.compress(plain, 1)


def unpack(document: bytes) -> str:
    """The JSON text that `pack` was given, keys masked."""
    how, packed = document[:1], document[1:]
    if how == _SMALL:
        return zlib.decompressobj(-12, zdict=_DICTIONARY_1).decompress(packed).decode()
    return (zlib.decompress(packed) if how == _LARGE else packed).decode()
