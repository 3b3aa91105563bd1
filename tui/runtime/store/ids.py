"""Activation ids, and the keys under which they are stored.

An id begins with random digits, since people tell runs apart by the first six, and ends with the time, since keys that
grow are cheaper to index than random ones: as a key, an id is turned so that the time comes first.
"""

import os

_TIME_BYTES = 6
_RANDOM_BYTES = 10


def make_activation_id(now_ms: int) -> str:
    """32 hexadecimal digits."""
    return (os.urandom(_RANDOM_BYTES) + now_ms.to_bytes(_TIME_BYTES, "big")).hex()


def key_of(activation_id: str) -> bytes:
    """16 bytes that grow with the time in the id."""
    raw = bytes.fromhex(activation_id)
    return raw[_RANDOM_BYTES:] + raw[:_RANDOM_BYTES]


def id_of(key: bytes) -> str:
    return (key[_TIME_BYTES:] + key[:_TIME_BYTES]).hex()
