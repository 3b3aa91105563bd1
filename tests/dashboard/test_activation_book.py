"""What the feed told, kept in order and joined: who caused whom, what runs, how long it usually takes."""

import pytest
from msgspec.structs import replace

from tests.dashboard.things import accepted, batch, firing, new_id, now_ms, run
from tui.dashboard.panels.activation_book import ActivationBook
from tui.dashboard.panels.earlier_lines import joined
from tui.dashboard.panels.feed_source import FeedSource
from tui.dashboard.panels.filters import ActivationFilter
from tui.dashboard.render.feed_row import FanOut
from tui.dashboard.render.glyphs import UNICODE
from tui.dashboard.render.line import plain_text
from tui.entities.activation import State
from tui.operations.feed_batch import FeedBatch, LinkState


def told(book: ActivationBook, *known: object, **options: object) -> frozenset[str]:
    return book.apply([batch(*known, **options)], now_ms=now_ms())  # type: ignore[arg-type]


def names(source: FeedSource) -> list[str]:
    entries = [source.book.find(str(source.id_at(index))) for index in range(len(source))]
    return [entry.name for entry in entries if entry]


def rows(source: FeedSource, width: int = 79) -> list[str]:
    return [plain_text(source.line_at(index, width)) for index in range(len(source))]


def feed(book: ActivationBook) -> FeedSource:
    source = FeedSource(book, UNICODE, now_ms=now_ms())
    source.rebuild()
    return source


def test_entries_stand_newest_first_however_late_they_became_known() -> None:
    book, now = ActivationBook(), now_ms()
    told(book, run("second", start_ms=now - 2000), run("third", start_ms=now - 1000))

    told(book, run("first", start_ms=now - 9000))

    assert names(feed(book)) == ["third", "second", "first"]


def test_a_run_is_named_below_the_firing_that_caused_it_in_both_directions() -> None:
    book, child = ActivationBook(), new_id()
    trigger = firing("upload", ("r1", "worker", child), ("r2", "other", None))

    told(book, trigger, accepted("worker", activation_id=child))

    entry, parent = book.find(child), book.find(trigger.activation_id)
    assert entry is not None
    assert parent is not None
    assert entry.parent_id == trigger.activation_id
    assert parent.children == (child,)
    assert book.fan_out(parent) == FanOut(rules=2, open=1, refused=1)


def test_the_live_stream_tells_the_cause_before_any_record_does() -> None:
    book, trigger_id = ActivationBook(), new_id()

    told(book, accepted("worker", activation_id=(child := new_id()), trigger=trigger_id))

    entry = book.find(child)
    assert entry is not None
    assert entry.parent_id == trigger_id


def test_a_firing_looks_different_once_its_run_ended() -> None:
    book, child = ActivationBook(), new_id()
    trigger = firing("upload", ("r1", "worker", child))
    told(book, trigger, accepted("worker", activation_id=child))

    changed = told(book, run("worker", activation_id=child, status=1))

    parent = book.find(trigger.activation_id)
    assert parent is not None
    assert changed == {child, trigger.activation_id}
    assert book.fan_out(parent) == FanOut(rules=1, failed=1)


def test_a_run_keeps_its_row_when_it_ends() -> None:
    book, worker = ActivationBook(), new_id()
    told(book, accepted("worker", activation_id=worker, ago_ms=5000))
    told(book, run("quick", start_ms=now_ms() - 4000))

    told(book, run("worker", activation_id=worker, start_ms=now_ms() - 1000))

    assert names(feed(book)) == ["quick", "worker"]
    assert book.counts.running == 0
    assert book.counts.succeeded == 2


def test_a_record_that_is_told_twice_counts_once() -> None:
    book, record = ActivationBook(), run("worker", status=1)

    told(book, record)
    told(book, record)

    assert book.counts.failed == 1


def test_lines_of_a_running_job_are_kept_until_its_record_has_them_all() -> None:
    book, worker = ActivationBook(), new_id()
    told(book, accepted("worker", activation_id=worker))
    told(book, logs={worker: ("one", "two")})
    entry = book.find(worker)
    assert entry is not None
    assert entry.logs == ["one", "two"]

    told(book, run("worker", activation_id=worker, logs=("one", "two", "three")))

    assert entry.logs == ["one", "two", "three"]


ABC = ("1Z stdout: a", "2Z stdout: b", "3Z stdout: c")


@pytest.mark.parametrize(
    ("so_far", "later", "whole"),
    [
        pytest.param("", "ab", "ab", id="nothing before"),
        pytest.param("ab", "", "ab", id="nothing since"),
        pytest.param("ab", "cd", "abcd", id="one after the other"),
        pytest.param("abc", "bcd", "abcd", id="the end was told too"),
        pytest.param("abcd", "b", "abcd", id="the look was ahead"),
        pytest.param("aab", "abc", "aabc", id="a line printed twice"),
    ],
)
def test_lines_of_two_looks_are_joined_and_none_stands_twice(so_far: str, later: str, whole: str) -> None:
    assert "".join(joined(so_far, later)) == whole


def test_lines_from_before_we_listened_come_in_once_while_the_others_go_on() -> None:
    book, worker = ActivationBook(), new_id()
    told(book, accepted("worker", activation_id=worker), logs={worker: (ABC[1],)})
    entry = book.find(worker)
    assert entry is not None
    assert not entry.logs_from_start
    edition = entry.logs_edition

    book.add_lines_so_far(worker, ABC)
    assert (tuple(entry.logs), entry.logs_from_start) == (ABC, True)
    assert entry.logs_edition != edition

    told(book, logs={worker: (ABC[2],)})
    assert tuple(entry.logs) == ABC
    told(book, logs={worker: ("4Z stdout: d",)})
    told(book, logs={worker: ("4Z stdout: d",)})
    assert tuple(entry.logs) == (*ABC, "4Z stdout: d", "4Z stdout: d")


