"""Payloads are kept across restarts, readable by their owner alone, within bounds, and without keys."""

import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from tui.entities.endpoint import Endpoint, Secret
from tui.entities.text import hide
from tui.errors import UsageError
from tui.operations.sent_payloads import MAX_KEPT, PayloadHistory, SentPayload
from tui.operations.templates import Templates

HERE = Endpoint(context="local", url="http://127.0.0.1:3233", auth=Secret("me:secret-of-mine"), namespace="guest")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "payloads.json"


def sent(text: str, at_ms: int = 1000) -> SentPayload:
    return SentPayload(text, at_ms, "0" * 32)


def test_what_was_sent_is_there_after_a_restart_also_on_another_port(file: Path) -> None:
    history = PayloadHistory(file)
    history.note(HERE, "trigger", "upload", sent('{"n": 1}', 1))
    history.note(HERE, "trigger", "upload", SentPayload('{"n": 2}', 2, None))

    again = PayloadHistory(file)

    there = replace(HERE, url="http://127.0.0.1:40000")
    assert again.of(there, "trigger", "upload") == (SentPayload('{"n": 2}', 2, None), sent('{"n": 1}', 1))
    assert again.last(HERE, "action", "upload") is None
    assert again.last(replace(HERE, namespace="other"), "trigger", "upload") is None


def test_only_its_owner_can_read_the_file(file: Path) -> None:
    PayloadHistory(file).note(HERE, "action", "resize", sent("{}"))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_equal_text_moves_to_the_front_and_the_oldest_go(file: Path) -> None:
    history = PayloadHistory(file)
    for number in range(MAX_KEPT + 5):
        history.note(HERE, "action", "resize", sent(f'{{"n": {number}}}', number))
    history.note(HERE, "action", "resize", sent('{"n": 50}', 1000))

    kept = [entry.text for entry in PayloadHistory(file).of(HERE, "action", "resize")]

    assert len(kept) == MAX_KEPT
    assert kept[:2] == ['{"n": 50}', f'{{"n": {MAX_KEPT + 4}}}']
    assert kept.count('{"n": 50}') == 1


def test_what_another_dashboard_wrote_is_kept_and_seen(file: Path) -> None:
    one, other = PayloadHistory(file), PayloadHistory(file)
    one.note(HERE, "action", "resize", sent('{"by": "one"}', 1))
    other.note(HERE, "action", "resize", sent('{"by": "other"}', 2))
    one.note(HERE, "action", "crop", sent("{}", 3))

    for history in (one, PayloadHistory(file)):
        assert [entry.sent_ms for entry in history.of(HERE, "action", "resize")] == [2, 1]


def test_what_looks_like_a_placeholder_in_the_payload_of_a_run_is_not_remembered_as_one(file: Path) -> None:
    history = PayloadHistory(file)
    for text in ('{"a": "{{env.HOME}}"}', r'{"a": "\u007b{env.HOME}}"}', '{"a": 1}'):
        history.note(HERE, "action", "resize", sent(text), is_repeated=True)

    assert [entry.text for entry in history.of(HERE, "action", "resize")] == ['{"a": 1}']


def test_a_long_text_and_a_key_of_an_account_stay_out_of_the_file(file: Path) -> None:
    hide(Secret("user-half:kept-out-of-files"))
    history = PayloadHistory(file)
    history.note(HERE, "action", "resize", sent('{"auth": "kept-out-of-files"}'))
    history.note(HERE, "action", "resize", sent('{"long": "' + "x" * 50_000 + '"}'))
    history.note(HERE, "action", "resize", sent('{"short": 1}'))

    assert len(history.of(HERE, "action", "resize")) == 3
    assert [entry.text for entry in PayloadHistory(file).of(HERE, "action", "resize")] == ['{"short": 1}']
    assert "kept-out" not in file.read_text()


@pytest.mark.parametrize("content", ["", "no json", "{}", '[1, {"to": 3}, {"to": ["a"], "sent": [["x"], [1, 2, 3]]}]'])
def test_a_file_of_another_shape_is_as_if_there_were_none(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    history = PayloadHistory(file)

    assert history.of(HERE, "action", "resize") == ()
    history.note(HERE, "action", "resize", sent("{}"))
    assert len(PayloadHistory(file).of(HERE, "action", "resize")) == 1


def test_templates_are_kept_by_name_and_replaced(file: Path) -> None:
    Templates(file).keep("small image", '{"size": 1}')
    Templates(file).keep(" Big image ", '{"size": 9}')
    Templates(file).keep("small image", '{"size": 2}')

    assert Templates(file).all() == {"Big image": '{"size": 9}', "small image": '{"size": 2}'}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    Templates(file).forget("Big image")
    assert list(Templates(file).all()) == ["small image"]
    with pytest.raises(UsageError, match="needs a name"):
        Templates(file).keep("  ", "{}")
