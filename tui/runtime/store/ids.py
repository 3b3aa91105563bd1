"""Activation ids, and the keys under which they are stored.

An id begins with random digits, since people tell runs apart by the first six, and ends with the time, since keys that
grow are cheaper to index than random ones: as a key, an id is turned so that the time comes first.
"""

import os
from collections.abc import Iterator

_TIME_BYTES = 6
_RANDOM_BYTES = 10
_AT_A_TIME = 256
"""Asking the system for random bytes costs more than a whole id does otherwise."""


def random_digits(count: int) -> Iterator[str]:
    """Endlessly texts of `count` hexadecimal digits, an even number."""
    while True:
        block = os.urandom(count // 2 * _AT_A_TIME).hex()
        for start in range(0, len(block), count):
            yield block[start : start + count]


_next_digits = random_digits(2 * _RANDOM_BYTES).__next__


def make_activation_id(now_ms: int) -> str:
    """32 hexadecimal digits. To be called on the event loop only."""
    return f"{_next_digits()}{now_ms:012x}"


def key_of(activation_id: str) -> bytes:
    """16 bytes that grow with the time in the id."""
    raw = bytes.fromhex(activation_id)
    return raw[_RANDOM_BYTES:] + raw[:_RANDOM_BYTES]


def id_of(key: bytes) -> str:
    return (key[_TIME_BYTES:] + key[:_TIME_BYTES]).hex()
