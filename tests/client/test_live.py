"""Server-sent events, however the network cuts them."""

from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.platform import FakePlatform, client_of, failure
from tui.client.errors import Unauthorized
from tui.client.live import EventParser, LogsSoFar
from tui.entities.live import EventName, LiveEvent, RunningActivation

STREAM = (Path(__file__).parents[1] / "data" / "wire" / "events.txt").read_bytes()


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_events_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(STREAM)]
    parser = EventParser()

    events = [event for low, high in pairwise(bounds) for event in parser.feed(STREAM[low:high])]

    assert events == EventParser().feed(STREAM)


def test_comments_and_events_of_tomorrow_are_passed_over() -> None:
    events = EventParser().feed(STREAM)

    assert [(event.event_id, event.name) for event in events] == [
        ("5e1f-1", EventName.ACCEPTED),
        ("5e1f-2", EventName.LOG),
        ("5e1f-4", EventName.ENTITY),
    ]


def test_only_line_feeds_end_a_line() -> None:
    log = EventParser().feed(STREAM)[1]

    assert log.data["logs"][0].endswith("one\u2028two\u0085three")


def test_carriage_returns_and_data_in_several_lines_are_understood() -> None:
    events = EventParser().feed(b'id: 7\r\nevent: entity\r\ndata: {"collection":\r\ndata: "rules"}\r\n\r\n')

    assert events == [LiveEvent("7", EventName.ENTITY, {"collection": "rules"})]


def test_an_accepted_run_tells_its_firing() -> None:
    running = RunningActivation.from_json(EventParser().feed(STREAM)[0].data)

    assert (running.entity, running.state) == ("guest/demo/hello", "queued")
    assert running.trigger_activation_id == "1b4fa69d910f4c738fa69d910f9c73af"
    assert RunningActivation.from_json(running.to_json()) == running


async def test_listening_asks_to_go_on_where_it_ended() -> None:
    platform = FakePlatform(httpx.Response(200, content=STREAM))
    async with client_of(platform) as client, client.live.open_events(last_event_id="5e1f-0") as batches:
        events = [event async for batch in batches for event in batch]

    assert len(events) == 3
    assert platform.request.headers["last-event-id"] == "5e1f-0"
    assert platform.request.url.path == "/whisktop/v1/namespaces/guest/events"


async def test_a_stream_that_is_refused_says_why() -> None:
    async with client_of(FakePlatform(failure(401, "no"))) as client:
        with pytest.raises(Unauthorized):
            async with client.live.open_events():
                pass


async def test_lines_so_far_tell_which_events_they_include() -> None:
    body = {"activationId": "0" * 32, "eventId": "5e1f-12", "logs": ["one"]}
    async with client_of(FakePlatform(httpx.Response(200, json=body))) as client:
        so_far = await client.live.logs("0" * 32)

    def included(event_id: str) -> bool:
        return so_far.includes(LiveEvent(event_id, EventName.LOG, {}))

    assert so_far == LogsSoFar(("one",), "5e1f-12")
    assert [included(each) for each in ("5e1f-9", "5e1f-12", "5e1f-13", "0abc-9")] == [True, True, False, False]