def test_lines_missed_while_the_link_was_down_are_known_to_be_missing_and_come_in_between() -> None:
    book, worker = ActivationBook(), new_id()
    told(book)
    told(book, accepted("worker", activation_id=worker))
    told(book, logs={worker: (ABC[0],)})
    entry = book.find(worker)
    assert entry is not None
    assert entry.logs_from_start

    book.apply([FeedBatch(link=LinkState.RECONNECTING)], now_ms=now_ms())
    told(book, logs={worker: (ABC[2],)})
    assert not entry.logs_from_start
    book.add_lines_so_far(worker, ABC)

    assert tuple(entry.logs) == ABC


def test_five_runs_tell_how_long_such_runs_usually_take_and_four_do_not() -> None:
    book = ActivationBook()
    told(book, *(run("worker", took_ms=took) for took in (10, 20, 30, 40)))
    assert book.typical_ms("worker") is None

    told(book, run("worker", took_ms=90))

    assert book.typical_ms("worker") == 30


def test_a_version_is_measured_by_itself_once_it_has_run_often_enough() -> None:
    book = ActivationBook()
    told(book, *(run("worker", took_ms=1000) for _ in range(20)))
    told(book, *(replace(run("worker", took_ms=10), version="0.0.2") for _ in range(4)))
    assert book.typical_ms("worker", "0.0.2") == 1000

    told(book, replace(run("worker", took_ms=10), version="0.0.2"))
    told(book, replace(accepted("worker", ago_ms=3), version="0.0.2"))

    assert (book.typical_ms("worker", "0.0.1"), book.typical_ms("worker", "0.0.2")) == (1000, 10)
    assert "p50 10ms  p95 1.0s" in next(row for row in rows(feed(book), 160) if "running" in row)


def test_a_running_row_says_what_such_runs_usually_and_rarely_take_and_counts_from_when_it_was_accepted() -> None:
    book = ActivationBook()
    told(book, *(run("worker", took_ms=number * 100) for number in range(1, 21)))
    running = replace(accepted("worker", ago_ms=3000), started_ms=None)
    told(book, running)

    row = next(row for row in rows(feed(book), 160) if "running" in row)

    assert (book.typical_ms("worker"), book.slow_ms("worker")) == (1000, 1900)
    assert "3.0s" in row
    assert "/ 1m  p50 1.0s  p95 1.9s" in row
    assert book.slow_ms("other") is None


def test_a_lost_run_is_no_longer_running() -> None:
    book, worker = ActivationBook(), new_id()
    told(book, accepted("worker", activation_id=worker))

    told(book, accepted("worker", activation_id=worker, state=State.LOST))

    assert book.counts.running == 0
    assert "lost" in rows(feed(book))[0]


def test_listeners_hear_of_each_frame_until_they_stop() -> None:
    book = ActivationBook()
    heard: list[frozenset[str]] = []
    stop = book.listen(heard.append)
    record = run()
    told(book, record)

    stop()
    told(book, run())

    assert heard == [frozenset({record.activation_id})]


def test_while_paused_new_rows_are_kept_back_and_known_ones_still_change() -> None:
    book, worker = ActivationBook(), new_id()
    source = feed(book)
    source.update(told(book, accepted("worker", activation_id=worker)))
    source.holding = True

    source.update(told(book, run("other"), run("worker", activation_id=worker)))

    assert names(source) == ["worker"]
    assert "success" in rows(source)[0]
    assert source.held == 1
    source.release()
    assert sorted(names(source)) == ["other", "worker"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ["demo/report", "worker", "upload"]),
        ("work", ["worker"]),
        ("status:error", ["demo/report"]),
        ("status:success", ["worker"]),
        ("action:report", ["demo/report"]),
        ("trigger:up", ["upload"]),
        ("!worker", ["demo/report", "upload"]),
        ("region", ["demo/report"]),
        ("demo status:success", []),
        ("unknown:field", []),
    ],
)
def test_a_filter_is_words_and_fields(text: str, kept: list[str]) -> None:
    book, now = ActivationBook(), now_ms()
    told(
        book,
        run("demo/report", status=1, result={"error": "KeyError: 'region'"}, start_ms=now - 10),
        run("worker", start_ms=now - 20),
        firing("upload", start_ms=now - 30),
    )
    source = feed(book)

    source.filter = ActivationFilter.parse(text)
    source.rebuild()

    assert names(source) == kept


@pytest.mark.parametrize("width", [77, 79, 98, 138, 200])
def test_columns_hold_still_whatever_the_rows_say(width: int) -> None:
    book, worker = ActivationBook(), new_id()
    told(
        book,
        accepted("worker", activation_id=worker),
        accepted("a-package/and-a-name-that-is-much-too-long-for-any-column", state=State.QUEUED),
        run("demo/report", status=2, result={"error": "世界 went wrong\nin two lines"}),
        run("worker", initTime=212, waitTime=3),
        run("te\x1b[31mst", status=1, result={"error": "\x1b]0;x\x07"}),
        firing("upload", ("r1", "worker", worker), ("r2", "other", None)),
    )
    source = feed(book)
    source.wide = width > 118

    for index in range(len(source)):
        line = source.line_at(index, width)
        drawn = sum(span.width if span.width is not None else len(span.text) for span in line[:1])
        assert drawn == 8
        entry = source.book.find(str(source.id_at(index)))
        assert entry is not None
        text = plain_text(line)
        assert text.rstrip().endswith(entry.activation_id[: 8 if source.wide else 6])
        assert entry.state.value in text
