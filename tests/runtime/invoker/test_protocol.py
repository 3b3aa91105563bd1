"""Frames, however they arrive, and what is no frame."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.runtime.invoker.protocol import BLOCK_BYTES, BadFrame, Frame, FrameReader, hello_request

TOKEN = "0123456789abcdef"

frames = st.builds(
    Frame,
    kind=st.sampled_from([b"ready", b"init", b"end", b"log"]),
    verdict=st.sampled_from([b"-", b"0", b"1", b"2", b"n", b"t", b"m", b"x"]),
    size=st.integers(0, 2**40),
    log_bytes=st.integers(0, 2**40),
    result=st.binary(max_size=200),
    logs=st.binary(max_size=200),
)


def written(frame: Frame, token: str = TOKEN) -> bytes:
    head = f"{frame.size} {frame.log_bytes} {len(frame.result)} {len(frame.logs)}\n".encode()
    return b"%b %b %b %b%b%b" % (token.encode(), frame.kind, frame.verdict, head, frame.result, frame.logs)


@given(st.lists(frames, max_size=5), st.lists(st.integers(0, 3000), max_size=20))
def test_frames_are_the_same_however_the_stream_is_cut(sent: list[Frame], cuts: list[int]) -> None:
    stream, reader = b"".join(map(written, sent)), FrameReader(TOKEN)
    places = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})

    received = [frame for start, end in itertools.pairwise(places) for frame in reader.feed(stream[start:end])]

    assert received == sent


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\n",
        b"x" * 200,
        b"fedcba9876543210 end 0 1 0 0 0\n",
        TOKEN.encode() + b" end 0 1 0 0\n",
        TOKEN.encode() + b" end 0 1 0 -1 0\n",
        TOKEN.encode() + b" end 0 -1 0 0 0\n",
        TOKEN.encode() + b" end 0 1 0 99999999999 0\n",
        TOKEN.encode() + b" end 0 1 0 0 99999999999\n",
        TOKEN.encode() + b" end 0 one 0 0 0\n",
    ],
)
def test_what_is_no_frame_is_told_from_one(data: bytes) -> None:
    with pytest.raises(BadFrame):
        FrameReader(TOKEN).feed(data)


@given(st.binary(max_size=400))
def test_any_garbage_is_refused_or_waited_for(data: bytes) -> None:
    reader = FrameReader(TOKEN)

    try:
        assert reader.feed(data) == []
    except BadFrame:
        assert data[: len(TOKEN)] != TOKEN.encode()


@pytest.mark.parametrize("length", [0, 3, BLOCK_BYTES, 5 * BLOCK_BYTES])
def test_a_request_tells_its_length_and_fills_whole_blocks(length: int) -> None:
    request = hello_request("x" * length)
    head, _, rest = request.partition(b"\n")
    kind, told = head.split()

    assert kind == b"hello"
    assert json.loads(rest[: int(told)]) == {"token": "x" * length}
    assert len(request) % BLOCK_BYTES == 0
    assert len(request) - len(head) - 1 - int(told) < BLOCK_BYTES
